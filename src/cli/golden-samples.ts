import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { entryPath } from '../artifact/entry-path.ts';
import type { Artifact, ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { readGolden, type Golden } from '../golden.ts';
import { readJson, type Manifest } from '../manifest/index.ts';
import type { Model } from '../model.ts';
import { manifestPath } from '../pack/index.ts';
import { UnreadableError } from './exit-code.ts';
import { exampleInputs } from './example-inputs.ts';
import { toGoldenJson } from './to-golden-json.ts';
import { openFile } from './open-file.ts';

/** Golden samples with the files that they are written in. */
export interface GoldenFiles {
  readonly golden: Golden;
  readonly files: readonly ArtifactFile[];
}

/** Where `pack` puts the samples that it adds. */
export const goldenPath = 'golden.json';

/**
 * Samples of a file that the training framework wrote, with the files that it names beside it.
 *
 * @throws {UnreadableError} when it is not there. @throws {ManifestError} when it is no list of samples.
 */
export async function goldenOf(given: string, cwd: string): Promise<GoldenFiles> {
  const path = resolve(cwd, given);
  const shown = JSON.stringify(given);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnreadableError(`There is no golden file ${shown}.`, { cause });
  });
  const files = [fileOf(goldenPath, new Blob([text]))];
  const named = new Set<string>();
  collectFiles(parsed(text, given), named);
  for (const name of named) {
    const inner = entryPath(name);
    // Packing writes these two itself.
    if (inner === manifestPath || inner === goldenPath)
      throw new ManifestError(
        'file-invalid',
        `${shown} names ${JSON.stringify(name)} as a file. Give it another name.`,
      );
    const blob = await openFile(join(dirname(path), inner)).catch((cause: unknown) => {
      throw new UnreadableError(
        `${shown} names ${JSON.stringify(name)}, and no such file can be opened beside it: ${(cause as Error).message}.`,
        { cause },
      );
    });
    if (!files.some((file) => file.path === inner)) files.push(fileOf(inner, blob));
  }
  const artifact: Artifact = { name: given, files, downloadedBytes: 0 };
  const golden = (await readGolden(artifact, { golden: goldenPath }))!;
  if (golden.samples.length === 0)
    throw new ManifestError('file-invalid', `There are no samples in ${shown}. Add some, or pack without it.`);
  return { golden, files };
}

/**
 * The samples that come with an artifact; a sentence where it has a `golden.json` that holds none, as other programs
 * have files of that name too.
 *
 * @throws {ManifestError} for samples that are broken, and where `inference.json` itself names such a file.
 */
export async function goldenIn(
  artifact: Artifact,
  manifest: Pick<Manifest, 'golden'>,
): Promise<Golden | { readonly reason: string } | undefined> {
  const file = artifact.files.find(({ path }) => path === manifest.golden);
  const inference = artifact.files.find(({ path }) => path === manifestPath);
  const stated = inference && (await readJson(artifact.name, inference))['golden'];
  if (file && stated === undefined) {
    const json = await readJson(artifact.name, file).catch(() => undefined);
    if (!Array.isArray(json?.['samples']))
      return { reason: `${JSON.stringify(file.path)} is not in the format of golden samples, { "samples": [ … ] }` };
  }
  const golden = await readGolden(artifact, manifest);
  if (golden?.samples.length !== 0) return golden;
  return { reason: `there are no samples in ${JSON.stringify(manifest.golden)}` };
}

/**
 * Samples recorded by asking the model what was made up; a sentence where that cannot be done. Their files have paths
 * that the artifact has none at.
 *
 * @param version of this program, which the samples say that they come from
 */
export async function recordGolden(
  model: Model,
  artifact: Artifact,
  version: string,
  signal: AbortSignal,
): Promise<Recorded> {
  let first: Recorded | undefined;
  // How long free dimensions may be, a bare model does not say: a convolution may want hundreds.
  for (const length of model.manifest.task === 'tensor' ? [1, 16, 512] : [1]) {
    const recorded = await recordWith(length, model, artifact, version, signal);
    if (!('reason' in recorded)) return recorded;
    first ??= recorded;
  }
  return first!;
}

type Recorded = (GoldenFiles & { readonly path: string }) | { readonly reason: string };

/** @param length of free dimensions */
async function recordWith(
  length: number,
  model: Model,
  artifact: Artifact,
  version: string,
  signal: AbortSignal,
): Promise<Recorded> {
  const { manifest } = model;
  const feeds = 'feeds' in manifest ? manifest.feeds : {};
  // Constants and states are fed by themselves.
  const asked = model.inputs.filter(({ name }) => typeof feeds[name] !== 'object');
  const taken = new Set(artifact.files.map(({ path }) => path));
  const examples = exampleInputs(manifest, asked, length, await maskTokenOf(artifact), (path) => freePath(path, taken));
  if (!examples) return { reason: `no input can be made up for ${manifest.task}` };
  const made: Record<string, Uint8Array> = { ...examples.files };
  const keep = (bytes: Uint8Array): string => {
    const path = freePath(`golden/answer-${Object.keys(made).length}.bin`, taken);
    made[path] = bytes.slice();
    return path;
  };
  const goldenAt = freePath(goldenPath, taken);
  const written = examples.inputs.map((input) => ({ input, answer: null as unknown }));
  const questions = recordedFiles(goldenAt, written, undefined, made);
  const { samples } = (await readGolden(artifactOf(questions), { golden: goldenAt }))!;
  for (const [index, { input }] of samples.entries()) {
    signal.throwIfAborted();
    const prediction = await model.predict(input, {}, signal);
    if (prediction.kind === 'failure') {
      const { error } = prediction;
      signal.throwIfAborted();
      return {
        reason: `the model could not answer what was made up for it (${error instanceof Error ? error.message : String(error)})`,
      };
    }
    written[index]!.answer = toGoldenJson(prediction.answer, keep);
  }
  const files = recordedFiles(goldenAt, written, `inpoint ${version}, when it was packed`, made);
  return { golden: (await readGolden(artifactOf(files), { golden: goldenAt }))!, files, path: goldenAt };
}

/** A path that is not taken, near to the one wished for; it is taken then. */
function freePath(wished: string, taken: Set<string>): string {
  const dot = wished.lastIndexOf('.');
  let path = wished;
  for (let number = 2; taken.has(path); number++) path = `${wished.slice(0, dot)}-${number}${wished.slice(dot)}`;
  taken.add(path);
  return path;
}

function recordedFiles(
  path: string,
  samples: readonly object[],
  source: string | undefined,
  made: Readonly<Record<string, Uint8Array>>,
): ArtifactFile[] {
  const json = JSON.stringify({ source, recorded: true, tolerance: 1e-4, samples }, undefined, 2);
  const added = Object.entries(made).map(([name, bytes]) => fileOf(name, new Blob([bytes as Uint8Array<ArrayBuffer>])));
  return [fileOf(path, new Blob([`${json}\n`])), ...added];
}

function artifactOf(files: readonly ArtifactFile[]): Artifact {
  return { name: 'the recorded samples', files, downloadedBytes: 0 };
}

function fileOf(path: string, blob: Blob): ArtifactFile {
  return { path, size: blob.size, blob };
}

function parsed(text: string, given: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ManifestError('file-invalid', `${JSON.stringify(given)} is not JSON (${(cause as Error).message}).`, {
      cause,
    });
  }
}

/** As the tokenizer's files name it. */
async function maskTokenOf({ name, files }: Artifact): Promise<string | undefined> {
  for (const path of ['special_tokens_map.json', 'tokenizer_config.json']) {
    const file = files.find((one) => one.path === path);
    const token = file && ((await readJson(name, file))['mask_token'] as string | { content?: string } | undefined);
    const content = typeof token === 'object' ? token.content : token;
    if (typeof content === 'string') return content;
  }
  const tokenizer = files.find(({ path }) => path === 'tokenizer.json');
  const added = tokenizer && ((await readJson(name, tokenizer))['added_tokens'] as { content?: string }[] | undefined);
  return added?.find(({ content }) => content === '[MASK]' || content === '<mask>')?.content;
}

/** The paths that a JSON value names with `{ "$file": path }`. What is too deep to be read names none. */
function collectFiles(json: unknown, paths: Set<string>, levels = 200): void {
  if (typeof json !== 'object' || json === null || levels === 0) return;
  const { $file } = json as { $file?: unknown };
  if (typeof $file === 'string') paths.add($file);
  for (const item of Object.values(json)) collectFiles(item, paths, levels - 1);
}
