import { downloadIfThere } from '../artifact/download/index.ts';
import {
  unpackArtifact,
  type Artifact,
  type ArtifactFile,
  type ArtifactSource,
  type DownloadProgress,
  type UnpackArtifactOptions,
} from '../artifact/index.ts';
import { entryPath, isJunk } from '../artifact/entry-path.ts';
import { resolveLimits } from '../artifact/limits.ts';
import { memoryStore } from '../artifact/store/index.ts';
import { ArtifactError, ManifestError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import type { InferenceJson } from './inference-json.ts';
import { encodersOf, isExternalData, statedModel, usualModels } from './model-names.ts';
import { readJson, type Json } from './read-json.ts';
import type { DescribeOptions } from './schema.ts';

/**
 * Where a model comes from: an archive, the address of a folder with its files (it ends in a slash), or the files
 * themselves.
 */
export type ModelSource = ArtifactSource | readonly FolderFile[];

/** One file of a folder: what it is called there, and where its bytes are. A bare address or `File` has its own name. */
export type FolderFile = string | URL | File | { readonly path: string; readonly source: string | URL | Blob };

export interface OpenSourceOptions extends UnpackArtifactOptions, Pick<DescribeOptions, 'model' | 'dtype'> {
  /** Opens one archive. @default unpackArtifact, which keeps nothing */
  open?: (source: ArtifactSource, options: UnpackArtifactOptions) => Promise<Artifact>;
}

/**
 * Fetches a model from wherever it is, with the other archives that its pipeline names. A folder is looked through for
 * the files that Hugging Face libraries write; its answer is the same as that of an archive of these files.
 *
 * @throws {ArtifactError} @throws {ManifestError}
 */
export async function openSource(source: ModelSource, options: OpenSourceOptions = {}): Promise<Artifact> {
  const { open = unpackArtifact, model: _, dtype: __, ...rest } = options;
  const artifact = Array.isArray(source)
    ? await openFiles(source, options)
    : isFolder(source as ArtifactSource)
      ? await openFolder(new URL(source as string | URL), options)
      : await open(source as ArtifactSource, rest);
  // What is said of this archive alone is not said of its parts.
  const forParts = { ...rest, key: undefined, integrity: undefined, refreshUrl: undefined, onProgress: undefined };
  return withParts(artifact, (address) => open(partUrl(artifact.name, address, source), forParts));
}

function isFolder(source: ArtifactSource): source is string | URL {
  return (typeof source === 'string' || source instanceof URL) && new URL(source).pathname.endsWith('/');
}

/** What describes a model beside `inference.json`, by the names that Hugging Face libraries give it. */
const descriptions = [
  'inference.json',
  'config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.json',
  'generation_config.json',
  'modules.json',
  '1_Pooling/config.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
  'metrics.json',
  'README.md',
  'requirements.txt',
];

async function openFolder(base: URL, options: OpenSourceOptions): Promise<Artifact> {
  const folder = new FolderWriter(options);
  const name = base.pathname.split('/').findLast((part) => part !== '') ?? base.host;
  // Files come at the same time: where one fails, the others are not to go on unseen.
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  try {
    await fillFolder(folder, base, '', name, { ...options, signal });
  } catch (error) {
    stop.abort(error);
    throw error;
  }
  return { name, files: folder.files, downloadedBytes: folder.loadedBytes };
}

/** @param prefix the folder within the folder that is looked through: a stage of a pipeline */
async function fillFolder(
  folder: FolderWriter,
  base: URL,
  prefix: string,
  name: string,
  options: OpenSourceOptions,
): Promise<void> {
  const fetchFile = async (path: string): Promise<boolean> => {
    const whole = prefix + entryPath(path);
    if (folder.has(whole)) return true;
    const url = new URL(whole.split('/').map(encodeURIComponent).join('/'), base);
    url.search = base.search;
    const found = await downloadIfThere(url, options);
    if (found) await folder.keep(whole, found.chunks, found.totalBytes);
    return found !== undefined;
  };
  const fetchWeights = async (path: string, stated: readonly string[] | undefined): Promise<void> => {
    for (const weights of stated ?? listedWeights(path, inference)) await fetchFile(weights);
    if (stated) return;
    // The usual names of weights outside of the model; large models have several such files.
    for (let part = 0; await fetchFile(`${path}_data${part === 0 ? '' : `_${part}`}`); part++);
    await fetchFile(`${path}.data`);
  };
  await Promise.all(descriptions.map(fetchFile));
  const inference = await folder.json(name, `${prefix}inference.json`);
  for (const path of namedFiles(inference)) await fetchFile(path);
  if (inference['task'] === 'pipeline') {
    // A stage of a stage is refused when the pipeline is loaded.
    const stages = prefix === '' ? stagesOf(inference).filter((from) => !isArchive(from)) : [];
    const perStage = { ...options, model: undefined, dtype: undefined };
    for (const from of new Set(stages)) await fillFolder(folder, base, `${entryPath(from)}/`, name, perStage);
    return;
  }
  const stated = statedModel(inference['model'] as InferenceJson['model'], options);
  const candidates = stated ? [stated.file] : usualModels({ dtype: options.dtype });
  for (const path of candidates) {
    if (!(await fetchFile(path))) continue;
    await fetchWeights(path, stated?.externalData);
    const encoders = typeof inference['encoder'] === 'string' ? [inference['encoder']] : encodersOf(path);
    for (const encoder of encoders) {
      if (!(await fetchFile(encoder))) continue;
      await fetchWeights(encoder, undefined);
      break;
    }
    return;
  }
  const looked = candidates.map((path) => JSON.stringify(prefix + path)).join(', ');
  throw new ManifestError(
    'model-missing',
    `Cannot serve ${JSON.stringify(base.origin + base.pathname)}: it has no model; looked for ${looked}. Say which file it is with { model: '…' }, or pass a list of files.`,
  );
}

/** Files that `pack` listed and that are weights of this model by their names. */
function listedWeights(model: string, { files }: Json): string[] {
  const listed = Object.keys((typeof files === 'object' && files) || {});
  return listed.filter((path) => isExternalData(path, model));
}

/** Files beside the model that `inference.json` names: in its steps, as golden samples, or under `files`. */
function namedFiles({ golden, files, preprocess, postprocess }: Json): string[] {
  const listed = Object.keys((typeof files === 'object' && files) || {});
  const steps = [preprocess, postprocess].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  const inSteps = steps.flatMap((step) => {
    const { tokenizer, tokenizerConfig, specialTokensMap, file } = (step ?? {}) as Json;
    return [tokenizer, tokenizerConfig, specialTokensMap, file];
  });
  const weights = /\.(onnx|ort)(_data.*|\.data.*)?$/;
  return [golden, ...listed, ...inSteps].filter(
    (path): path is string => typeof path === 'string' && path !== '' && !weights.test(path),
  );
}

/** Where the stages of a pipeline come from. */
function stagesOf({ stages }: Json): string[] {
  const list: unknown[] = Array.isArray(stages) ? stages : [];
  return list.map((stage) => (stage as Json | null)?.['from']).filter((from) => typeof from === 'string');
}

function isArchive(from: string): boolean {
  return /\.(tar\.gz|tgz|tar)$/.test(from);
}

async function openFiles(list: readonly FolderFile[], options: OpenSourceOptions): Promise<Artifact> {
  const folder = new FolderWriter(options);
  const named = withoutCommonFolder(list.map(namedFile));
  for (const { path, source } of named) {
    if (isJunk(path)) continue;
    if (source instanceof Blob) folder.add({ path, size: source.size, blob: source });
    else {
      const found = await downloadIfThere(new URL(source), options);
      if (found) await folder.keep(path, found.chunks, found.totalBytes);
      else
        throw new ArtifactError(
          'download-failed',
          `Cannot download ${JSON.stringify(path)}: it is not there. Check the address.`,
        );
    }
  }
  if (folder.files.length === 0) throw new ArtifactError('archive-empty', 'The list of files is empty.');
  return { name: 'the files', files: folder.files, downloadedBytes: folder.loadedBytes };
}

interface NamedFile {
  readonly path: string;
  readonly source: string | URL | Blob;
}

function namedFile(file: FolderFile): NamedFile {
  if (typeof file === 'string' || file instanceof URL) {
    const url = new URL(file);
    return {
      path: entryPath(decoded(url.origin + url.pathname).replace(/^[^:]*:\/*/, '')),
      source: url.href,
    };
  }
  if (file instanceof Blob) return { path: entryPath(file.webkitRelativePath || file.name), source: file };
  return { path: entryPath(file.path), source: file.source };
}

/** An address as a person reads it, where it can be read. */
function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** Addresses and chosen folders have a part in common that says where they were, not what they are. */
function withoutCommonFolder(files: readonly NamedFile[]): NamedFile[] {
  const folders = files.map(({ path }) => path.split('/').slice(0, -1));
  const first = folders[0] ?? [];
  let depth = 0;
  while (depth < first.length && folders.every((folder) => folder[depth] === first[depth])) depth++;
  // Of a Hugging Face layout whose only file is the model, `onnx/` is a part of its name.
  const cut = first[depth - 1] === 'onnx' && files.length > 0 ? depth - 1 : depth;
  return files.map(({ path, source }) => ({ path: path.split('/').slice(cut).join('/'), source }));
}

/** Keeps the files of a folder as they come, within the limits of an archive. */
class FolderWriter {
  readonly files: ArtifactFile[] = [];
  loadedBytes = 0;
  #expectedBytes = 0;
  readonly #options: OpenSourceOptions;

  constructor(options: OpenSourceOptions) {
    this.#options = options;
  }

  has(path: string): boolean {
    return this.files.some((file) => file.path === path);
  }

  async json(name: string, path: string): Promise<Json> {
    const file = this.files.find((one) => one.path === path);
    return file ? readJson(name, file) : {};
  }

  add(file: ArtifactFile): void {
    if (this.has(file.path))
      throw new ArtifactError('archive-unsafe', `Two files have the path ${JSON.stringify(file.path)}.`);
    this.files.push(file);
  }

  async keep(path: string, chunks: AsyncIterable<Uint8Array>, totalBytes: number | undefined): Promise<ArtifactFile> {
    const { limits: given, files = memoryStore(), onProgress } = this.#options;
    const { maxFileBytes, maxTotalBytes } = resolveLimits(given);
    this.#expectedBytes += totalBytes ?? 0;
    const writer = await files.create(path, totalBytes ?? 0);
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      this.loadedBytes += chunk.length;
      if (size > maxFileBytes || this.loadedBytes > maxTotalBytes) {
        const limit = size > maxFileBytes ? 'maxFileBytes' : 'maxTotalBytes';
        const bytes = limit === 'maxFileBytes' ? maxFileBytes : maxTotalBytes;
        throw new ArtifactError(
          'archive-too-large',
          `${JSON.stringify(path)} comes to more than ${formatBytes(bytes)}. Raise limits.${limit} if you trust it.`,
        );
      }
      await writer.write(chunk);
      const { loadedBytes } = this;
      const total = Math.max(loadedBytes, this.#expectedBytes);
      onProgress?.({
        phase: 'download',
        loadedBytes,
        totalBytes: totalBytes === undefined ? undefined : total,
      } satisfies DownloadProgress);
    }
    await writer.finish();
    const file = { path, size, blob: (await files.read(path)) ?? new Blob() };
    this.add(file);
    return file;
  }
}

/**
 * Opens the other archives that a pipeline names; an artifact of any other task stays as it is.
 *
 * @param open opens one, by the address that the pipeline has for it
 */
export async function withParts(artifact: Artifact, open: (address: string) => Promise<Artifact>): Promise<Artifact> {
  const inference = artifact.files.find(({ path }) => path === 'inference.json');
  if (!inference || inference.size > maxPipelineBytes) return artifact;
  const json = await readJson(artifact.name, inference).catch((): Json => ({}));
  if (json['task'] !== 'pipeline') return artifact;
  const parts: Record<string, Artifact> = {};
  for (const address of new Set(stagesOf(json).filter(isArchive))) parts[address] = await open(address);
  return { ...artifact, parts };
}

/** A description of a pipeline is never this large. */
const maxPipelineBytes = 2 ** 20;

/** Parts come from where the pipeline came from: an archive cannot make a page ask other servers. */
function partUrl(name: string, address: string, source: ModelSource): URL {
  const wrong = (reason: string): ManifestError =>
    new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: its pipeline names the archive ${JSON.stringify(address)}, ${reason}.`,
    );
  if (!(typeof source === 'string' || source instanceof URL) || !/^https?:/.test(String(source))) {
    throw wrong(
      'which is to be found relative to its own address, and it has none. Deploy it by its address, or put the stage into a folder of the archive',
    );
  }
  // What an address says is what it comes to: it may hide its server behind spaces, backslashes and control characters.
  const url = URL.canParse(address, source) ? new URL(address, source) : undefined;
  if (url?.origin !== new URL(source).origin) throw wrong('which is on another server. Put it beside this one');
  return url;
}
