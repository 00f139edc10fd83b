import { InputError } from '../../errors.ts';

/** A rule by its number, or one byte out of a range. */
export type GrammarSymbol = number | ByteRange;

/** Bytes from `low` to `high`, both included. */
export interface ByteRange {
  readonly low: number;
  readonly high: number;
}

/** Symbols, one after the other. */
export type Sequence = readonly GrammarSymbol[];

/**
 * A context-free grammar over bytes: for each rule the sequences that it stands for. Texts are UTF-8, so that tokens
 * which end in the middle of a character are nothing special.
 */
export interface Grammar {
  readonly rules: readonly (readonly Sequence[])[];
  readonly start: number;
}

/** Symbols of a grammar at the most: what needs more would take the memory, and the time, of the model itself. */
const mostSymbols = 200_000;

/** Puts a grammar together. */
export class GrammarBuilder {
  readonly #rules: Sequence[][] = [];
  readonly #field: string;
  readonly #literals = new Map<string, Sequence>();
  #symbols = 0;

  /** @param field what the grammar is made of, for messages */
  constructor(field: string) {
    this.#field = field;
  }

  /** A rule that is given its sequences later, since it is in them. */
  reserve(): number {
    return this.#rules.push([]) - 1;
  }

  define(rule: number, ...sequences: Sequence[]): void {
    this.#rules[rule] = sequences;
    for (const { length } of sequences) this.#symbols += length + 1;
    if (this.#symbols > mostSymbols) {
      throw new InputError(
        this.#field,
        `The ${this.#field} is too large: what it allows takes more than ${mostSymbols.toLocaleString('en')} symbols to write down. Lower its bounds, such as maxLength, maxItems or {0,1000}.`,
      );
    }
  }

  /** A rule that stands for any of some sequences. */
  rule(...sequences: Sequence[]): number {
    const rule = this.reserve();
    this.define(rule, ...sequences);
    return rule;
  }

  /** The bytes of a text. */
  literal(text: string): Sequence {
    let found = this.#literals.get(text);
    if (!found) {
      found = Array.from(new TextEncoder().encode(text), (byte) => ({ low: byte, high: byte }));
      this.#literals.set(text, found);
    }
    return found;
  }

  /** Something from `least` to `most` times. */
  repeat(what: Sequence, least: number, most: number): Sequence {
    const first = Array.from({ length: least }, () => what).flat();
    if (most === Infinity) {
      const rest = this.reserve();
      this.define(rest, [], [...what, rest]);
      return [...first, rest];
    }
    let rest: number | undefined;
    for (let left = most - least; left > 0; left--) rest = this.rule([], rest === undefined ? what : [...what, rest]);
    return rest === undefined ? first : [...first, rest];
  }

  build(start: Sequence): Grammar {
    return { rules: this.#rules, start: this.rule(start) };
  }
}
