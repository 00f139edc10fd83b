import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import {
  deploy,
  type AsyncEndpoint,
  type AsyncStatus,
  type Classification,
  type DeployProgress,
  type InvokeAsyncOptions,
} from 'inpoint';
import type { Row } from '../../classify/table/penguin-rows.ts';

/** How far the queue itself is. */
export type QueueState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening'; readonly progress: DeployProgress | undefined }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A request of this browser that nobody has acknowledged. */
export interface Request {
  readonly inferenceId: string;
  /** Which row was asked about; its id, where nobody has noted that. */
  readonly about: string;
  readonly status: AsyncStatus['status'] | 'unknown';
  readonly attempts: number;
  readonly answer?: Classification | undefined;
  /** Why it was not answered, or waits. */
  readonly reason?: string | undefined;
}

type Noted = readonly (readonly [inferenceId: string, about: string])[];

/** Pages of this origin that deploy this name share its requests. */
const name = 'console';
/** Where it is noted which requests there are. What became of them is the library's to say. */
const key = 'inpoint-console-requests';
/** Requests whose state is asked for at a time, and milliseconds between two times. */
const lookedAt = 40;
const lookMs = 500;

const state: Signal<QueueState> = signal<QueueState>({ kind: 'closed' });
const known: Signal<readonly Request[]> = signal([]);
const trouble: Signal<unknown> = signal(undefined);

export const queueState: ReadonlySignal<QueueState> = state;
/** In the order in which they were made. */
export const requests: ReadonlySignal<readonly Request[]> = known;
/** What went wrong last with the queue itself. */
export const queueProblem: ReadonlySignal<unknown> = trouble;

let endpoint: AsyncEndpoint<'tabular-classification'> | undefined;
let opening: Promise<void> | undefined;
/** What `requests` shows as soon as the turn of the event loop is over. */
const current = new Map<string, Request>();
/** Those that are on their way to the disk. */
const making = new Set<string>();
/** Those that were removed here: what is still said of them is too late. */
const removed = new Set<string>();
/** Those that an earlier visit tells of. */
const isFromBefore = new Set<string>();

/** Deploys the queue, once: whatever was asked at earlier visits goes on. */
export function openQueue(): Promise<void> {
  return (opening ??= start());
}

async function start(): Promise<void> {
  state.value = { kind: 'opening', progress: undefined };
  try {
    endpoint = await deploy('./models/penguins/model.tar.gz', {
      mode: 'async',
      name,
      task: 'tabular-classification',
      revalidate: 'background',
      onProgress: (progress) => (state.value = { kind: 'opening', progress }),
    });
    for (const id of readNotes()) isFromBefore.add(id);
    addEventListener('storage', (event) => {
      if (event.key === key) readNotes();
    });
    state.value = { kind: 'ready' };
    void follow(endpoint);
    setInterval(() => void look().catch(noteTrouble), lookMs);
    await look();
  } catch (error) {
    opening = undefined;
    state.value = { kind: 'failed', error };
  }
}

/** Hears of all that is through, at this visit and before. */
async function follow(queue: AsyncEndpoint<'tabular-classification'>): Promise<void> {
  try {
    for await (const completion of queue.completions()) {
      const { inferenceId, status } = completion;
      if (removed.has(inferenceId)) continue;
      const before = current.get(inferenceId) ?? { inferenceId, about: inferenceId, attempts: 1 };
      const outcome = status === 'Completed' ? { answer: completion.answer } : { reason: completion.error.message };
      change({ ...before, status, ...outcome });
    }
  } catch (error) {
    noteTrouble(error);
  }
}

/**
 * Makes a request, which is on the disk when this resolves.
 *
 * @throws {QuotaError} where there is no room for it
 */
export async function ask(about: string, row: Row, options: Pick<InvokeAsyncOptions, 'ttlMs'> = {}): Promise<void> {
  const inferenceId = crypto.randomUUID();
  making.add(inferenceId);
  // Noted first: what is in the queue is never without its words.
  change({ inferenceId, about, status: 'unknown', attempts: 0 });
  try {
    await endpoint!.invokeAsync(row, { ...options, inferenceId, topK: 3 });
    const made = current.get(inferenceId);
    if (made?.status === 'unknown') change({ ...made, status: 'Queued' });
  } catch (error) {
    forget(inferenceId);
    noteTrouble(error);
    throw error;
  } finally {
    making.delete(inferenceId);
  }
}

/** Says that what became of a request was seen: it is removed. */
export async function acknowledge(inferenceIds: readonly string[]): Promise<void> {
  try {
    await Promise.all(inferenceIds.map((inferenceId) => endpoint!.acknowledge(inferenceId)));
    for (const inferenceId of inferenceIds) forget(inferenceId);
  } catch (error) {
    noteTrouble(error);
  }
}

/** Removes a request that has not been answered. */
export async function cancel(inferenceId: string): Promise<void> {
  try {
    await endpoint!.cancel(inferenceId);
    forget(inferenceId);
  } catch (error) {
    noteTrouble(error);
  }
}

/** Makes the request of a dead letter again, with the input that it had, and acknowledges the letter. */
export async function askAgain(inferenceId: string): Promise<void> {
  try {
    const letters = await endpoint!.deadLetters();
    const letter = letters.find((one) => one.inferenceId === inferenceId);
    if (!letter) return;
    await ask(current.get(inferenceId)?.about ?? inferenceId, (await letter.input()) as Row);
    await acknowledge([inferenceId]);
  } catch (error) {
    noteTrouble(error);
  }
}

/** Asks how far those are that are not through, the oldest first. */
async function look(): Promise<void> {
  const open = [...current.values()].filter(({ status }) => !isThrough(status)).slice(0, lookedAt);
  await Promise.all(
    open.map(async ({ inferenceId }) => {
      const found = await endpoint!.status(inferenceId);
      const now = current.get(inferenceId);
      if (!now || isThrough(now.status)) return;
      if (found && isThrough(found.status)) return;
      if (found) {
        const { status, attempts, reason } = found;
        if (status !== now.status || attempts !== now.attempts) change({ ...now, status, attempts, reason });
        // Another tab removed it, or the one that was to make it died before it was on the disk.
      } else if (!making.has(inferenceId) && (now.status !== 'unknown' || isFromBefore.has(inferenceId)))
        forget(inferenceId);
    }),
  );
}

export function isThrough(status: Request['status']): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Expired';
}

function noteTrouble(error: unknown): void {
  trouble.value = error;
}

function change(request: Request): void {
  const isNew = !current.has(request.inferenceId);
  current.set(request.inferenceId, request);
  show(isNew);
}

function forget(inferenceId: string): void {
  removed.add(inferenceId);
  if (current.delete(inferenceId)) show(true);
}

let isDirty = false;
let mustNote = false;

/** Hundreds of them may change at once: they are shown, and noted, together. */
function show(isNoted: boolean): void {
  mustNote ||= isNoted;
  if (isDirty) return;
  isDirty = true;
  queueMicrotask(() => {
    isDirty = false;
    known.value = [...current.values()];
    if (mustNote) writeNotes();
    mustNote = false;
  });
}

/** Takes what is noted, by this tab or another one. @returns the ids of all that is */
function readNotes(): ReadonlySet<string> {
  const noted = parse(localStorage.getItem(key));
  const ids = new Set(noted.map(([inferenceId]) => inferenceId));
  for (const [inferenceId, about] of noted) {
    if (removed.has(inferenceId)) continue;
    current.set(inferenceId, { inferenceId, status: 'unknown', attempts: 0, ...current.get(inferenceId), about });
  }
  for (const { inferenceId, status } of current.values()) {
    const isOpen = !isThrough(status) && status !== 'unknown';
    if (!ids.has(inferenceId) && !making.has(inferenceId) && !isOpen) current.delete(inferenceId);
  }
  known.value = [...current.values()];
  return ids;
}

function writeNotes(): void {
  const notes: Noted = [...current.values()].map(({ inferenceId, about }) => [inferenceId, about]);
  try {
    localStorage.setItem(key, JSON.stringify(notes));
  } catch {
    // The requests are kept all the same: they are called by their ids then.
  }
}

function parse(text: string | null): Noted {
  try {
    const notes: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(notes) ? (notes as Noted) : [];
  } catch {
    return [];
  }
}
