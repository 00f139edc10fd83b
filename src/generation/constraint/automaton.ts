import type { Term, Terms } from './terms.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The tokens that may come next at a state. */
export interface Mask {
  /** Those of the first group, then those of the next. */
  readonly tokens: Uint32Array;
  /** By how many bytes the shortest end is away, nearest first. */
  readonly groups: readonly MaskGroup[];
  /** The tokens that may not come, where they are fewer. */
  readonly others: Uint32Array | undefined;
}

/** Tokens that lead to the same state. */
export interface MaskGroup {
  readonly state: Term;
  /** Bytes from there to the shortest end. */
  readonly cost: number;
  /** Index in `tokens` behind the last one. */
  readonly end: number;
}

const mostMaskBytes = 32 * 2 ** 20;

/** A language over the tokens of a model: which may come next, and how many are needed to the end. */
export class Automaton {
  readonly root: Term;
  readonly vocabulary: Vocabulary;
  readonly #terms: Terms;
  #masks = new Map<Term, Mask>();
  #maskBytes = 0;
  #needs = new Map<Term, number>();
  /** The text that tokens were counted for last, and how many each end of it takes. */
  #lastText = '';
  #lastNeeds = new Float64Array(1);
  #epoch: number;
  /** Scratch of the walk: the tokens that were found, and the number of the group of each. */
  readonly #found: Uint32Array;
  readonly #groupOf: Uint32Array;

  constructor(terms: Terms, root: Term, vocabulary: Vocabulary) {
    this.root = root;
    this.vocabulary = vocabulary;
    this.#terms = terms;
    this.#epoch = terms.epoch;
    this.#found = new Uint32Array(vocabulary.ids.length);
    this.#groupOf = new Uint32Array(vocabulary.ids.length);
  }

  /** The state after some bytes, nothing where they are not allowed. */
  walk(state: Term, bytes: Uint8Array): Term | undefined {
    const next = this.#terms.walk(state, bytes);
    return this.#terms.cost(next) < Infinity ? next : undefined;
  }

  /**
   * The fewest tokens from a state to where an answer may end, among the ways to write the shortest text (in bytes)
   * that leads there: 0 where it may end at once. From a state that needs n there is always a token to one that needs
   * n − 1.
   */
  need(state: Term): number {
    this.#forgetStale();
    let need = this.#needs.get(state);
    if (need === undefined) {
      const text = this.#terms.shortest(state);
      // On the way to an end, what is left is the end of what was left before.
      if (!this.#lastText.endsWith(text)) {
        this.#lastText = text;
        this.#lastNeeds = fewestTokens(text, this.vocabulary);
      }
      need = this.#lastNeeds[this.#lastText.length - text.length]!;
      this.#needs.set(state, need);
    }
    return need;
  }

  /** Bytes of the shortest text from a state to an end: never fewer than the tokens that are needed. */
  cost(state: Term): number {
    return this.#terms.cost(state);
  }

  /** The tokens that may come next; remembered for the states that were asked for last, up to 32 MiB. */
  mask(state: Term): Mask {
    this.#forgetStale();
    let mask = this.#masks.get(state);
    if (mask === undefined) {
      mask = this.#find(state);
      this.#maskBytes += maskBytes(mask);
    } else this.#masks.delete(state);
    this.#masks.set(state, mask);
    for (const [oldest, old] of this.#masks) {
      if (this.#maskBytes <= mostMaskBytes || oldest === state) break;
      this.#masks.delete(oldest);
      this.#maskBytes -= maskBytes(old);
    }
    return mask;
  }

  #forgetStale(): void {
    this.#terms.forgetIfLarge();
    if (this.#epoch === this.#terms.epoch) return;
    this.#epoch = this.#terms.epoch;
    this.#masks = new Map();
    this.#maskBytes = 0;
    this.#needs = new Map();
  }

  #find(state: Term): Mask {
    const { bytes, depths, nexts, starts, ids } = this.vocabulary;
    const terms = this.#terms;
    const { classOf } = terms;
    const path: Term[] = [state];
    const groups = new Map<Term, number>();
    const sizes: number[] = [];
    let count = 0;
    let lastState: Term | undefined;
    let lastGroup = -1;
    for (let node = 0; node < bytes.length;) {
      const depth = depths[node]!;
      const before = path[depth - 1]!;
      const byte = bytes[node]!;
      const next = before.row?.[classOf[byte]!] ?? terms.step(before, byte);
      if (next === terms.empty) {
        node = nexts[node]!;
        continue;
      }
      path[depth] = next;
      const end = starts[node + 1]!;
      let at = starts[node]!;
      if (at < end) {
        if (next !== lastState) {
          lastState = next;
          lastGroup = groups.get(next) ?? (terms.cost(next) < Infinity ? sizes.push(0) - 1 : -1);
          groups.set(next, lastGroup);
        }
        if (lastGroup >= 0) {
          sizes[lastGroup]! += end - at;
          for (; at < end; at++) {
            this.#found[count] = ids[at]!;
            this.#groupOf[count++] = lastGroup;
          }
        }
      }
      node++;
    }
    return this.#sorted(groups, sizes, count);
  }

  #sorted(groups: ReadonlyMap<Term, number>, sizes: readonly number[], count: number): Mask {
    const order = [...groups]
      .filter(([, group]) => group >= 0)
      .map(([state, group]) => ({ state, group, cost: this.#terms.cost(state) }))
      .toSorted((a, b) => a.cost - b.cost);
    const next = new Uint32Array(sizes.length);
    let end = 0;
    const made = order.map(({ state, group, cost }): MaskGroup => {
      next[group] = end;
      end += sizes[group]!;
      return { state, cost, end };
    });
    const tokens = new Uint32Array(count);
    for (let at = 0; at < count; at++) tokens[next[this.#groupOf[at]!]!++] = this.#found[at]!;
    return { tokens, groups: made, others: this.#others(tokens) };
  }

  #others(tokens: Uint32Array): Uint32Array | undefined {
    const size = this.vocabulary.tokens.length;
    if (tokens.length <= size / 2) return undefined;
    const isIn = new Uint8Array(size);
    for (const token of tokens) isIn[token] = 1;
    const others = new Uint32Array(size - tokens.length);
    let count = 0;
    for (let token = 0; token < size; token++) if (isIn[token] === 0) others[count++] = token;
    return others;
  }
}

/** What a mask and its place in a map take besides its tokens. */
const maskOverhead = 200;

function maskBytes({ tokens, others }: Mask): number {
  return tokens.byteLength + (others?.byteLength ?? 0) + maskOverhead;
}

/** The fewest tokens that write a text, a character a byte, from each of its bytes on. */
function fewestTokens(text: string, vocabulary: Vocabulary): Float64Array<ArrayBuffer> {
  const { bytes, nexts, starts, roots, spelling } = vocabulary;
  // Where characters are written whole, one that is begun could not be gone on with.
  const isWhole = spelling.chars.length > 0;
  const needs = new Float64Array(text.length + 1).fill(Infinity);
  needs[text.length] = 0;
  for (let from = text.length - 1; from >= 0; from--) {
    const first = text.charCodeAt(from);
    if (isWhole && first >= 0x80 && first <= 0xbf) continue;
    let node = roots[first]!;
    for (let at = from + 1; node >= 0; at++) {
      if (starts[node]! < starts[node + 1]!) needs[from] = Math.min(needs[from]!, 1 + needs[at]!);
      node = at < text.length ? childOf(node, text.charCodeAt(at)) : -1;
    }
  }
  return needs;

  function childOf(node: number, byte: number): number {
    for (let child = node + 1; child < nexts[node]!; child = nexts[child]!) if (bytes[child] === byte) return child;
    return -1;
  }
}
