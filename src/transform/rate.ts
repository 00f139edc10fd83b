/** Milliseconds that a rate is taken over. */
const windowMs = 5000;

interface Sample {
  readonly at: number;
  readonly records: number;
  readonly bytes: number;
}

/** How fast something goes that may stand still in between. */
export class Rate {
  #samples: Sample[] = [];

  /** Takes what was done up to a moment, in milliseconds. */
  add(at: number, records: number, bytes: number): void {
    this.#samples.push({ at, records, bytes });
    // One that is older than the window is its beginning.
    while (this.#samples.length > 2 && this.#samples[1]!.at < at - windowMs) this.#samples.shift();
  }

  /** Begins anew: the time until the next sample counts for nothing. */
  reset(): void {
    this.#samples = [];
  }

  /** Records and bytes a second; undefined until there are two moments. */
  get perSecond(): { readonly records: number; readonly bytes: number } | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at) return undefined;
    const seconds = (last.at - first.at) / 1000;
    return { records: (last.records - first.records) / seconds, bytes: (last.bytes - first.bytes) / seconds };
  }
}
