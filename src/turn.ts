import { StoreError } from './errors.ts';

/** What whoever has the turn tells those who wait for it. */
export interface TurnProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number | undefined;
}

/** A turn that one has among all tabs of the origin. */
export interface Turn {
  /** Aborted when the turn was taken away, since nothing had been heard of this tab for long. */
  readonly lost: AbortSignal;
  /** Tells those who wait how far the work is. */
  report(progress: TurnProgress): void;
}

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told how far the work of another tab is, while this one waits for it. */
  readonly onProgress?: ((progress: TurnProgress) => void) | undefined;
  /** Milliseconds of silence after which whoever has the turn is taken for frozen. @default 8000 */
  readonly takeOverMs?: number;
}

/** Milliseconds between two signs of life. */
const beatMs = 1000;

/**
 * Does work in turn with all tabs of the origin. The turn of a tab that died is free at once; that of one that gives no
 * sign of life, since it is frozen, is taken away. It may wake up later and go on until it learns of that: so what is
 * written in a turn carries a number that is higher in each later turn, and the highest counts.
 *
 * @throws what `work` throws; `signal.reason`; `TurnLostError` when the turn was taken away
 */
export async function inTurn<T>(name: string, work: (turn: Turn) => Promise<T>, options: TurnOptions = {}): Promise<T> {
  const channel = new BroadcastChannel(name);
  try {
    return await waitForTurn(name, channel, work, options);
  } finally {
    channel.close();
  }
}

/** The turn was taken away; whoever has it now does the work. */
export class TurnLostError extends StoreError {
  constructor() {
    super('store-failed', 'Another tab took over, since this one had stood still for long. Try again.');
  }
}

async function waitForTurn<T>(
  name: string,
  channel: BroadcastChannel,
  work: (turn: Turn) => Promise<T>,
  { signal, onProgress, takeOverMs = 8000 }: TurnOptions,
): Promise<T> {
  const waiting = new AbortController();
  const stopWaiting = (): void => waiting.abort(signal?.reason);
  signal?.addEventListener('abort', stopWaiting, { once: true });
  if (signal?.aborted) stopWaiting();
  let heardAt = performance.now();
  let lookedAt = heardAt;
  let lateLooks = 0;
  let stolen = false;
  channel.onmessage = ({ data }: MessageEvent<TurnProgress | 'alive' | 'anyone'>) => {
    if (data === 'anyone') return;
    heardAt = performance.now();
    lateLooks = 0;
    if (data !== 'alive') onProgress?.(data);
  };
  channel.postMessage('anyone');
  const watch = setInterval(() => {
    const now = performance.now();
    // Whoever was frozen itself has heard nothing either. The looks of a hidden tab are all late: it has asked at the one before.
    const isLate = now - lookedAt > beatMs * 4;
    lookedAt = now;
    if (isLate && lateLooks++ === 0) {
      heardAt = now;
      channel.postMessage('anyone');
    }
    // The timers of a hidden tab come once a minute, its messages at once.
    if (now - heardAt > beatMs * 2) channel.postMessage('anyone');
    if (now - heardAt < takeOverMs) return;
    stolen = true;
    waiting.abort();
  }, beatMs);
  const begin = (): void => clearInterval(watch);
  try {
    return await hold(name, channel, { signal: waiting.signal }, begin, work);
  } catch (error) {
    signal?.throwIfAborted();
    if (!stolen || error instanceof TurnLostError) throw error;
    return await hold(name, channel, { steal: true }, begin, work);
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', stopWaiting);
  }
}

/** Asks for the lock, works while it is held, and gives signs of life meanwhile. */
async function hold<T>(
  name: string,
  channel: BroadcastChannel,
  options: LockOptions,
  begin: () => void,
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  let working: Promise<T> | undefined;
  const request = navigator.locks.request(name, options, () => {
    begin();
    const beat = setInterval(() => channel.postMessage('alive'), beatMs);
    channel.onmessage = ({ data }) => data === 'anyone' && channel.postMessage('alive');
    channel.postMessage('alive');
    working = work({ lost: lost.signal, report: (progress) => channel.postMessage(progress) }).finally(() =>
      clearInterval(beat),
    );
    return working;
  });
  try {
    return await request;
  } catch (error) {
    // Of a lock that was stolen the request ends before the work does.
    if (!working || (error as DOMException).name !== 'AbortError') throw error;
    lost.abort(new TurnLostError());
    await working.catch(() => {});
    throw lost.signal.reason;
  }
}
