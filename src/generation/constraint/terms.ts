import { InputError } from '../../errors.ts';
import type { CharSet } from './char-set.ts';
import { utf8Term } from './utf8-term.ts';

/**
 * A language of byte strings. Two terms of the same structure are the same object, so that a state of a match is a
 * term, and two states that are the same share what was found out about them.
 */
export interface Term {
  readonly id: number;
  readonly kind: 'empty' | 'epsilon' | 'bytes' | 'chars' | 'seq' | 'alt' | 'repeat' | 'rule' | 'both' | 'not';
  /** Of `seq`, `both`, `not`, `repeat`, and of `chars` the same as bytes. */
  readonly left: Term | undefined;
  /** Of `seq` and `both`. */
  readonly right: Term | undefined;
  /** Of `alt`. */
  readonly items: readonly Term[];
  /** Of `bytes`: a bit each. */
  readonly bytes: Uint32Array | undefined;
  readonly min: number;
  readonly max: number;
  readonly rule: Rule | undefined;
  /** Whether the empty string is in the language. */
  readonly nullable: boolean;
  /** Bytes of the shortest string, `Infinity` where there is none, -1 while it is not known. */
  cost: number;
  shortest: string | undefined;
  /** What is left after the bytes of each class, as far as it was asked for. */
  row: (Term | undefined)[] | undefined;
}

/** A named language, which may contain itself. Its strings are never empty. */
export interface Rule {
  readonly name: string;
  body: Term | undefined;
  cost: number;
}

/** Which strings can be written at all: single bytes, and whole characters of more than one byte. */
export interface Spelling {
  readonly bytes: readonly boolean[];
  /** The characters of two to four bytes that can be written, where their bytes alone cannot. */
  readonly chars: readonly Uint8Array[];
}

/** A step by one byte, or by a character that cannot be spelled in bytes: to where, its length, and its bytes. */
type Edge = readonly [next: Term, length: number, spelled: string];

/** Where every byte can be written. */
export const allBytes: Spelling = { bytes: Array.from({ length: 256 }, () => true), chars: [] };

const mostTerms = 400_000;
const mostRules = 20_000;
const mostAlternatives = 2048;
const mostSearched = 10_000;
const mostSearchedOnTheWay = 1000;

/**
 * Languages of byte strings and their derivatives: what may follow after a byte (Brzozowski, "Derivatives of regular
 * expressions", 1964), with rules that may contain themselves. Terms are made once and remembered; {@link forget} lets
 * go of those that were met on the way.
 */
export class Terms {
  readonly empty: Term;
  readonly epsilon: Term;
  /** All strings. */
  readonly all: Term;
  readonly spelling: Spelling;
  /** Whether every byte can be written: what cannot end is left out at once then. */
  readonly spellsAll: boolean;
  readonly #rules = new Map<string, Rule>();
  #known = new Map<number | string, Term>();
  #base: Term[] = [];
  #made = 0;
  #nextId = 0;
  #settled = false;
  /** Above 0 while terms are met that the building does not ask for. */
  #searching = 0;
  /** Above 0 while no alternative may be left out. */
  #exact = 0;
  /** The class of each byte: bytes of one class are told apart by no term. Classes are split, never renumbered. */
  readonly classOf: Uint8Array = new Uint8Array(256);
  readonly #classes: number[][] = [Array.from({ length: 256 }, (_, byte) => byte)];
  /** Grows when terms are forgotten: what others keep by term is stale then. */
  epoch = 0;

  constructor(spelling: Spelling = allBytes) {
    this.spelling = spelling;
    this.spellsAll = spelling.bytes.every(Boolean);
    this.empty = this.#make('empty', { cost: Infinity });
    this.epsilon = this.#make('epsilon', { nullable: true, cost: 0, shortest: '' });
    this.all = this.#make('not', { left: this.empty, nullable: true, cost: 0, shortest: '' });
  }

  /** One byte of a set. */
  bytes(has: (byte: number) => boolean): Term {
    const bits = new Uint32Array(8);
    for (let byte = 0; byte < 256; byte++) if (has(byte)) bits[byte >> 5]! |= 1 << (byte & 31);
    return this.#fromBits(bits);
  }

  /** A text as it stands. */
  literal(text: string): Term {
    return this.seq(...Array.from(text, (char) => this.#char(char)));
  }

  /** Any of some texts. */
  texts(texts: readonly string[]): Term {
    const byFirst = new Map<string, string[]>();
    for (const text of texts) {
      const first = text === '' ? '' : String.fromCodePoint(text.codePointAt(0)!);
      const rests = byFirst.get(first);
      if (rests === undefined) byFirst.set(first, [text.slice(first.length)]);
      else rests.push(text.slice(first.length));
    }
    return this.alt(
      Array.from(byFirst, ([first, rests]) => {
        if (first === '') return this.epsilon;
        return rests.length === 1 ? this.literal(first + rests[0]!) : this.seq(this.#char(first), this.texts(rests));
      }),
    );
  }

  /** One character of a set, in UTF-8. */
  chars(set: CharSet): Term {
    const same = utf8Term(this, set);
    if (this.spellsAll || same === this.empty) return same;
    return this.#intern(`c${same.id}`, () => this.#make('chars', { left: same, ...this.#cheapestChar(set, same) }));
  }

  /** One after the other. */
  seq(...terms: readonly Term[]): Term {
    let made = this.epsilon;
    for (let at = terms.length - 1; at >= 0; at--) made = this.#pair(terms[at]!, made);
    return made;
  }

  /** Any of the terms. */
  alt(terms: readonly Term[]): Term {
    const found = new Set<Term>();
    const bits = new Uint32Array(8);
    const waiting = [...terms];
    while (waiting.length > 0) {
      const term = waiting.pop()!;
      if (term.kind === 'alt') waiting.push(...term.items);
      else if (term.kind === 'bytes') for (let word = 0; word < 8; word++) bits[word]! |= term.bytes![word]!;
      else if (term.kind !== 'empty') found.add(term);
    }
    if (bits.some((word) => word !== 0)) found.add(this.#fromBits(bits));
    let items = joinRepeats(this, [...found]);
    if (items.length > mostAlternatives && (this.#settled || this.#exact > 0)) items = this.#fewer(items);
    if (items.length === 0) return this.empty;
    if (items.length === 1) return items[0]!;
    items.sort((a, b) => a.id - b.id);
    return this.#either(items);
  }

  /** `first`, or else `second`, not merged with other alternatives yet: long chains of them stay small. */
  either(first: Term, second: Term): Term {
    if (first === this.empty || first === second) return second;
    return second === this.empty ? first : this.#either([first, second]);
  }

  /** A term, `min` to `max` times. */
  repeat(term: Term, min: number, max: number): Term {
    if (min > max) return this.empty;
    if (max === 0 || term === this.epsilon) return this.epsilon;
    if (term === this.empty) return min === 0 ? this.epsilon : this.empty;
    if (min === 1 && max === 1) return term;
    const least = term.nullable ? 0 : min;
    return this.#intern(`r${term.id},${least},${max}`, () =>
      this.#make('repeat', {
        left: term,
        min: least,
        max,
        nullable: least === 0,
        cost: least === 0 ? 0 : times(term.cost, least),
      }),
    );
  }

  /** What is in both. Neither may contain a rule. */
  both(first: Term, second: Term): Term {
    const [left, right] = first.id < second.id ? [first, second] : [second, first];
    if (left === this.empty || left === right) return left;
    if (left === this.all) return right;
    if (left === this.epsilon) return right.nullable ? left : this.empty;
    return this.#intern(`b${left.id},${right.id}`, () =>
      this.#make('both', { left, right, nullable: left.nullable && right.nullable }),
    );
  }

  /** What is not in a term, of all byte strings. The term may not contain a rule. */
  not(term: Term): Term {
    if (term === this.empty) return this.all;
    if (term.kind === 'not') return term.left!;
    return this.#intern(`n${term.id}`, () => this.#make('not', { left: term, nullable: !term.nullable }));
  }

  /** The rule of a name; `define` is called for a name that is new, and must be followed by {@link Rule.body} set. */
  rule(name: string, define: (rule: Rule) => void): Term {
    const known = this.#rules.get(name);
    const rule = known ?? { name, body: undefined, cost: Infinity };
    if (known === undefined) {
      this.#rules.set(name, rule);
      if (this.#rules.size > mostRules) throw tooComplex(`has over ${mostRules} parts`);
      define(rule);
    }
    return this.#intern(`u${name}`, () => this.#make('rule', { rule }));
  }

  /** Ends the building: works out the shortest strings of rules, and so of all terms. */
  settle(): void {
    for (let changes = true; changes;) {
      changes = false;
      // Terms come after the terms that they are made of.
      for (const term of this.#base) {
        if (term.kind === 'rule') term.cost = term.rule!.cost;
        else if (term.kind === 'seq') term.cost = this.#found(term.left!) + this.#found(term.right!);
        else if (term.kind === 'repeat') term.cost = term.min === 0 ? 0 : times(this.#found(term.left!), term.min);
        else if (term.kind === 'alt') {
          for (const item of term.items) this.#found(item);
          term.cost = leastOf(term.items);
        }
      }
      for (const rule of this.#rules.values()) {
        if (rule.body!.cost < rule.cost) {
          rule.cost = rule.body!.cost;
          changes = true;
        }
      }
    }
    this.#settled = true;
    this.#forgetRows();
  }

  /** The cost of a term, which is searched for where it is of `both`. */
  #found(term: Term): number {
    return term.cost < 0 ? this.cost(term) : term.cost;
  }

  /** What may follow after a byte. */
  step(term: Term, byte: number): Term {
    return ((term.row ??= [])[this.classOf[byte]!] ??= this.#derive(term, byte));
  }

  /** What may follow after a string. */
  walk(term: Term, bytes: Uint8Array): Term {
    let at = term;
    for (const byte of bytes) at = this.step(at, byte);
    return at;
  }

  /** Bytes of the shortest string that can be spelled, `Infinity` where there is none. */
  cost(term: Term): number {
    if (term.cost >= 0) return term.cost;
    if (term.kind === 'seq') term.cost = this.cost(term.left!) + this.cost(term.right!);
    else if (term.kind === 'alt') {
      let least = Infinity;
      for (const item of term.items) least = Math.min(least, this.cost(item));
      term.cost = least;
    } else if (term.kind === 'repeat') term.cost = times(this.cost(term.left!), term.min);
    else {
      this.#searching++;
      try {
        this.#search(term, this.#settled ? mostSearchedOnTheWay : mostSearched);
      } finally {
        this.#searching--;
      }
    }
    return term.cost;
  }

  /**
   * The shortest string, the first in the order of bytes of several: a character a byte. What is left of it after some
   * bytes is the shortest string of what may follow after these bytes.
   */
  shortest(term: Term): string {
    if (term.shortest !== undefined) return term.shortest;
    let text = '';
    let at = term;
    while (at.kind === 'seq') {
      text += this.shortest(at.left!);
      at = at.right!;
    }
    return (term.shortest = text + (at.shortest ?? this.#shortest(at)));
  }

  /** Lets go of the terms that were met since {@link settle}, where they are too many. */
  forgetIfLarge(most: number = mostTerms / 2): void {
    if (this.#made - this.#base.length < most) return;
    this.#forgetRows();
    this.epoch++;
  }

  #forgetRows(): void {
    const kept = new Set(this.#base);
    this.#known = new Map([...this.#known].filter(([, term]) => kept.has(term)));
    for (const term of kept) term.row = undefined;
    this.#made = this.#base.length;
  }

  #derive(term: Term, byte: number): Term {
    switch (term.kind) {
      case 'empty':
      case 'epsilon':
        return this.empty;
      case 'bytes':
        return (term.bytes![byte >> 5]! >>> (byte & 31)) & 1 ? this.epsilon : this.empty;
      case 'chars':
        return this.step(term.left!, byte);
      case 'rule':
        return this.step(term.rule!.body!, byte);
      case 'seq': {
        const through = this.#pair(this.step(term.left!, byte), term.right!);
        const past = term.left!.nullable ? this.step(term.right!, byte) : this.empty;
        if (past === this.empty) return through;
        return through === this.empty ? past : this.alt([through, past]);
      }
      case 'alt': {
        const left = term.items.map((item) => this.step(item, byte)).filter((item) => item !== this.empty);
        return left.length < 2 ? (left[0] ?? this.empty) : this.alt(left);
      }
      case 'repeat': {
        const first = this.step(term.left!, byte);
        if (first === this.empty) return first;
        return this.#pair(first, this.repeat(term.left!, Math.max(0, term.min - 1), term.max - 1));
      }
      default: {
        // Of what may follow in both, or in neither, nothing may be left out.
        this.#exact++;
        try {
          const left = this.step(term.left!, byte);
          return term.kind === 'not' ? this.not(left) : this.both(left, this.step(term.right!, byte));
        } finally {
          this.#exact--;
        }
      }
    }
  }

  #pair(left: Term, right: Term): Term {
    if (left === this.empty || right === this.empty) return this.empty;
    if (left === this.epsilon) return right;
    if (right === this.epsilon) return left;
    let first = left;
    let rest = right;
    // One step at a time: the rest of a long text is not copied behind each text that comes before it.
    while (first.kind === 'seq') {
      rest = this.#rawPair(first.right!, rest);
      first = first.left!;
    }
    return this.#rawPair(first, rest);
  }

  #rawPair(left: Term, right: Term): Term {
    const isLate = left.id >= 2 ** 26 || right.id >= 2 ** 26;
    const key = isLate ? `p${left.id},${right.id}` : left.id * 2 ** 26 + right.id;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const cost = left.cost < 0 || right.cost < 0 ? -1 : left.cost + right.cost;
    if (cost === Infinity && this.spellsAll && this.#settled) return this.empty;
    const made = this.#make('seq', { left, right, nullable: left.nullable && right.nullable, cost });
    this.#known.set(key, made);
    return made;
  }

  #either(items: readonly Term[]): Term {
    return this.#intern(`a${items.map(({ id }) => id).join(',')}`, () => {
      const cost = items.some((item) => item.cost < 0) ? -1 : leastOf(items);
      return this.#make('alt', { items, nullable: items.some((item) => item.nullable), cost });
    });
  }

  /** Leaving alternatives out leaves strings out, and lets no other in; the shortest one stays. */
  #fewer(items: readonly Term[]): Term[] {
    if (this.#exact > 0) throw tooComplex(`has over ${mostAlternatives} alternatives at one place`);
    return items
      .toSorted((a, b) => this.cost(a) - this.cost(b) || (this.shortest(a) < this.shortest(b) ? -1 : 1))
      .slice(0, mostAlternatives);
  }

  /**
   * Finds the shortest strings by their bytes, what is nearest to an end by either side of `both` first (Hart, Nilsson
   * and Raphael's A*), and of these the first one. Sets the cost of all terms that one of them leads through.
   */
  #search(start: Term, most: number): void {
    const seen = new Map<Term, { depth: number; edges: readonly Edge[] | undefined }>();
    /** By the length of the shortest string through them, as far as can be told. */
    const waiting: { term: Term; depth: number }[][] = [];
    const meet = (term: Term, depth: number) => {
      const before = seen.get(term);
      if (before !== undefined && before.depth <= depth) return;
      seen.set(term, { depth, edges: undefined });
      const length = depth + this.#atLeast(term);
      if (length < Infinity) (waiting[length] ??= []).push({ term, depth });
    };
    meet(start, 0);
    let found = Infinity;
    for (let length = 0; length < waiting.length && length <= found; length++) {
      for (let next = waiting[length]?.pop(); next !== undefined; next = waiting[length]!.pop()) {
        const { term, depth } = next;
        const here = seen.get(term)!;
        if (here.depth < depth || here.edges !== undefined) continue;
        if (this.#isKnown(term)) {
          found = length;
          continue;
        }
        if (seen.size > most) {
          if (!this.#settled) throw tooComplex('has patterns that have too much to do with one another');
          // Not to go where the end is hard to find is always safe.
          start.cost = Infinity;
          return;
        }
        here.edges = this.#edges(term);
        for (const [after, more] of here.edges) meet(after, depth + more);
      }
    }
    for (const [term, { depth, edges }] of [...seen].toSorted(([, a], [, b]) => b.depth - a.depth)) {
      if (found === Infinity) {
        if (term.cost < 0) term.cost = Infinity;
      } else if (
        edges?.some(([after, more]) => this.#isKnown(after) && depth + more + this.#atLeast(after) === found)
      ) {
        term.cost = found - depth;
      }
    }
    if (found < Infinity) start.shortest = this.#alongEdges(start);
  }

  /** The first string of the length that is known, nothing where it is not known how to go on. */
  #alongEdges(start: Term): string | undefined {
    let text = '';
    let term = start;
    while (!term.nullable && term.shortest === undefined && (term.kind === 'both' || term.kind === 'not')) {
      const left = term.cost;
      const edge = this.#edges(term).find(
        ([after, more]) => this.#isKnown(after) && this.#atLeast(after) + more === left,
      );
      if (edge === undefined) return undefined;
      text += edge[2];
      term = edge[0];
    }
    return text + this.shortest(term);
  }

  /** Whether {@link #atLeast} is exact. */
  #isKnown(term: Term): boolean {
    return term.cost >= 0 || term.nullable || !(term.kind === 'both' || term.kind === 'not');
  }

  /** No string is shorter. */
  #atLeast(term: Term): number {
    if (term.nullable) return 0;
    if (term.cost >= 0) return term.cost;
    if (term.kind === 'both') return Math.max(1, this.#atLeast(term.left!), this.#atLeast(term.right!));
    return term.kind === 'not' ? 1 : this.cost(term);
  }

  /** Where one byte, or one character that cannot be spelled in bytes, leads: in the order of bytes. */
  #edges(term: Term): readonly Edge[] {
    const edges: Edge[] = [];
    for (const bytes of this.#classes) {
      const byte = this.spellsAll ? bytes[0] : bytes.find((one) => this.spelling.bytes[one]);
      if (byte === undefined) continue;
      const next = this.step(term, byte);
      if (next !== this.empty) edges.push([next, 1, String.fromCharCode(byte)]);
    }
    for (const char of this.spelling.chars) {
      const next = this.walk(term, char);
      if (next !== this.empty) edges.push([next, char.length, String.fromCharCode(...char)]);
    }
    return edges.toSorted(([, , a], [, , b]) => (a < b ? -1 : 1));
  }

  /** Tells the bytes of a set from those that are not in it. */
  #split(bits: Uint32Array): void {
    for (const bytes of this.#classes.slice()) {
      const isIn = (byte: number) => ((bits[byte >> 5]! >>> (byte & 31)) & 1) === 1;
      // The class goes on with its first byte, which rows were made with.
      const others = bytes.filter((byte) => isIn(byte) !== isIn(bytes[0]!));
      if (others.length === 0) continue;
      for (const byte of others) this.classOf[byte] = this.#classes.length;
      this.#classes[this.classOf[bytes[0]!]!] = bytes.filter((byte) => !others.includes(byte));
      this.#classes.push(others);
    }
  }

  #shortest(term: Term): string {
    if (term.nullable) return '';
    if (term.kind === 'rule') return this.shortest(term.rule!.body!);
    if (term.kind === 'repeat') return this.shortest(term.left!).repeat(term.min);
    if (term.kind === 'bytes') {
      const byte = this.spelling.bytes.findIndex((known, index) => known && this.step(term, index) === this.epsilon);
      return String.fromCharCode(byte);
    }
    const cost = this.cost(term);
    if (term.kind === 'chars') {
      const [next, , spelled] = this.#edges(term).find(([after, more]) => this.cost(after) + more === cost)!;
      return spelled + this.shortest(next);
    }
    if (term.kind === 'alt') {
      const texts = term.items.filter((item) => this.cost(item) === cost).map((item) => this.shortest(item));
      return texts.reduce((first, text) => (text < first ? text : first));
    }
    const known = this.#alongEdges(term);
    if (known !== undefined) return known;
    this.#search(term, Infinity);
    return term.shortest!;
  }

  #char(char: string): Term {
    const bytes = [...new TextEncoder().encode(char)];
    const same = this.seq(...bytes.map((byte) => this.bytes((other) => other === byte)));
    if (this.spellsAll || bytes.length === 1) return same;
    return this.#intern(`c${same.id}`, () => {
      const spelled = String.fromCharCode(...bytes);
      const known = this.spelling.chars.some((other) => String.fromCharCode(...other) === spelled);
      const found = known ? { cost: bytes.length, shortest: spelled } : { cost: same.cost };
      return this.#make('chars', { left: same, ...found });
    });
  }

  #cheapestChar(set: CharSet, same: Term): { cost: number; shortest?: string } {
    if (same.cost < Infinity) return { cost: same.cost, shortest: this.shortest(same) };
    const texts = this.spelling.chars
      .filter((char) => set.has(new TextDecoder().decode(char).codePointAt(0)!))
      .map((char) => String.fromCharCode(...char));
    if (texts.length === 0) return { cost: Infinity };
    const shortest = texts.reduce((a, b) => (b.length < a.length || (b.length === a.length && b < a) ? b : a));
    return { cost: shortest.length, shortest };
  }

  #fromBits(bits: Uint32Array): Term {
    if (bits.every((word) => word === 0)) return this.empty;
    return this.#intern(`s${bits.join(',')}`, () => {
      this.#split(bits);
      const can = this.spelling.bytes.some((known, byte) => known && (bits[byte >> 5]! >>> (byte & 31)) & 1);
      return this.#make('bytes', { bytes: bits.slice(), cost: can ? 1 : Infinity });
    });
  }

  #intern(key: string, make: () => Term): Term {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }

  #make(kind: Term['kind'], fields: Partial<Term>): Term {
    if (this.#made++ > mostTerms && !this.#settled) throw tooComplex(`needs over ${mostTerms} states`);
    const term: Term = {
      id: this.#nextId++,
      kind,
      left: fields.left,
      right: fields.right,
      items: fields.items ?? [],
      bytes: fields.bytes,
      min: fields.min ?? 0,
      max: fields.max ?? 0,
      rule: fields.rule,
      nullable: fields.nullable ?? false,
      cost: fields.cost ?? (fields.nullable === true ? 0 : -1),
      shortest: fields.shortest,
      row: undefined,
    };
    if (!this.#settled && this.#searching === 0) this.#base.push(term);
    return term;
  }
}

/** `x{0,3}y` and `x{1,5}y` are `x{0,5}y`: else each way to count would go on by itself. */
function joinRepeats(terms: Terms, items: Term[]): Term[] {
  const repeatOf = (term: Term) => (term.kind === 'seq' ? term.left! : term);
  if (items.filter((item) => repeatOf(item).kind === 'repeat').length < 2) return items;
  const others: Term[] = [];
  const groups = new Map<string, { rest: Term; repeats: Term[] }>();
  for (const item of items) {
    const repeat = repeatOf(item);
    if (repeat.kind !== 'repeat') others.push(item);
    else {
      const rest = item === repeat ? terms.epsilon : item.right!;
      const key = `${repeat.left!.id},${rest.id}`;
      const group = groups.get(key) ?? { rest, repeats: [] };
      group.repeats.push(repeat);
      groups.set(key, group);
    }
  }
  for (const { rest, repeats } of groups.values()) {
    repeats.sort((a, b) => a.min - b.min);
    let [min, max] = [repeats[0]!.min, repeats[0]!.max];
    const made = (): Term => terms.seq(terms.repeat(repeats[0]!.left!, min, max), rest);
    for (const next of repeats.slice(1)) {
      if (next.min > max + 1) {
        others.push(made());
        [min, max] = [next.min, next.max];
      } else max = Math.max(max, next.max);
    }
    others.push(made());
  }
  return others;
}

function leastOf(terms: readonly Term[]): number {
  return terms.reduce((least, { cost }) => Math.min(least, cost), Infinity);
}

function times(cost: number, count: number): number {
  return cost < 0 ? -1 : cost * count;
}

function tooComplex(why: string): InputError {
  return new InputError('responseFormat', `The format is too complex: it ${why}. Ask for a simpler form.`);
}
