import type { Artifact } from 'inpoint';

/** What an archive says that its endpoint does not tell. A stranger wrote it: what does not fit is left out. */
export interface Description {
  /** Of a table. */
  readonly columns: readonly Column[];
  /** Inputs of the model that the archive feeds itself: constants and states. */
  readonly fed: ReadonlySet<string>;
  readonly golden: Golden | undefined;
  /** Inputs of the golden samples, as `invoke()` takes them. */
  readonly samples: readonly Sample[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** All that a category may be. */
  readonly values: readonly Value[];
}

export type Value = string | number | boolean;

export interface Golden {
  readonly count: number;
  /** What gave the answers, such as the training framework. */
  readonly source: string | undefined;
}

export interface Sample {
  readonly name: string | undefined;
  readonly input: unknown;
}

export async function readDescription(artifact: Artifact): Promise<Description> {
  const manifest = await readJson(artifact, 'inference.json');
  const path = typeof manifest['golden'] === 'string' ? manifest['golden'] : 'golden.json';
  const { samples, source } = await readJson(artifact, path);
  const records = listOf(samples);
  return {
    columns: listOf(manifest['columns']).flatMap((column) => columnOf(column, listOf(manifest['preprocess']))),
    fed: new Set(
      Object.entries(recordOf(manifest['feeds'])).flatMap(([name, feed]) => (typeof feed === 'object' ? name : [])),
    ),
    golden:
      records.length > 0
        ? { count: records.length, source: typeof source === 'string' ? source : undefined }
        : undefined,
    samples: records.flatMap((sample) => sampleOf(artifact, sample)),
  };
}

type Json = Readonly<Record<string, unknown>>;

async function readJson({ files }: Artifact, path: string): Promise<Json> {
  const file = files.find((one) => one.path === path);
  if (!file || file.size > mostBytes) return {};
  try {
    return recordOf(JSON.parse(await file.blob.text()));
  } catch {
    return {};
  }
}

/** More would hold up the page. */
const mostBytes = 8e6;

function columnOf({ name, type, values }: Json, steps: readonly Json[]): Column[] {
  if (typeof name !== 'string') return [];
  const encoded = steps.flatMap(({ columns, categories }) => {
    const at = Array.isArray(columns) && Array.isArray(categories) ? columns.indexOf(name) : -1;
    return at < 0 ? [] : ((categories as unknown[])[at] ?? []);
  });
  return [{ name, type: String(type), values: (Array.isArray(values) ? values : encoded).filter(isValue) }];
}

function sampleOf(artifact: Artifact, { name, input, error }: Json): Sample[] {
  const named = typeof name === 'string' ? name : undefined;
  if (error !== undefined || input === undefined) return [];
  const { $file: path } = recordOf(input);
  if (typeof path === 'string') {
    const file = artifact.files.find((one) => one.path === path);
    return file ? [{ name: named, input: new File([file.blob], path, { type: mediaType(path) }) }] : [];
  }
  // What JSON lacks is written with a dollar: no form has a field for that.
  return JSON.stringify(input).includes('"$') ? [] : [{ name: named, input }];
}

function mediaType(path: string): string {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  if (/^(png|jpe?g|gif|webp|bmp)$/.test(ending)) return `image/${ending.replace('jpg', 'jpeg')}`;
  return /^(wav|mp3|ogg|flac|m4a|webm)$/.test(ending) ? `audio/${ending}` : '';
}

export function recordOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

export function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
