import { InputError } from '../../errors.ts';
import type { Automaton } from './automaton.ts';
import type { Grammar } from './grammar.ts';
import type { Term } from './terms.ts';
import type { Vocabulary } from './vocabulary.ts';

/**
 * Follows the answers of a grammar over the tokens of a model.
 *
 * @throws {InputError} where the vocabulary cannot write any answer of the grammar.
 */
export function createMatcher(grammar: Grammar, vocabulary: Vocabulary): Matcher {
  return new Matcher(grammar.over(vocabulary));
}

/** Follows one answer token by token, and says which may come next. */
export class Matcher {
  readonly #automaton: Automaton;
  #state: Term;
  #isEnded = false;
  /** The logits of allowed tokens, while all are set to -Infinity. */
  #kept: Float32Array = new Float32Array(0);

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#state = automaton.root;
  }

  /** The tokens that are followed. */
  get vocabulary(): Vocabulary {
    return this.#automaton.vocabulary;
  }

  /** Whether the answer may end here. */
  get isComplete(): boolean {
    return this.#state.nullable;
  }

  /** Whether the answer has ended: by an end token, or because nothing may follow. */
  get isOver(): boolean {
    return this.#isEnded || (this.#state.nullable && this.#automaton.mask(this.#state).tokens.length === 0);
  }

  /**
   * A number of tokens that is enough to complete the answer from here, 0 where it is complete: the fewest that write
   * its shortest text. An end token is not counted.
   */
  get fewestTokens(): number {
    return this.#automaton.need(this.#state);
  }

  /**
   * Sets the logits of tokens that may not come next to -Infinity. What is allowed leaves an answer that can be
   * completed; an end token is allowed where the answer is complete.
   *
   * @param logits One for each token, `[vocabulary]`; changed in place.
   * @param tokensLeft How many tokens may come, with this one.
   * @throws {InputError} as {@link checkRoom}.
   */
  mask(logits: Float32Array, tokensLeft: number): void {
    const { allowed, others } = this.#allowed(tokensLeft);
    const { tokens, endTokens } = this.#automaton.vocabulary;
    const ends = this.#state.nullable ? endTokens : noTokens;
    const count = allowed.reduce((sum, { length }) => sum + length, ends.size);
    if (others !== undefined) {
      const kept = Array.from(ends, (token) => logits[token] ?? -Infinity);
      for (const token of others) if (token < logits.length) logits[token] = -Infinity;
      // Beyond the vocabulary nothing is written.
      if (logits.length > tokens.length) logits.fill(-Infinity, tokens.length);
      let at = 0;
      for (const token of ends) logits[token] = kept[at++]!;
      return;
    }
    if (this.#kept.length < count) this.#kept = new Float32Array(count);
    const kept = this.#kept;
    let at = 0;
    for (const list of allowed) for (const token of list) kept[at++] = logits[token] ?? 0;
    for (const token of ends) kept[at++] = logits[token] ?? 0;
    logits.fill(-Infinity);
    at = 0;
    for (const list of allowed) for (const token of list) logits[token] = kept[at++]!;
    for (const token of ends) logits[token] = kept[at++]!;
  }

  /**
   * Takes the token that was chosen.
   *
   * @throws {RangeError} where it may not come here.
   */
  accept(token: number): void {
    const { tokens, endTokens } = this.#automaton.vocabulary;
    if (this.#isEnded) throw new RangeError(`Token ${token} comes after the end of the answer.`);
    if (endTokens.has(token)) {
      if (!this.#state.nullable) throw new RangeError(`Token ${token} ends the answer before it is complete.`);
      this.#isEnded = true;
      return;
    }
    const bytes = tokens[token];
    const next = bytes === undefined || bytes.length === 0 ? undefined : this.#automaton.walk(this.#state, bytes);
    if (next === undefined) throw new RangeError(`Token ${token} may not come here: the answer would lose its form.`);
    this.#state = next;
  }

  /** One that goes on from here by itself. */
  clone(): Matcher {
    const copy = new Matcher(this.#automaton);
    copy.#state = this.#state;
    copy.#isEnded = this.#isEnded;
    return copy;
  }

  /** @throws {InputError} `maxTokens`, where the answer cannot be completed with so many more tokens. */
  checkRoom(tokensLeft: number): void {
    const automaton = this.#automaton;
    if (automaton.cost(this.#state) <= tokensLeft || automaton.need(this.#state) <= tokensLeft) return;
    throw new InputError(
      'maxTokens',
      `The shortest answer of this form (a responseFormat, or a tool that must be called) takes ${automaton.need(this.#state)} tokens, and there is room for ` +
        `${tokensLeft}. Raise maxTokens, or ask for less.`,
    );
  }

  /** Those that may come, or where that is all that the mask has, those that may not. */
  #allowed(tokensLeft: number): { allowed: readonly Uint32Array[]; others?: Uint32Array | undefined } {
    const automaton = this.#automaton;
    const after = tokensLeft - 1;
    if (this.#isEnded) return { allowed: [] };
    this.checkRoom(tokensLeft);
    const { tokens, groups, others } = automaton.mask(this.#state);
    const allowed: Uint32Array[] = [];
    let start = 0;
    let end = 0;
    for (const group of groups) {
      if (group.cost <= after || automaton.need(group.state) <= after) end = group.end;
      else {
        if (end > start) allowed.push(tokens.subarray(start, end));
        [start, end] = [group.end, group.end];
      }
    }
    if (end > start) allowed.push(tokens.subarray(start, end));
    const isAll = end - start === tokens.length;
    return { allowed, others: isAll ? others : undefined };
  }
}

const noTokens: ReadonlySet<number> = new Set();
