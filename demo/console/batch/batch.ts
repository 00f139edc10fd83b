import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { transform, type Invokable, type OnError, type TransformJob, type TransformProgress } from 'inpoint';
import { columns } from '../../classify/table/penguin-rows.ts';
import { keptIfRoom } from '../../endpoints/kept-if-room.ts';
import { keepInput, keptInput, removeInput } from './kept-input.ts';

/** How a file is answered. */
export interface BatchOptions {
  readonly outputFormat: 'jsonl' | 'csv';
  /** Whether each answer stands beside its row. */
  readonly isJoined: boolean;
  readonly onError: OnError;
}

/** A file that was chosen, and what is in it. */
export interface Chosen {
  /** As the visitor calls it. */
  readonly name: string;
  readonly size: number;
  /** As its first line names them. */
  readonly columns: readonly string[];
}

/** What becomes of the chosen file. */
export type BatchState =
  | { readonly kind: 'none' }
  | { readonly kind: 'copying' }
  /** It can be begun; or gone on with, where an earlier visit began it. */
  | { readonly kind: 'chosen'; readonly isBegun: boolean }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly isPaused: boolean }
  | { readonly kind: 'done'; readonly output: Blob; readonly outputName: string; readonly head: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What the next visit has to know. */
interface Note extends Chosen {
  readonly options: BatchOptions;
  readonly isBegun: boolean;
}

const jobName = 'console';
const key = 'inpoint-console-batch';
/** Bytes within which the first line has to end, and that are shown of an output. */
const headBytes = 65_536;
const shownLines = 5;

const state: Signal<BatchState> = signal<BatchState>({ kind: 'none' });
const file: Signal<Chosen | undefined> = signal(undefined);
const wished: Signal<BatchOptions> = signal<BatchOptions>({ outputFormat: 'jsonl', isJoined: true, onError: 'record' });
const reported: Signal<TransformProgress | undefined> = signal(undefined);
const survives: Signal<boolean> = signal(true);

export const batchState: ReadonlySignal<BatchState> = state;
export const chosen: ReadonlySignal<Chosen | undefined> = file;
export const batchOptions: ReadonlySignal<BatchOptions> = wished;
export const progress: ReadonlySignal<TransformProgress | undefined> = reported;
/** Whether the job goes on at another visit; not where the browser keeps no files for pages. */
export const isKept: ReadonlySignal<boolean> = survives;

let input: File | undefined;
let job: TransformJob | undefined;
/** Ends what is being started, once another file was chosen. */
let starting: { readonly ended: AbortController; readonly over: Promise<void> } | undefined;
/** With which options the job was begun that is kept; undefined where none was. */
let begunWith: BatchOptions | undefined;
let looking: Promise<void> | undefined;

/** Finds what an earlier visit has left, once. */
export function recallBatch(): Promise<void> {
  return (looking ??= recall());
}

async function recall(): Promise<void> {
  const note = readNote();
  const kept = note && (await keptInput());
  if (!note || kept?.size !== note.size || state.peek().kind !== 'none') return;
  input = named(kept, note.name);
  begunWith = note.isBegun ? note.options : undefined;
  batch(() => {
    file.value = { name: note.name, size: note.size, columns: note.columns };
    wished.value = note.options;
    state.value = { kind: 'chosen', isBegun: note.isBegun };
  });
}

let choosing: Promise<void> = Promise.resolve();

/** Takes a file in the place of the one before, whose job is given up. */
export function chooseFile(given: File): Promise<void> {
  return (choosing = choosing.then(() => take(given)));
}

async function take(given: File): Promise<void> {
  try {
    await discard();
    state.value = { kind: 'copying' };
    const head = await given.slice(0, headBytes).text();
    const names = head.split(/\r?\n/, 1)[0]!.split(',');
    const kept = await keepInput(given);
    input = kept ? named(kept, given.name) : given;
    batch(() => {
      survives.value = kept !== undefined;
      file.value = { name: given.name, size: given.size, columns: names.map(bare).filter(Boolean) };
      state.value = { kind: 'chosen', isBegun: false };
    });
    writeNote(false);
  } catch (error) {
    state.value = { kind: 'failed', error };
  }
}

/** What is kept, as the visitor calls it: so do the errors. */
function named(kept: File, name: string): File {
  return new File([kept], name, { type: 'text/csv', lastModified: kept.lastModified });
}

/** A column's name without quotes, blanks and a byte order mark. */
function bare(name: string): string {
  return name.replaceAll(/^[\uFEFF\s"]+|[\s"]+$/g, '');
}

/** Of a job that has not begun: a job goes on as it was begun. */
export function changeOptions(change: Partial<BatchOptions>): void {
  wished.value = { ...wished.peek(), ...change };
  if (file.peek()) writeNote(false);
}

/** Begins the job; or goes on with the one that was begun, by an earlier visit or before it failed, with these options. */
export function start(): Promise<void> {
  const ended = new AbortController();
  const over = run(ended.signal);
  starting = { ended, over };
  return over;
}

async function run(ended: AbortSignal): Promise<void> {
  const options = wished.peek();
  const { outputFormat, isJoined, onError } = options;
  const { name, columns: there } = file.peek()!;
  const known = columns.map((column) => column.name).filter((column) => there.includes(column));
  // What a job of other days, or with other options, has left under this name is none of this one's.
  const restart = begunWith !== options;
  begunWith = options;
  state.value = { kind: 'starting' };
  writeNote(true);
  try {
    const running = await keptIfRoom((cache) =>
      transform('./models/penguins/model.tar.gz', input!, {
        ...(survives.peek() ? { name: jobName, restart } : { output: 'stream' as const }),
        deploy: { task: 'tabular-classification', cache, revalidate: 'background' },
        invokeOptions: { topK: 1 },
        inputFormat: 'csv',
        // What else is in a row is none of the model's business.
        inputFilter: `$[${known.map((column) => `'${column}'`).join(',')}]`,
        ...(isJoined ? { joinSource: 'input' as const } : { outputFilter: '$.labels[0]' }),
        outputFormat,
        onError,
        signal: ended,
        onProgress: (at) => {
          if (!ended.aborted) reported.value = at;
        },
      }),
    );
    if (ended.aborted) return await running.remove();
    job = running;
    batch(() => {
      reported.value = running.progress;
      state.value = { kind: 'running', isPaused: false };
    });
    const outcome = survives.peek() ? undefined : await new Response(running.readable).blob();
    const { status, file: output } = await running.result;
    if (ended.aborted || status !== 'Completed') return;
    const whole: Blob = outcome ?? output!;
    const head = (await whole.slice(0, headBytes).text()).split('\n').slice(0, shownLines).join('\n');
    if (ended.aborted) return;
    batch(() => {
      reported.value = running.progress;
      const outputName = `${name.replace(/\.\w+$/, '')}.out.${outputFormat}`;
      state.value = { kind: 'done', output: whole, outputName, head };
    });
  } catch (error) {
    if (!ended.aborted) state.value = { kind: 'failed', error };
  }
}

export function pause(): void {
  job?.pause();
  state.value = { kind: 'running', isPaused: true };
}

export function resume(): void {
  job?.resume();
  state.value = { kind: 'running', isPaused: false };
}

/** Ends the job, and removes all that is kept of it: the input, the output and the checkpoints. */
export async function discard(): Promise<void> {
  const before = starting;
  const wasBegun = readNote()?.isBegun ?? false;
  starting = begunWith = undefined;
  batch(() => {
    state.value = { kind: 'none' };
    reported.value = undefined;
    file.value = undefined;
  });
  localStorage.removeItem(key);
  try {
    before?.ended.abort();
    await before?.over;
    if (job) await job.remove();
    else if (wasBegun) await removeKept();
  } catch {
    // It was removed from another tab.
  }
  input = job = undefined;
  await removeInput();
}

/** Removes what an earlier visit's job has left, without the model that it takes to go on with it. */
async function removeKept(): Promise<void> {
  const nobody: Invokable = {
    name: jobName,
    storage: undefined,
    invoke: () => Promise.reject(new Error('This job is removed before it has a record.')),
  };
  const empty = new File([], 'none.csv', { type: 'text/csv', lastModified: 0 });
  const kept = await transform(nobody, empty, { name: jobName, restart: true, inputFormat: 'csv' });
  await kept.remove();
}

function writeNote(isBegun: boolean): void {
  if (!survives.peek()) return;
  const note: Note = { ...file.peek()!, options: wished.peek(), isBegun };
  try {
    localStorage.setItem(key, JSON.stringify(note));
  } catch {
    // Where nothing may be kept, neither is the job.
  }
}

function readNote(): Note | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as Note | null) ?? undefined;
  } catch {
    return undefined;
  }
}
