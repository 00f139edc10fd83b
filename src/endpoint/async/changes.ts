/** Milliseconds after which a queue is read again though nobody has told of a change: a message can be lost with its tab. */
const rereadMs = 5000;

/** Tells all tabs that a queue has changed. What has changed they read for themselves. */
export class Changes {
  readonly #channel: BroadcastChannel;
  readonly #waiting = new Set<() => void>();
  #count = 0;
  #isClosed = false;

  constructor(name: string) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = () => this.#wake();
  }

  /** How many there were: what is read afterwards has all of them. */
  get count(): number {
    return this.#count;
  }

  /** Tells all tabs, this one too. */
  tell(): void {
    // What was begun before may be through afterwards: other tabs look by themselves.
    if (!this.#isClosed) this.#channel.postMessage('changed');
    this.#wake();
  }

  /**
   * Resolves once there was another change than these, or it is time to look.
   *
   * @param ms the longest time to wait
   */
  async after(count: number, signal: AbortSignal, ms: number = rereadMs): Promise<void> {
    signal.throwIfAborted();
    if (this.#count !== count) return;
    let wake!: () => void;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const timer = setTimeout(wake, Math.max(0, Math.min(ms, rereadMs)));
    signal.addEventListener('abort', wake, { once: true });
    this.#waiting.add(wake);
    await woken;
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
    signal.throwIfAborted();
  }

  close(): void {
    this.#isClosed = true;
    this.#channel.close();
    this.#wake();
  }

  #wake(): void {
    this.#count++;
    for (const wake of this.#waiting) wake();
  }
}
