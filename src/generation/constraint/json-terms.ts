import { CharSet } from './char-set.ts';
import { numberTerm } from './number-term.ts';
import type { Term, Terms } from './terms.ts';

/** Objects and arrays in one another, where nothing says what they hold. */
export const deepestJson = 16;

/**
 * JSON (RFC 8259) in the one form that is generated: no white space but at most one space after `:` and `,`, and in
 * strings only the escapes that JSON needs, as `JSON.stringify` writes them.
 */
export class JsonTerms {
  readonly terms: Terms;
  readonly comma: Term;
  readonly colon: Term;
  /** Any character of a string. */
  readonly character: Term;
  /** Any key that nothing names, without quotes. */
  readonly key: Term;

  constructor(terms: Terms) {
    const space = terms.repeat(terms.literal(' '), 0, 1);
    this.terms = terms;
    this.comma = terms.seq(terms.literal(','), space);
    this.colon = terms.seq(terms.literal(':'), space);
    this.character = this.characters(CharSet.of([0, 0x10ffff]));
    this.key = this.keyOtherThan(terms.repeat(this.character, 1, Infinity), []);
  }

  /** One character of a set, as it stands in a string. */
  characters(set: CharSet): Term {
    const { terms } = this;
    const escaped = set.intersect(needEscape);
    const texts: string[] = [];
    for (let at = 0; at < escaped.ranges.length; at += 2) {
      for (let point = escaped.ranges[at]!; point <= escaped.ranges[at + 1]!; point++) {
        texts.push(this.inString(String.fromCodePoint(point)));
      }
    }
    return terms.alt([terms.chars(set.minus(needEscape)), terms.texts(texts)]);
  }

  /** A text as it stands in a string. */
  inString(text: string): string {
    return JSON.stringify(text).slice(1, -1);
  }

  quoted(content: Term): Term {
    const quote = this.terms.literal('"');
    return this.terms.seq(quote, content, quote);
  }

  /** A key of some that is none of `names`; never `__proto__`, which means something else to many programs. */
  keyOtherThan(keys: Term, names: readonly string[]): Term {
    const taken = this.terms.texts([...names, '__proto__'].map((name) => this.inString(name)));
    return this.terms.both(keys, this.terms.not(taken));
  }

  /** Values that are known. */
  values(values: readonly unknown[]): Term {
    const isPlain = (value: unknown) => typeof value !== 'object' || value === null;
    const texts = values.filter(isPlain).map((value) => JSON.stringify(value));
    return this.terms.alt([this.terms.texts(texts), ...values.filter((v) => !isPlain(v)).map((v) => this.#nested(v))]);
  }

  /** `{`, members with commas between them, `}`. */
  members(member: Term, min: number, max: number): Term {
    return this.#list('{', member, min, max, '}');
  }

  /** `[`, items with commas between them, `]`. */
  array(item: Term, min: number, max: number): Term {
    return this.#list('[', item, min, max, ']');
  }

  /** Items after what is there already, each with its comma. */
  more(item: Term, min: number, max: number): Term {
    return this.terms.repeat(this.terms.seq(this.comma, item), Math.max(0, min), max);
  }

  /** Any value, of objects and arrays at most `depth` in one another. */
  any(depth: number = deepestJson): Term {
    const { terms } = this;
    return terms.rule(`any ${depth}`, (rule) => {
      const nested = depth > 0 ? [this.object(depth), this.array(this.any(depth - 1), 0, Infinity)] : [];
      rule.body = terms.alt([
        this.quoted(terms.repeat(this.character, 0, Infinity)),
        numberTerm(terms, { isInteger: false }),
        terms.texts(['true', 'false', 'null']),
        ...nested,
      ]);
    });
  }

  /** Any object. */
  object(depth: number = deepestJson): Term {
    return this.members(this.terms.seq(this.quoted(this.key), this.colon, this.any(depth - 1)), 0, Infinity);
  }

  #nested(value: unknown): Term {
    if (typeof value !== 'object' || value === null) return this.terms.literal(JSON.stringify(value));
    const parts = Array.isArray(value)
      ? value.map((item) => this.#nested(item))
      : Object.entries(value).map(([key, item]) =>
          this.terms.seq(this.terms.literal(JSON.stringify(key)), this.colon, this.#nested(item)),
        );
    const [open, close] = Array.isArray(value) ? (['[', ']'] as const) : (['{', '}'] as const);
    const joined = parts.flatMap((part, index) => (index === 0 ? [part] : [this.comma, part]));
    return this.terms.seq(this.terms.literal(open), ...joined, this.terms.literal(close));
  }

  #list(open: string, item: Term, min: number, max: number, close: string): Term {
    const { terms } = this;
    const some = max < 1 ? terms.empty : terms.seq(item, this.more(item, min - 1, max - 1));
    const none = min <= 0 ? terms.epsilon : terms.empty;
    return terms.seq(terms.literal(open), terms.alt([none, some]), terms.literal(close));
  }
}

/** What JSON does not take as it stands. Source: RFC 8259, section 7. */
const needEscape = CharSet.of([0, 0x1f]).union(CharSet.from('"\\'));
