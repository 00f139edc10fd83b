import { EndpointError, type InvokeOptions } from 'inpoint';

/** What a load asks for. */
export interface Load {
  /**
   * `callers`: so many make a call, wait for its answer, and make the next. `rate`: so many calls are made in a second,
   * whatever becomes of them.
   */
  readonly kind: 'callers' | 'rate';
  readonly amount: number;
  readonly priority: NonNullable<InvokeOptions['priority']>;
}

/** Who is told of the calls of a load. */
export interface LoadObserver {
  /** @param ms from the call to its answer */
  onAnswer(ms: number): void;
  onError(error: unknown): void;
}

/** Milliseconds between two looks at how many calls a rate is behind. */
const beatMs = 20;
/** Seconds' worth of calls that are made up for after the page was held up. */
const longestBehind = 0.25;
/** Milliseconds that a caller waits after a failure that does not say how long. */
const pauseMs = 250;

/** Calls something as often as it is told to, until it is stopped. */
export class LoadGenerator {
  readonly #call: (priority: Load['priority']) => Promise<unknown>;
  readonly #observer: LoadObserver;
  readonly #open = new Set<Promise<void>>();
  #load: Load = { kind: 'callers', amount: 0, priority: 'interactive' };
  /** Those that are at it, by their places. */
  readonly #callers = new Set<number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #beatAt = 0;
  #behind = 0;

  constructor(call: (priority: Load['priority']) => Promise<unknown>, observer: LoadObserver) {
    this.#call = call;
    this.#observer = observer;
  }

  /** Goes over to another load; calls that were made are answered all the same. */
  set(load: Load): void {
    this.#load = load;
    const { kind, amount } = load;
    if (kind === 'rate' && amount > 0) this.#beat();
    else this.#rest();
    if (kind !== 'callers') return;
    for (let place = 0; place < amount; place++) if (!this.#callers.has(place)) void this.#caller(place);
  }

  /** Makes no further calls, and resolves when the last one is answered. */
  async stop(): Promise<void> {
    this.set({ ...this.#load, amount: 0 });
    await Promise.all(this.#open);
  }

  #beat(): void {
    if (this.#timer !== undefined) return;
    this.#beatAt = performance.now();
    this.#behind = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      const { amount } = this.#load;
      this.#behind = Math.min(this.#behind + (amount * (now - this.#beatAt)) / 1000, amount * longestBehind);
      this.#beatAt = now;
      for (; this.#behind >= 1; this.#behind--) void this.#once();
    }, beatMs);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #caller(place: number): Promise<void> {
    this.#callers.add(place);
    while (this.#load.kind === 'callers' && place < this.#load.amount) {
      const waitMs = await this.#once();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    this.#callers.delete(place);
  }

  /** @returns how long to wait before the next */
  async #once(): Promise<number> {
    const call = this.#made();
    const open = call.then(() => undefined);
    this.#open.add(open);
    const waitMs = await call;
    this.#open.delete(open);
    return waitMs;
  }

  async #made(): Promise<number> {
    const at = performance.now();
    try {
      await this.#call(this.#load.priority);
      this.#observer.onAnswer(performance.now() - at);
      return 0;
    } catch (error) {
      this.#observer.onError(error);
      return (error instanceof EndpointError && error.retryAfterMs) || pauseMs;
    }
  }
}
