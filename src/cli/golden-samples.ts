import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { entryPath } from '../artifact/entry-path.ts';
import type { Artifact, ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { readGolden, type Golden } from '../golden.ts';
import { readJson } from '../manifest/index.ts';
import type { Model } from '../model.ts';
import { UnreadableError } from './exit-code.ts';
import { exampleInputs } from './example-inputs.ts';
import { toGoldenJson } from './json-values.ts';

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
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnreadableError(`There is no golden file ${JSON.stringify(given)}.`, { cause });
  });
  const files = [fileOf(goldenPath, new Blob([text]))];
  const named = new Set<string>();
  collectFiles(parsed(text, given), named);
  for (const name of named) {
    const blob = await openAsBlob(join(dirname(path), entryPath(name))).catch((cause: unknown) => {
      throw new UnreadableError(
        `${JSON.stringify(given)} names ${JSON.stringify(name)}, and there is no such file beside it.`,
        { cause },
      );
    });
    files.push(fileOf(entryPath(name), blob));
  }
  const artifact: Artifact = { name: given, files, downloadedBytes: 0 };
  return { golden: (await readGolden(artifact, { golden: goldenPath }))!, files };
}

/**
 * Samples recorded by asking the model what was made up; a sentence where that cannot be done.
 *
 * @param modelName what to say that the answers come from
 */
export async function recordGolden(
  model: Model,
  artifact: Artifact,
  version: string,
  signal: AbortSignal,
): Promise<GoldenFiles | { readonly reason: string }> {
  const examples = exampleInputs(model.manifest, model.inputs, await maskTokenOf(artifact));
  if (!examples) return { reason: `no input can be made up for ${model.manifest.task}` };
  const made: Record<string, Uint8Array> = { ...examples.files };
  const keep = (bytes: Uint8Array): string => {
    const path = `golden/answer-${Object.keys(made).length}.bin`;
    made[path] = bytes.slice();
    return path;
  };
  const written = examples.inputs.map((input) => ({ input, answer: null as unknown }));
  const asked = await readGolden(withFiles(artifact, goldenJson(written), made), { golden: goldenPath });
  for (const [index, { input }] of asked!.samples.entries()) {
    signal.throwIfAborted();
    const prediction = await model.predict(input, {}, signal);
    if (prediction.kind === 'failure') {
      const { error } = prediction;
      return {
        reason: `the model could not answer what was made up for it (${error instanceof Error ? error.message : String(error)})`,
      };
    }
    written[index]!.answer = toGoldenJson(prediction.answer, keep);
  }
  const json = goldenJson(written, `inpoint ${version}, when it was packed`);
  const files = withFiles({ name: '', files: [], downloadedBytes: 0 }, json, made).files;
  return { golden: (await readGolden(withFiles(artifact, json, made), { golden: goldenPath }))!, files };
}

function goldenJson(samples: readonly object[], source?: string): Blob {
  return new Blob([`${JSON.stringify({ source, recorded: true, tolerance: 1e-4, samples }, undefined, 2)}\n`]);
}

function withFiles(artifact: Artifact, golden: Blob, made: Readonly<Record<string, Uint8Array>>): Artifact {
  const added = Object.entries(made).map(([path, bytes]) => fileOf(path, new Blob([bytes as Uint8Array<ArrayBuffer>])));
  return { ...artifact, files: [...artifact.files, fileOf(goldenPath, golden), ...added] };
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

/** The paths that a JSON value names with `{ "$file": path }`. */
function collectFiles(json: unknown, paths: Set<string>): void {
  if (typeof json !== 'object' || json === null) return;
  const { $file } = json as { $file?: unknown };
  if (typeof $file === 'string') paths.add($file);
  for (const item of Object.values(json)) collectFiles(item, paths);
}
