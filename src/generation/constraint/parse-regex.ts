import { InputError } from '../../errors.ts';
import { CharSet } from './char-set.ts';

/** A regular expression that has been read. */
export type Regex =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'seq' | 'alt'; readonly items: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly item: Regex; readonly min: number; readonly max: number };

/**
 * Reads a regular expression of JavaScript (ECMA-262, with the flag `u`): characters, classes, groups, alternatives,
 * quantifiers, `^` and `$`.
 *
 * @throws {InputError} naming `field` where it is none, or has what cannot be followed forwards: backreferences,
 *   lookaround, `\b`.
 */
export function parseRegex(pattern: string, field: string): Regex {
  try {
    // The platform's own reading says what is wrong better than another could.
    void new RegExp(pattern, 'u');
  } catch (cause) {
    throw new InputError(field, `${shownPattern(pattern)} is no regular expression: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return new Reader(pattern, field).read();
}

/** Characters that `.` does not match. */
const lineEnds = CharSet.from('\n\r\u2028\u2029');
const digits = CharSet.of([0x30, 0x39]);
const words = CharSet.of([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
const spaces = CharSet.from('\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff').union(
  CharSet.of([0x2000, 0x200a]),
);
const escapes: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: digits.complement(),
  w: words,
  W: words.complement(),
  s: spaces,
  S: spaces.complement(),
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };
const mostRepeats = 10_000;
const deepest = 200;

class Reader {
  readonly #pattern: string;
  readonly #field: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string, field: string) {
    this.#pattern = pattern;
    this.#field = field;
  }

  read(): Regex {
    return this.#alternatives();
  }

  #alternatives(): Regex {
    if (++this.#depth > deepest) throw this.#refused(`groups nested over ${deepest} deep`);
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? items[0]! : { kind: 'alt', items };
  }

  #sequence(): Regex {
    const items: Regex[] = [];
    while (this.#at < this.#pattern.length && !this.#sees('|') && !this.#sees(')')) items.push(this.#quantified());
    return items.length === 1 ? items[0]! : { kind: 'seq', items };
  }

  #quantified(): Regex {
    const item = this.#atom();
    const [quantifier, least, comma, most] = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(this.#rest(16)) ?? [];
    if (quantifier === undefined) return item;
    this.#at += quantifier.length;
    // A lazy quantifier matches in another order, and the same texts.
    this.#take('?');
    const counts: Readonly<Record<string, [number, number]>> = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] };
    const [min, max] = counts[quantifier] ?? [
      Number(least),
      most !== '' ? Number(most) : comma === '' ? Number(least) : Infinity,
    ];
    if (min > mostRepeats || (max > mostRepeats && max < Infinity)) {
      throw this.#refused(`the quantifier ${quantifier}, of over ${mostRepeats} repetitions`);
    }
    return { kind: 'repeat', item, min, max };
  }

  #atom(): Regex {
    if (this.#take('^')) return { kind: 'start' };
    if (this.#take('$')) return { kind: 'end' };
    if (this.#take('.')) return { kind: 'set', set: lineEnds.complement() };
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'set', set: this.#class() };
    if (this.#sees('\\')) return { kind: 'set', set: this.#escape(false) };
    return { kind: 'set', set: CharSet.from(this.#char()) };
  }

  #group(): Regex {
    const [opening] = /^\?(?::|<(?![=!])[^>]*>)/.exec(this.#rest(80)) ?? [''];
    if (opening === '' && this.#sees('?')) throw this.#refused(`the group (${this.#rest(3)}…)`);
    this.#at += opening.length;
    const inner = this.#alternatives();
    this.#take(')');
    return inner.kind === 'seq' || inner.kind === 'alt' ? inner : { kind: 'seq', items: [inner] };
  }

  #class(): CharSet {
    const isNegated = this.#take('^');
    let set = CharSet.of();
    while (!this.#take(']')) {
      const first = this.#classAtom();
      const isRange = this.#sees('-') && this.#pattern[this.#at + 1] !== ']';
      if (!isRange) {
        set = set.union(first);
        continue;
      }
      this.#at++;
      const last = this.#classAtom();
      set = set.union(CharSet.of([first.ranges[0]!, last.ranges.at(-1)!]));
    }
    return isNegated ? set.complement() : set;
  }

  #classAtom(): CharSet {
    return this.#sees('\\') ? this.#escape(true) : CharSet.from(this.#char());
  }

  #escape(inClass: boolean): CharSet {
    this.#at++;
    const char = this.#char();
    const known = escapes[char];
    if (known !== undefined) return known;
    if (char === 'p' || char === 'P') return this.#property();
    if (char === 'b' && inClass) return CharSet.of([8, 8]);
    if (char === 'b' || char === 'B') throw this.#refused(`the word border \\${char}`);
    if (char === 'k' || /[1-9]/.test(char)) throw this.#refused(`the backreference \\${char}`);
    if (char === 'c') {
      const control = this.#char().charCodeAt(0) % 32;
      return CharSet.of([control, control]);
    }
    if (char === 'x' || char === 'u') {
      const [all, braced, plain] = /^(?:\{([\dA-Fa-f]+)\}|([\dA-Fa-f]{4}|[\dA-Fa-f]{2}))/.exec(
        this.#rest(char === 'x' ? 2 : 12),
      )!;
      this.#at += all.length;
      let point = Number.parseInt((braced ?? plain)!, 16);
      const [low] = /^\\u[Dd][C-Fc-f][\dA-Fa-f]{2}/.exec(this.#rest(6)) ?? [];
      if (point >= 0xd800 && point <= 0xdbff && low !== undefined) {
        this.#at += 6;
        point = 0x10000 + (point - 0xd800) * 0x400 + (Number.parseInt(low.slice(2), 16) - 0xdc00);
      }
      return CharSet.of([point, point]);
    }
    const control = controls[char];
    return control === undefined ? CharSet.from(char) : CharSet.of([control, control]);
  }

  /** The characters of a Unicode property, as the platform knows it. */
  #property(): CharSet {
    const name = /^\{[^}]*\}/.exec(this.#rest(80))![0];
    const escape = this.#pattern.slice(this.#at - 2, this.#at) + name;
    this.#at += name.length;
    let set = properties.get(escape);
    if (set === undefined) {
      set = CharSet.of(...rangesOf(new RegExp(`${escape}+`, 'gu')));
      properties.set(escape, set);
    }
    return set;
  }

  #sees(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#sees(text)) return false;
    this.#at += text.length;
    return true;
  }

  #char(): string {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
    this.#at += char.length;
    return char;
  }

  #rest(length: number): string {
    return this.#pattern.slice(this.#at, this.#at + length);
  }

  #refused(what: string): InputError {
    return new InputError(
      this.#field,
      `${shownPattern(this.#pattern)} has ${what}, which cannot be followed while a text is generated. Write it with ` +
        `characters, classes, groups, alternatives and quantifiers, and ^ and $ at its ends.`,
    );
  }
}

/** The runs of characters that match, of all that there are: a block at a time, since two halves of a pair would join. */
function rangesOf(runs: RegExp): [number, number][] {
  const ranges: [number, number][] = [];
  for (let block = 0; block <= 0x10ffff; block += blockLength) {
    if (block >= 0xd800 && block < 0xe000) continue;
    const text = String.fromCodePoint(...Array.from({ length: blockLength }, (_, index) => block + index));
    const width = block < 0x10000 ? 1 : 2;
    for (const { 0: run, index } of text.matchAll(runs)) {
      ranges.push([block + index / width, block + (index + run.length) / width - 1]);
    }
  }
  return ranges;
}

const blockLength = 0x800;

/** Some milliseconds each to find out, and few are ever asked for. */
const properties = new Map<string, CharSet>();

function shownPattern(pattern: string): string {
  return `The pattern ${JSON.stringify(pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern)}`;
}
