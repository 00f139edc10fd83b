import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import type { TaskName } from '../manifest/index.ts';
import { openFile, reasonOf } from './open-file.ts';
import { readCsv } from './read-csv.ts';
import { readLines } from './read-lines.ts';
import { reviveJson } from './revive-json.ts';
import type { Terminal } from './terminal.ts';

/** One input on its way to a model, or why it cannot be one. */
export type InputRecord =
  | { readonly label: string; readonly input: unknown }
  | { readonly label: string; readonly error: unknown };

/**
 * The records that arguments stand for: a file of a kind that is known, `-` for lines of standard input, or the input
 * itself. What is wrong with one leaves the others alone.
 */
export async function* readInputs(
  given: readonly string[],
  task: TaskName,
  { cwd, stdin, signal }: Pick<Terminal, 'cwd' | 'stdin' | 'signal'>,
): AsyncGenerator<InputRecord> {
  for (const argument of given) {
    if (argument === '-') yield* linesOf('line', stdin, task, cwd, signal);
    else yield* recordsOf(argument, task, cwd, signal);
  }
}

async function* recordsOf(
  argument: string,
  task: TaskName,
  cwd: string,
  signal: AbortSignal,
): AsyncGenerator<InputRecord> {
  const path = resolve(cwd, argument);
  const kind = extname(argument).toLowerCase();
  const isFile = await stat(path)
    .then((found) => found.isFile())
    .catch(() => false);
  const label = argument;
  if (isFile && kind === '.csv') {
    for await (const { number, ...record } of readCsv(path, signal)) {
      const place = number === undefined ? argument : `${argument}, row ${number}`;
      yield 'row' in record ? { label: place, input: record.row } : { label: place, error: record.error };
    }
  } else if (isFile && (kind === '.jsonl' || kind === '.ndjson')) {
    yield* linesOf(argument, createReadStream(path), task, dirname(path), signal);
  } else {
    yield await attempt(label, async () => {
      if (isFile && kind === '.json') return jsonInput(await readFile(path, 'utf8'), dirname(path));
      if (isFile && kind === '.txt') return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '').replace(/\r?\n$/, '');
      if (isFile && (kind !== '' || takesFiles(task))) return openFile(path);
      if (!isFile && !takesFiles(task) && fileKinds.test(argument)) {
        throw new InputError(
          'input',
          `There is no file ${JSON.stringify(argument)}. A text of its own that ends so is given as JSON: '${JSON.stringify(argument)}'.`,
        );
      }
      return inlineInput(argument, task, cwd);
    });
  }
}

/** Lines of a stream, each a record of its own. Empty ones are passed over; where it breaks off is an error at its end. */
async function* linesOf(
  name: string,
  stream: AsyncIterable<string | Uint8Array>,
  task: TaskName,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<InputRecord> {
  let number = 0;
  const lines = readLines(stream, signal);
  for (;;) {
    const next = await lines.next().catch((cause: unknown) => {
      signal.throwIfAborted();
      return new InputError('input', `It cannot be read on: ${reasonOf(cause)}.`, { cause });
    });
    number++;
    if (next instanceof InputError) yield { label: `${name} ${number}`, error: next };
    if (next instanceof InputError || next.done) return;
    if (next.value.trim() === '') continue;
    yield await attempt(`${name} ${number}`, () => inlineInput(next.value, task, folder));
  }
}

/** What nobody writes at the end of a text, unless it is the name of a file. */
const fileKinds = /\.(csv|tsv|jsonl?|ndjson|txt|png|jpe?g|webp|gif|bmp|tiff?|wav|mp3|flac|ogg|m4a|npy|parquet)$/i;

/** An input as it stands on a line: JSON, a path where the task takes files, else the text itself. */
async function inlineInput(text: string, task: TaskName, folder: string): Promise<unknown> {
  const trimmed = text.trim();
  if (/^[{["]/.test(trimmed)) {
    const json = parsed(trimmed);
    if (json !== undefined) {
      if (typeof json === 'string' && takesFiles(task)) return fileInput(json, folder);
      return reviveJson(json, (path) => openFile(resolve(folder, path)));
    }
  }
  if (takesFiles(task)) return fileInput(trimmed, folder);
  if (task === 'tensor') {
    throw new InputError(
      'feeds',
      `This model takes tensors by name, as JSON: { "x": { "$tensor": { "type": "float32", "dims": [1, 2], "data": [1, 2] } } }.`,
    );
  }
  return text;
}

async function fileInput(path: string, folder: string): Promise<Blob> {
  const full = resolve(folder, path);
  const found = await stat(full).catch(() => undefined);
  if (found?.isFile()) return openFile(full);
  throw new InputError('input', `There is no file ${JSON.stringify(path)}.`);
}

async function jsonInput(text: string, folder: string): Promise<unknown> {
  const json = parsed(text);
  if (json === undefined) throw new InputError('input', 'The file is not JSON.');
  return reviveJson(json, (path) => openFile(resolve(folder, path)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether an input is a picture or a sound. */
export function takesFiles(task: TaskName): boolean {
  return /^(image-|object-|audio-|automatic-)/.test(task);
}

async function attempt(label: string, read: () => Promise<unknown>): Promise<InputRecord> {
  try {
    return { label, input: await read() };
  } catch (error) {
    return { label, error };
  }
}
