import * as v from 'valibot';
import { ManifestError } from '../errors.ts';
import { shorten } from '../shown.ts';
import { audioFields } from './audio.ts';
import { finite, path, type Feed } from './base.ts';
import { generationFields } from './generation.ts';
import { imageFields } from './image.ts';
import { pipelineFields } from './pipeline.ts';
import type { Json } from './read-json.ts';
import type { Dtype, ManifestOf, TaskName } from './schema.ts';
import { tableFields } from './table.ts';
import { textFields } from './text.ts';

/** What `inference.json` says of any task. All of it may be left out: it is then told from the other files, or from the model. */
export interface InferenceJson {
  readonly $schema?: string | undefined;
  /** Of this format. @default 1 */
  readonly format?: 1 | undefined;
  readonly task?: TaskName | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly author?: string | undefined;
  readonly version?: string | undefined;
  readonly date?: string | undefined;
  readonly license?: string | undefined;
  /** The model's path, or its variants in the order of preference. */
  readonly model?: string | readonly ModelVariant[] | undefined;
  readonly feeds?: Readonly<Record<string, Feed>> | undefined;
  readonly results?: Readonly<Record<string, string>> | undefined;
  readonly golden?: string | undefined;
  readonly files?: FileDigests | undefined;
}

/** One of several files that hold the same model. */
export interface ModelVariant {
  readonly file: string;
  readonly dtype?: Dtype | undefined;
  /** What it is made for. @default any */
  readonly device?: 'wasm' | 'webgpu' | undefined;
  /** Files that hold its weights. @default by their names beside it */
  readonly externalData?: readonly string[] | undefined;
}

/** Sizes in bytes, and SHA-256 of each piece of 4 MiB in hexadecimal digits, by path. */
export type FileDigests = Readonly<Record<string, { readonly size: number; readonly chunks: readonly string[] }>>;

/** Every task, by its name. */
export const taskNames: readonly TaskName[] = [
  ...Object.keys(textFields),
  ...Object.keys(generationFields),
  ...Object.keys(imageFields),
  ...Object.keys(audioFields),
  ...Object.keys(tableFields),
  'tensor',
  'pipeline',
] as TaskName[];

/**
 * Checks what `inference.json` says of an archive that is served as `task`.
 *
 * @param name the archive's, for messages
 * @throws {ManifestError} `file-invalid` that names the place, as in `preprocess[1].size.width`.
 */
export function checkInferenceJson<T extends TaskName>(
  name: string,
  json: Json,
  task: T,
): InferenceJson & Partial<Omit<ManifestOf<T>, keyof InferenceJson | 'externalData' | 'card'>> {
  // What belongs to the task that it names does not count when the caller asked for another.
  const asked = json['task'] === undefined || json['task'] === task;
  const schema = asked ? v.strictObject(fieldsOf(task)) : v.object(general);
  const wrong = (what: string): ManifestError =>
    new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: inference.json has ${what} Correct it, and look at inference.schema.json for all that it may say.`,
    );
  // Valibot would take one for an object with the names 0, 1 …
  const list = ['feeds', 'results', 'files', 'groups'].find((field) => Array.isArray(json[field]));
  if (list !== undefined) throw wrong(`a list at ${list} where an object belongs.`);
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output as ReturnType<typeof checkInferenceJson<T>>;
  throw wrong(said(deepest(result.issues[0]), task));
}

/** The schema of each task's `inference.json`, for the JSON Schema that is published with the package. */
export function inferenceJsonSchemas(): Record<TaskName, v.GenericSchema> {
  return Object.fromEntries(
    taskNames.map((task) => [task, v.strictObject({ ...fieldsOf(task), task: v.literal(task) })]),
  ) as unknown as Record<TaskName, v.GenericSchema>;
}

function fieldsOf(task: TaskName): v.ObjectEntries {
  const own: Record<string, v.ObjectEntries> = {
    ...textFields,
    ...generationFields,
    ...imageFields,
    ...audioFields,
    ...tableFields,
    ...pipelineFields,
  };
  return { ...general, ...own[task] };
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const feed: v.GenericSchema<unknown, Feed> = v.union([
  v.string(),
  v.strictObject({
    constant: v.strictObject({
      type: v.picklist([
        'float32',
        'float64',
        'float16',
        'int8',
        'uint8',
        'int16',
        'uint16',
        'int32',
        'uint32',
        'int64',
        'uint64',
        'bool',
        'string',
      ]),
      dims: v.array(whole),
      data: v.array(v.union([finite, v.string()])),
    }),
  }),
  v.strictObject({ state: v.string(), dims: v.optional(v.array(whole)) }),
]);

const general: v.ObjectEntries = {
  $schema: v.optional(v.string()),
  format: v.optional(v.literal(1)),
  task: v.optional(v.picklist(taskNames)),
  name: v.optional(v.string()),
  description: v.optional(v.string()),
  author: v.optional(v.string()),
  version: v.optional(v.string()),
  date: v.optional(v.string()),
  license: v.optional(v.string()),
  model: v.optional(
    v.union([
      path,
      v.pipe(
        v.array(
          v.strictObject({
            file: path,
            dtype: v.optional(v.picklist(['fp32', 'fp16', 'int8', 'uint8', 'q8', 'q4', 'q4f16', 'bnb4'])),
            device: v.optional(v.picklist(['wasm', 'webgpu'])),
            externalData: v.optional(v.array(path)),
          }),
        ),
        v.minLength(1),
      ),
    ]),
  ),
  feeds: v.optional(v.record(v.string(), feed)),
  results: v.optional(v.record(v.string(), v.string())),
  golden: v.optional(path),
  files: v.optional(
    v.record(
      path,
      v.strictObject({
        size: whole,
        chunks: v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
        at: v.optional(whole),
      }),
    ),
  ),
  parts: v.optional(v.array(v.strictTuple([whole, whole]))),
};

/** The fields that `inference.json` may have whatever its task. */
export const forEveryTask: ReadonlySet<string> = new Set(Object.keys(general));

type Issue = v.BaseIssue<unknown>;

/** Of the shapes that a value may have, the complaint of the one that it came nearest to. */
function deepest(issue: Issue): Issue & { prefix?: string } {
  if (!issue.issues) return issue;
  const [best] = [...issue.issues].toSorted((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0));
  if (!best?.path) return issue;
  const nested = deepest(best);
  return { ...nested, path: [...(issue.path ?? []), ...(nested.path ?? [])] as unknown as Issue['path'] };
}

function said({ type, path: at, expected, received, message }: Issue, task: TaskName): string {
  const where = jsonPath(at);
  if (type === 'strict_object' && expected === 'never') {
    return `a field ${shorten(where)} that is not known for the task ${JSON.stringify(task)}.`;
  }
  if (received === 'undefined') return `no ${shorten(where, 200)}, and needs one${expected ? ` (${expected})` : ''}.`;
  const wanted = expected ? `where ${readable(expected)} belongs` : `(${message})`;
  return `${shorten(received)} at ${shorten(where, 200)} ${wanted}.`;
}

function readable(expected: string): string {
  return expected === '(Object & Object)' ? 'an object' : expected;
}

/** As in `preprocess[1].size.width`. */
function jsonPath(at: Issue['path']): string {
  return (at ?? [])
    .map(({ key }) =>
      typeof key === 'number'
        ? `[${key}]`
        : /^[\w$]+$/.test(String(key))
          ? `.${String(key)}`
          : `[${JSON.stringify(key)}]`,
    )
    .join('')
    .replace(/^\./, '');
}
