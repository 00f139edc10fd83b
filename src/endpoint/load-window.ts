/** Averages what is looked at now and then: each value counts for the time since the look before. */
export class LoadWindow {
  readonly #averagedMs: number;
  readonly #keptMs: number;
  /** Looks of the last `averagedMs`, and the one before them. */
  readonly #looks: { at: number; value: number }[] = [];
  /** Averages of the last `keptMs` that no later one exceeds. */
  readonly #highest: { at: number; value: number }[] = [];
  #average = 0;

  /**
   * @param averagedMs milliseconds of which the average is
   * @param keptMs milliseconds of which the highest average is
   */
  constructor(averagedMs: number, keptMs: number) {
    this.#averagedMs = averagedMs;
    this.#keptMs = keptMs;
  }

  /** The average at the last look. What was before the first look counts as 0. */
  get average(): number {
    return this.#average;
  }

  /** The highest average at the last looks. */
  get highest(): number {
    return this.#highest[0]?.value ?? 0;
  }

  /** @param at not before the look that was last */
  add(value: number, at: number): void {
    const looks = this.#looks;
    const from = at - this.#averagedMs;
    looks.push({ at, value });
    while (looks.length > 1 && looks[1]!.at <= from) looks.shift();
    let sum = 0;
    for (let i = 1; i < looks.length; i++) sum += looks[i]!.value * (looks[i]!.at - Math.max(looks[i - 1]!.at, from));
    this.#average = sum / this.#averagedMs;
    const highest = this.#highest;
    while (highest.length > 0 && highest.at(-1)!.value <= this.#average) highest.pop();
    highest.push({ at, value: this.#average });
    while (highest[0]!.at < at - this.#keptMs) highest.shift();
  }
}
