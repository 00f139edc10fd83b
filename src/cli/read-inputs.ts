import { createReadStream, openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { InputError } from '../errors.ts';
import type { TaskName } from '../manifest/index.ts';
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
  terminal: Pick<Terminal, 'cwd' | 'stdin'>,
): AsyncGenerator<InputRecord> {
  for (const argument of given) {
    if (argument === '-') yield* linesOf('line', terminal.stdin, task, terminal.cwd);
    else yield* recordsOf(argument, task, terminal.cwd);
  }
}

async function* recordsOf(argument: string, task: TaskName, cwd: string): AsyncGenerator<InputRecord> {
  const path = resolve(cwd, argument);
  const kind = extname(argument).toLowerCase();
  const isFile = await stat(path)
    .then((found) => found.isFile())
    .catch(() => false);
  const label = argument;
  if (isFile && kind === '.csv') yield* rowsOf(argument, path);
  else if (isFile && (kind === '.jsonl' || kind === '.ndjson')) {
    yield* linesOf(argument, createReadStream(path), task, dirname(path));
  } else {
    yield await attempt(label, async () => {
      if (isFile && kind === '.json') return jsonInput(await readFile(path, 'utf8'), dirname(path));
      if (isFile && kind === '.txt') return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '').replace(/\r?\n$/, '');
      if (isFile && (kind !== '' || takesFiles(task))) return openAsBlob(path);
      return inlineInput(argument, task, cwd);
    });
  }
}

/** Lines of a stream, each a record of its own. Empty ones are passed over. */
async function* linesOf(
  name: string,
  stream: AsyncIterable<string | Uint8Array>,
  task: TaskName,
  folder: string,
): AsyncGenerator<InputRecord> {
  let number = 0;
  for await (const text of splitLines(stream)) {
    number++;
    const line = number === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (line.trim() === '') continue;
    yield await attempt(`${name} ${number}`, () => inlineInput(line, task, folder));
  }
}

async function* splitLines(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const { Readable } = await import('node:stream');
  yield* createInterface({ input: Readable.from(stream, { objectMode: false }), crlfDelay: Infinity });
}

/** Rows of a CSV file as objects by the names in its first. */
async function* rowsOf(name: string, path: string): AsyncGenerator<InputRecord> {
  let number = 1;
  try {
    const rows = createReadStream(path).pipe(parse({ columns: true, bom: true, skip_empty_lines: true, trim: true }));
    for await (const row of rows) yield { label: `${name}, row ${number++}`, input: row };
  } catch (cause) {
    yield {
      label: `${name}, row ${number}`,
      error: new InputError('row', `The file cannot be read as CSV: ${(cause as Error).message}.`, { cause }),
    };
  }
}

/** An input as it stands on a line: JSON, a path where the task takes files, else the text itself. */
async function inlineInput(text: string, task: TaskName, folder: string): Promise<unknown> {
  const trimmed = text.trim();
  if (/^[{["]/.test(trimmed)) {
    const json = parsed(trimmed);
    if (json !== undefined) {
      if (typeof json === 'string' && takesFiles(task)) return fileInput(json, folder);
      return reviveJson(json, (path) => openAsBlob(resolve(folder, path)));
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
  if (found?.isFile()) return openAsBlob(full);
  throw new InputError('input', `There is no file ${JSON.stringify(path)}.`);
}

async function jsonInput(text: string, folder: string): Promise<unknown> {
  const json = parsed(text);
  if (json === undefined) throw new InputError('input', 'The file is not JSON.');
  return reviveJson(json, (path) => openAsBlob(resolve(folder, path)));
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
