/** A set of Unicode code points, as sorted ranges that do not touch. Surrogates are in none: UTF-8 cannot write them. */
export class CharSet {
  /** First and last of each range, one after the other. */
  readonly ranges: readonly number[];

  private constructor(ranges: readonly number[]) {
    this.ranges = ranges;
  }

  /** The set of ranges `[first, last]`, which may overlap and come in any order. */
  static of(...ranges: readonly (readonly [number, number])[]): CharSet {
    const merged: number[] = [];
    for (const [first, last] of ranges.flatMap(withoutSurrogates).toSorted((a, b) => a[0] - b[0])) {
      if (merged.length > 0 && first <= merged.at(-1)! + 1) merged[merged.length - 1] = Math.max(merged.at(-1)!, last);
      else merged.push(first, last);
    }
    return new CharSet(merged);
  }

  /** The set of a text's characters. */
  static from(text: string): CharSet {
    return CharSet.of(...Array.from(text, (char): [number, number] => [char.codePointAt(0)!, char.codePointAt(0)!]));
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  has(point: number): boolean {
    return this.#pairs().some(([first, last]) => point >= first && point <= last);
  }

  union(other: CharSet): CharSet {
    return CharSet.of(...this.#pairs(), ...other.#pairs());
  }

  complement(): CharSet {
    const gaps: [number, number][] = [];
    let next = 0;
    for (const [first, last] of this.#pairs()) {
      if (first > next) gaps.push([next, first - 1]);
      next = last + 1;
    }
    if (next <= lastPoint) gaps.push([next, lastPoint]);
    return CharSet.of(...gaps);
  }

  minus(other: CharSet): CharSet {
    return this.complement().union(other).complement();
  }

  intersect(other: CharSet): CharSet {
    return this.complement().union(other.complement()).complement();
  }

  #pairs(): [number, number][] {
    return Array.from({ length: this.ranges.length / 2 }, (_, index) => [
      this.ranges[2 * index]!,
      this.ranges[2 * index + 1]!,
    ]);
  }
}

const lastPoint = 0x10ffff;

function withoutSurrogates([first, last]: readonly [number, number]): [number, number][] {
  const below: [number, number] = [first, Math.min(last, 0xd7ff)];
  const above: [number, number] = [Math.max(first, 0xe000), last];
  return [below, above].filter(([from, to]) => from <= to);
}
