import { stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { DescribeOptions } from '../manifest/index.ts';
import type { InputFormat, OutputFormat, RecordOptions, TransformInput } from '../transform/options.ts';
import { inputFormats, outputFormats, resolveOptions } from '../transform/resolve-options.ts';
import { startTransform } from '../transform/start-transform.ts';
import type { CommandContext } from './command.ts';
import { exitCode, UnreadableError, UsageError } from './exit-code.ts';
import { inputTask } from './input-task.ts';
import { modelPredictor } from './model-predictor.ts';
import { openArchive } from './open-archive.ts';
import { openFile } from './open-file.ts';
import { progressOn } from './progress.ts';
import { readFolder } from './read-folder.ts';
import type { Terminal } from './terminal.ts';
import { writablePath, writeWhole } from './write-file.ts';

export interface TransformFlags {
  readonly describe: DescribeOptions;
  /** Undefined for standard output. */
  readonly output: string | undefined;
  readonly records: RecordOptions;
  /** As they are given to the task. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Answers the records of a file, as `transform()` does in a page. The output has its name once it is complete; interrupted,
 * nothing is left of it. Exit code 1 where records have no answer.
 */
export async function transform(
  [file, given, ...more]: readonly string[],
  { describe, output, records, options }: TransformFlags,
  { terminal, engine }: CommandContext,
): Promise<number> {
  if (!file || !given || more.length > 0) {
    throw new UsageError(
      'transform takes an archive and one file of records: inpoint transform model.tar.gz data.csv -o out.jsonl',
    );
  }
  const outputFormat = records.outputFormat ?? formatOf(output) ?? 'jsonl';
  if (output === undefined && outputFormat === 'parquet') {
    throw new UsageError('Parquet is written to a file: name one with -o out.parquet.');
  }
  resolveOptions(records);
  const path = output === undefined ? undefined : await writablePath(resolve(terminal.cwd, output), output);
  const input = await openRecords(given, terminal, records.inputFormat);
  const { artifact } = await openArchive(file, terminal, describe);
  const model = await engine.load(artifact, describe);
  const task = await inputTask(artifact, model.manifest);
  const folder = given === '-' ? terminal.cwd : dirname(resolve(terminal.cwd, given));
  const progress = progressOn(terminal);
  const { signal } = terminal;
  const job = await startTransform(modelPredictor(model, artifact.name, { task, options, folder }), input, {
    ...records,
    outputFormat,
    signal,
    onProgress: ({ records: count, recordsPerSecond, bytes, totalBytes }) =>
      progress.update(`${count} records, ${Math.round(recordsPerSecond)} a second`, bytes, totalBytes),
  });
  try {
    if (path !== undefined) await writeWhole(path, chunksOf(job.readable), async () => {});
    else {
      const decoder = new TextDecoder();
      for await (const chunk of chunksOf(job.readable)) await terminal.write(decoder.decode(chunk, { stream: true }));
    }
    const { records: count, failed } = await job.result;
    progress.clear();
    if (path !== undefined || failed > 0) {
      const rest = failed > 0 ? `, ${failed} of them without an answer` : '';
      terminal.note(`${output ?? 'inpoint'}: ${count} ${count === 1 ? 'record' : 'records'}${rest}\n`);
    }
    return failed > 0 ? exitCode.wrong : exitCode.ok;
  } catch (error) {
    // What is read ends with it too, and says less.
    await job.stop();
    await job.result;
    throw error;
  } finally {
    progress.clear();
  }
}

async function openRecords(
  given: string,
  { cwd, stdin, signal }: Terminal,
  inputFormat: InputFormat | undefined,
): Promise<TransformInput> {
  if (given === '-')
    return Readable.toWeb(Readable.from(bytesOf(stdin), { objectMode: false })) as ReadableStream<Uint8Array>;
  const path = resolve(cwd, given);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    const files = (await readFolder(path, { signal })).filter(({ path: name }) => /\.(png|jpe?g)$/i.test(name));
    if (files.length === 0)
      throw new UnreadableError(`There is no PNG or JPEG in the folder ${JSON.stringify(given)}.`);
    if (inputFormat !== undefined && inputFormat !== 'images') {
      throw new UsageError(`A folder is one of images: ${JSON.stringify(inputFormat)} is read from a file.`);
    }
    return files.map(({ path: name, blob }) => new File([blob], name));
  }
  const blob = await openFile(path).catch((cause: unknown) => {
    throw new UnreadableError(`Cannot read ${JSON.stringify(given)}: ${(cause as Error).message}.`, { cause });
  });
  return new File([blob], basename(path), { lastModified: found?.mtimeMs });
}

async function* bytesOf(stdin: Terminal['stdin']): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const chunk of stdin) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream as unknown as AsyncIterable<Uint8Array>;
}

function formatOf(path: string | undefined): OutputFormat | undefined {
  const ending = path === undefined ? '' : extname(path).slice(1).toLowerCase();
  return outputFormats.find((format) => format === ending);
}

/** What options of the command line say of records, by the names that they have in a page. */
export function recordOptionsOf(values: Readonly<Record<string, string | boolean | undefined>>): RecordOptions {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const count = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    throw new UsageError(`--${name} takes a whole number above 0.`);
  };
  const choice = <T extends string>(name: string, choices: readonly T[]): T | undefined => {
    const value = text(name);
    if (value === undefined || choices.includes(value as T)) return value as T | undefined;
    throw new UsageError(`--${name} takes ${choices.join(', ')}.`);
  };
  return {
    inputFormat: choice('input-format', inputFormats),
    outputFormat: choice('output-format', outputFormats),
    joinSource: choice('join-source', ['none', 'input']),
    onError: choice('on-error', ['fail', 'skip', 'record']),
    columns: text('columns')?.split(','),
    inputFilter: text('input-filter'),
    outputFilter: text('output-filter'),
    batchSize: count('batch-size'),
    maxConcurrentTransforms: count('max-concurrent-transforms'),
  };
}
