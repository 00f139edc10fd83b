import { abortable } from '../../abortable.ts';
import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import type { InputFormat, TransformInput } from '../options.ts';
import type { Position, RecordBatch } from '../record-batch.ts';
import { blobSource, cancelOn, streamSource, urlSource, type ByteSource } from './byte-source.ts';
import { cutCsv, type CsvState } from './cut-csv.ts';
import { cutJsonArray, type JsonArrayState } from './cut-json-array.ts';
import { cutJsonLines, cutLines } from './cut-lines.ts';
import { readText } from './read-text.ts';
import { sniffFormat } from './sniff-format.ts';
import type { TextCutter } from './text-cutter.ts';

/** An input of which it is known how it is read. */
export interface OpenInput {
  readonly name: string;
  /** Bytes of it; undefined where that is not known. */
  readonly totalBytes: number | undefined;
  /** What tells it from another, as plain data; undefined of what can be read only once. */
  readonly identity: object | undefined;
  /**
   * Batches of its records in their order. No more is read than is asked for.
   *
   * @throws {InputError} where what follows cannot be told apart
   */
  read(batchSize: number, from: Position, signal: AbortSignal): AsyncIterable<RecordBatch>;
}

/** Where each input begins. */
export const start: Position = { records: 0, bytes: 0 };

/**
 * Looks at an input: what it is written in, and by what it will be known again.
 *
 * @throws {InputError} for what no input is, or where nothing tells its format
 * @throws {ArtifactError} for an address that cannot be fetched
 */
export async function openInput(
  input: TransformInput,
  { inputFormat, columns }: { inputFormat?: InputFormat | undefined; columns?: readonly string[] | undefined },
  signal: AbortSignal,
): Promise<OpenInput> {
  if (typeof input === 'string' || input instanceof URL) {
    const base = globalThis.document?.baseURI ?? globalThis.location?.href;
    return openFile(await urlSource(new URL(input, base).href, signal), inputFormat, columns);
  }
  if (input instanceof Blob) return openFile(await blobSource(input), inputFormat, columns);
  if (input instanceof ReadableStream) {
    if (inputFormat === undefined) return openStream(input, columns, signal);
    return openFile(await streamSource(input as ReadableStream<Uint8Array>, signal), inputFormat, columns);
  }
  if (typeof input === 'object' && input !== null) {
    const isList = Array.isArray(input) || ('FileList' in globalThis && input instanceof FileList);
    const list: readonly unknown[] = isList ? Array.from(input) : [];
    if (isList && list.length > 0 && list.every((item) => item instanceof Blob))
      return openImages(list.filter(isShown));
    if (Symbol.iterator in input || Symbol.asyncIterator in input) return openRecords(input);
  }
  throw new InputError(
    'input',
    `The input is ${shown(input)}. Give a File or Blob, an address, a stream, a list of image files, or an (async) iterable of records.`,
  );
}

function openFile(
  source: ByteSource,
  given: InputFormat | undefined,
  columns: readonly string[] | undefined,
): OpenInput {
  const { name, size: totalBytes, identity } = source;
  const format = given ?? sniffFormat(name, source.type, source.head);
  const known = { name, totalBytes, identity };
  if (format === 'images') {
    return { ...known, read: (_batchSize, from, signal) => readImage(source, from, signal) };
  }
  if (format === 'parquet') {
    return {
      ...known,
      async *read(batchSize, from, signal) {
        const { readParquet } = await import('./read-parquet.ts');
        yield* readParquet(await source.blob(signal), { name, batchSize, from, signal });
      },
    };
  }
  return {
    ...known,
    async *read(batchSize, from, signal) {
      const bytes = await source.open(from.bytes, signal);
      yield* readText(bytes, cutterOf(format, columns, from), { batchSize, from, signal });
    },
  };
}

function cutterOf(
  format: Exclude<InputFormat, 'parquet' | 'images'>,
  columns: readonly string[] | undefined,
  { state }: Position,
): TextCutter {
  if (format === 'csv') return cutCsv(columns, state as CsvState | undefined);
  if (format === 'json') return cutJsonArray(state as JsonArrayState | undefined);
  return format === 'jsonl' ? cutJsonLines() : cutLines();
}

async function* readImage(source: ByteSource, from: Position, signal: AbortSignal): AsyncGenerator<RecordBatch> {
  if (from.records > 0) return;
  const blob = await source.blob(signal);
  yield { records: [blob], end: { records: 1, bytes: blob.size } };
}

/** A stream of bytes is a file, any other one of records. */
async function openStream(
  stream: ReadableStream<unknown>,
  columns: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<OpenInput> {
  const reader = stream.getReader();
  cancelOn(signal, reader);
  const first = await abortable(reader.read(), signal);
  let waiting: ReadableStreamReadResult<unknown> | undefined = first;
  const whole = new ReadableStream(
    {
      async pull(controller) {
        const next = waiting ?? (await reader.read());
        waiting = undefined;
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  if (!first.done && first.value instanceof Uint8Array) {
    return openFile(await streamSource(whole as ReadableStream<Uint8Array>, signal), undefined, columns);
  }
  return openRecords(valuesOf(whole));
}

/** Safari's streams are no iterables. */
async function* valuesOf(stream: ReadableStream): AsyncGenerator {
  const reader = stream.getReader();
  try {
    for (;;) {
      const next = await reader.read();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** What systems leave in folders, `.DS_Store` and the like, is none of the pictures that somebody chose. */
function isShown(file: Blob): boolean {
  const { name = '' } = file as Partial<File>;
  return !name.startsWith('.') && !['Thumbs.db', 'desktop.ini'].includes(name);
}

/** Pictures in the order of the list. */
async function openImages(files: readonly Blob[]): Promise<OpenInput> {
  const seen = files.map((file) => [(file as Partial<File>).name, file.size, (file as Partial<File>).lastModified]);
  return {
    name: `${files.length} ${files.length === 1 ? 'picture' : 'pictures'}`,
    totalBytes: files.reduce((sum, { size }) => sum + size, 0),
    identity: { kind: 'files', files: seen },
    async *read(batchSize, from) {
      let { bytes } = from;
      for (let at = from.records; at < files.length; at += batchSize) {
        const records = files.slice(at, at + batchSize);
        for (const { size } of records) bytes += size;
        yield { records, end: { records: at + records.length, bytes } };
      }
    },
  };
}

function openRecords(source: AsyncIterable<unknown> | Iterable<unknown>): OpenInput {
  return {
    name: 'the records',
    totalBytes: undefined,
    identity: undefined,
    async *read(batchSize, _from, signal) {
      const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      let records: unknown[] = [];
      let count = 0;
      try {
        for (;;) {
          const next = await abortable(Promise.resolve(iterator.next()), signal);
          if (next.done) break;
          records.push(next.value);
          count++;
          if (records.length < batchSize) continue;
          yield { records, end: { records: count, bytes: 0 } };
          records = [];
        }
        if (records.length > 0) yield { records, end: { records: count, bytes: 0 } };
      } finally {
        // One amid a wait answers when that is over, which may be never.
        void Promise.resolve(iterator.return?.()).catch(() => {});
      }
    },
  };
}
