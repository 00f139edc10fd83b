import { InputError } from '../errors.ts';
import { openInput, start } from './input/open-input.ts';
import { RunningJob, type JobReader, type TransformJob } from './job.ts';
import { memorySink } from './memory-sink.ts';
import type { RecordOptions, ResolvedOptions, TransformInput, TransformProgress } from './options.ts';
import { fileKinds, openWriter } from './output/open-writer.ts';
import type { Predictor } from './predictor.ts';
import { readSink } from './read-sink.ts';
import { resolveOptions } from './resolve-options.ts';
import { resultMaker } from './result.ts';
import type { Progressed, Sink } from './sink.ts';
import { StoppedError } from './stopped-error.ts';
import { writeSink } from './write-sink.ts';

/** How a job runs, and where its output goes. */
export interface JobOptions extends RecordOptions {
  /**
   * Keeps the job on this device: called for again with the same input and options, after a reload or a crash, it goes on
   * from its last checkpoint; one that is complete gives its file at once. `job.remove()` removes it.
   */
  name?: string;
  /** Begins a job of this name anew, whatever is kept of it. @default false */
  restart?: boolean;
  /**
   * Where the output goes: `stream` is read from the job, as `job.readable` or with `for await`; `file` is `file` of
   * `job.result`; or a file that the visitor chose (`showSaveFilePicker()`), or a stream.
   *
   * @default 'stream'; 'file' of a job with a name
   */
  output?: 'stream' | 'file' | FileSystemFileHandle | WritableStream<Uint8Array>;
  /** Aborting ends the job, whose result rejects with `signal.reason`; one with a name can be gone on with. */
  signal?: AbortSignal;
  /** Is told how far the job is, at most 10 times a second, and at its end. */
  onProgress?: (progress: TransformProgress) => void;
}

/**
 * Starts a job on a predictor, which it closes at its end, or where it cannot be started.
 *
 * @throws {InputError} for options and inputs that cannot be
 * @throws {StoreError} where a job of the name is running, was begun with something else, or cannot be kept
 */
export async function startTransform(
  predictor: Predictor,
  source: TransformInput,
  options: JobOptions,
): Promise<TransformJob> {
  const { signal, onProgress } = options;
  // Ends what was opened, read or not.
  const over = new AbortController();
  try {
    signal?.throwIfAborted();
    const resolved = resolveOptions(options);
    resultMaker(resolved);
    checkOutput(options);
    const opening = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    const input = await openInput(source, resolved, opening);
    if (options.name !== undefined && input.identity === undefined) throw notAgain(options.name);
    const identity = identityOf(predictor, input.identity, resolved);
    const destination = await openDestination(options, resolved, identity, input.name);
    const release = async (): Promise<void> => {
      over.abort(new StoppedError());
      await Promise.all([destination.release(), predictor.close()]);
    };
    return new RunningJob({
      ...destination,
      input: destination.isDone ? { ...input, read: async function* () {} } : input,
      predictor,
      options: resolved,
      signal,
      onProgress,
      release,
    });
  } catch (error) {
    over.abort(error);
    await predictor.close();
    throw error;
  }
}

interface Destination {
  readonly sink: Sink;
  readonly read?: JobReader;
  readonly from: Progressed;
  /** Whether all is there from before. */
  readonly isDone: boolean;
  release(): Promise<void>;
  remove(): Promise<void>;
}

const fresh = {
  from: { end: start, failed: 0 },
  isDone: false,
  release: async (): Promise<void> => {},
  remove: async (): Promise<void> => {},
};

async function openDestination(
  { name, restart = false, output = name === undefined ? 'stream' : 'file' }: JobOptions,
  options: ResolvedOptions,
  identity: Readonly<Record<string, string>>,
  inputName: string,
): Promise<Destination> {
  if (output === 'stream') return { ...fresh, ...readSink(await openWriter(options)) };
  if (name === undefined && output !== 'file') return { ...fresh, sink: await sinkInto(output, options) };
  const { type, ending } = fileKinds[options.outputFormat];
  const fileName = `${inputName.replace(/\.[a-z]+$/i, '')}.out${ending}`;
  if (!canKeep() && name === undefined)
    return { ...fresh, sink: memorySink(await openWriter(options), fileName, type) };
  const { KeptOutput, sweepTemporary } = await import('./keep/kept-output.ts');
  if (name === undefined) await sweepTemporary().catch(() => {});
  const isTemporary = name === undefined;
  const kept = await KeptOutput.open(name ?? `\0${crypto.randomUUID()}`, { identity, restart, isTemporary });
  const remove = async (): Promise<void> => {
    kept.release();
    await kept.remove();
  };
  const rest = {
    from: kept.from,
    isDone: kept.isDone,
    // What nobody comes back for is held as long as the page is there.
    release: async (): Promise<void> => void (isTemporary || kept.release()),
    remove,
  };
  try {
    if (kept.isDone)
      return {
        ...rest,
        sink: copyingTo(
          output,
          doneSink(() => kept.file(fileName, type)),
        ),
      };
    const writer = await openWriter(options, kept.writerState);
    const sink = kept.sink(writer, fileName, type);
    if (!isTemporary) return { ...rest, sink: copyingTo(output, sink) };
    const stop = async (reason: unknown): Promise<void> => {
      await sink.stop(reason).catch(() => {});
      // Nobody goes on with one that has no name.
      await remove();
    };
    return { ...rest, sink: { ...sink, stop } };
  } catch (error) {
    kept.release();
    throw error;
  }
}

async function sinkInto(
  output: FileSystemFileHandle | WritableStream<Uint8Array>,
  options: ResolvedOptions,
): Promise<Sink> {
  const writer = await openWriter(options);
  if (output instanceof WritableStream) return writeSink(output, writer);
  return writeSink(await output.createWritable(), writer, () => output.getFile());
}

/** What is kept is copied where it was to go, at the end. */
function copyingTo(output: Exclude<JobOptions['output'], 'stream' | undefined>, sink: Sink): Sink {
  if (output === 'file') return sink;
  return {
    ...sink,
    async stop(reason) {
      // Whoever reads it learns that nothing comes.
      if (output instanceof WritableStream) await output.abort(reason).catch(() => {});
      await sink.stop(reason);
    },
    async end(at) {
      const { file } = await sink.end(at);
      const into = output instanceof WritableStream ? output : await output.createWritable();
      await file!.stream().pipeTo(into);
      return { file };
    },
  };
}

function doneSink(file: () => Promise<File>): Sink {
  return { write: async () => {}, end: async () => ({ file: await file() }), stop: async () => {} };
}

function canKeep(): boolean {
  const { storage, locks } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  return typeof storage?.getDirectory === 'function' && locks !== undefined && 'indexedDB' in globalThis;
}

/** What makes results what they are: with any of it changed, what is there does not fit what would come. */
function identityOf(
  predictor: Predictor,
  input: object | undefined,
  options: ResolvedOptions,
): Readonly<Record<string, string>> {
  // However many run at a time, the results are the same.
  const identity = { model: predictor.identity, input, ...options, maxConcurrentTransforms: undefined };
  return Object.fromEntries(
    Object.entries(identity).map(([key, value]) => [key, JSON.stringify(value) ?? 'not given']),
  );
}

function checkOutput({ name, output }: JobOptions): void {
  if (name === undefined) return;
  if (typeof name !== 'string' || name === '')
    throw new InputError('name', 'The name of a job is a text that is not empty.');
  if (output !== 'stream') return;
  throw new InputError(
    'output',
    "A job with a name keeps its output in a file: leave out output: 'stream', or the name.",
  );
}

function notAgain(name: string): InputError {
  return new InputError(
    'input',
    `The job ${JSON.stringify(name)} could not be gone on with: its input can be read only once. Give a File, a Blob, a list of image files or an address; or leave out the name.`,
  );
}
