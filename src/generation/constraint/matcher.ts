import { InferenceError, InputError } from '../../errors.ts';
import type { Grammar, GrammarSymbol } from './grammar.ts';
import type { TokenTree, Vocabulary } from './vocabulary.ts';

/** Follows one answer through a grammar. */
export interface Matcher {
  /**
   * Sets the logits of what may not come to -Infinity: what the grammar does not allow, and what could not be finished
   * any more. The model's end tokens are left where the answer may end.
   *
   * @param tokensLeft how many tokens may come, the next one included
   */
  mask(logits: Float32Array, tokensLeft: number): void;
  accept(token: number): void;
  /** Whether the answer may end here. */
  readonly isComplete: boolean;
  /** Whether anything may come but the end. */
  readonly canContinue: boolean;
}

/** A grammar made ready for the tokens of a model. */
export interface BoundGrammar {
  /** Tokens that the shortest answer takes at the most. */
  readonly fewestTokens: number;
  /** @param tokens how many there may be @throws {InputError} `maxTokens`, where the shortest answer takes more */
  start(tokens: number): Matcher;
}

/** States whose masks are remembered. */
const mostMasks = 512;

/** Tokens after which nothing ends: more than there are. */
const never = 65_535;

/**
 * Binds a grammar to a vocabulary. The states of the grammar's automaton are made as texts come to them, and remembered
 * with what may follow: so most tokens cost a look into a table.
 *
 * A text can always be finished: from each place the tokens to its end are counted, byte by byte where nothing shorter is
 * known, so that the count is never too low.
 *
 * Source: the pushdown automaton of several stacks at once is that of Lang, “Deterministic Techniques for Efficient
 * Non-Deterministic Parsers”, 1974.
 */
export function bindGrammar(grammar: Grammar, vocabulary: Vocabulary): BoundGrammar {
  const positions = createPositions(grammar, vocabulary);
  const frames: Frame[] = [{ symbol: undefined, position: -1, parent: undefined, cost: 0, id: 0 }];
  const frameIds = new Map<string, Frame>();
  const states = new Map<string, State>();
  const masks = new Map<State, Uint16Array>();
  const end = frames[0]!;

  /** The place before a symbol, with what comes after its rule. */
  const frameAt = (position: number, parent: Frame): Frame => {
    const key = `${position},${parent.id}`;
    let frame = frameIds.get(key);
    if (!frame) {
      const cost = Math.min(never, positions.costs[position]! + parent.cost);
      frame = { symbol: positions.symbols[position], position, parent, cost, id: frames.length };
      frames.push(frame);
      frameIds.set(key, frame);
    }
    return frame;
  };
  /** What is left after the symbol of a frame. */
  const afterOf = (frame: Frame): Frame =>
    positions.symbols[frame.position + 1] === undefined ? frame.parent! : frameAt(frame.position + 1, frame.parent!);
  const stateOf = (from: Iterable<Frame>): State => {
    const open = [...from];
    const seen = new Set<Frame>(open);
    const found: Frame[] = [];
    while (open.length > 0) {
      const frame = open.pop()!;
      if (typeof frame.symbol !== 'number') {
        found.push(frame);
        continue;
      }
      const after = afterOf(frame);
      for (const first of positions.sequences[frame.symbol]!) {
        const next = first < 0 ? after : frameAt(first, after);
        if (next.cost >= never || seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    const ids = found.map(({ id }) => id).toSorted((a, b) => a - b);
    const key = ids.join();
    let state = states.get(key);
    if (!state) {
      const cost = found.reduce((least, frame) => Math.min(least, frame.cost), never);
      state = { frames: found, cost, isComplete: found.includes(end), next: [] };
      states.set(key, state);
    }
    return state;
  };
  const step = (state: State, byte: number): State | undefined => {
    const known = state.next[byte];
    if (known !== undefined) return known ?? undefined;
    const after = new Set<Frame>();
    for (const frame of state.frames) {
      const { symbol } = frame;
      if (typeof symbol === 'object' && symbol.low <= byte && byte <= symbol.high) after.add(afterOf(frame));
    }
    const next = after.size === 0 ? undefined : stateOf(after);
    state.next[byte] = next && next.cost < never ? next : null;
    return state.next[byte] ?? undefined;
  };
  /** For each token, how many more it takes to the end after it; {@link never} where it may not come. */
  const maskOf = (state: State): Uint16Array => {
    const known = masks.get(state);
    if (known) {
      masks.delete(state);
      masks.set(state, known);
      return known;
    }
    const costs = new Uint16Array(vocabulary.size).fill(never);
    const walk = (at: State, tree: TokenTree): void => {
      for (const token of tree.tokens) costs[token] = at.cost;
      for (const [byte, branch] of tree.branches) {
        const next = step(at, byte);
        if (next) walk(next, branch);
      }
    };
    walk(state, vocabulary.root);
    masks.set(state, costs);
    if (masks.size > mostMasks) masks.delete(masks.keys().next().value!);
    return costs;
  };
  const start = stateOf(positions.sequences[grammar.start]!.map((first) => (first < 0 ? end : frameAt(first, end))));
  return {
    fewestTokens: start.cost,
    start(tokens) {
      if (start.cost >= never) {
        throw new InputError(
          'responseFormat',
          'The responseFormat cannot be met: no answer can be written with the tokens of this model, or there is none.',
        );
      }
      if (start.cost > tokens) {
        throw new InputError(
          'maxTokens',
          `The shortest answer to this responseFormat takes up to ${start.cost} tokens, and there is room for ${tokens}. Raise maxTokens, or ask for less.`,
        );
      }
      let state = start;
      return {
        mask(logits, tokensLeft) {
          const costs = maskOf(state);
          const most = tokensLeft - 1;
          const { isComplete } = state;
          for (let token = 0; token < logits.length; token++) {
            if (token < costs.length && costs[token]! <= most) continue;
            if (isComplete && vocabulary.endTokens.has(token)) continue;
            logits[token] = -Infinity;
          }
        },
        accept(token) {
          let next: State | undefined = state;
          for (const byte of vocabulary.bytesOf(token) ?? []) next = next && step(next, byte);
          if (!next)
            throw new InferenceError('inference-failed', `The token ${token} does not go on with what was asked for.`);
          state = next;
        },
        get isComplete() {
          return state.isComplete;
        },
        get canContinue() {
          return state.frames.length > (state.isComplete ? 1 : 0);
        },
      };
    },
  };
}

/** A place in a sequence of the grammar, and what comes after the rule that the sequence is of. */
interface Frame {
  /** Undefined at the end of all. */
  readonly symbol: GrammarSymbol | undefined;
  readonly position: number;
  readonly parent: Frame | undefined;
  /** Tokens to the end, at the most. */
  readonly cost: number;
  readonly id: number;
}

/** All places that a text may be at. */
interface State {
  readonly frames: readonly Frame[];
  readonly cost: number;
  readonly isComplete: boolean;
  /** By byte: where it leads; null where nowhere. */
  readonly next: (State | null | undefined)[];
}

/** The sequences of a grammar, one after the other: undefined ends each. */
interface Positions {
  readonly symbols: readonly (GrammarSymbol | undefined)[];
  /** Tokens from a position to the end of its sequence, at the most. */
  readonly costs: readonly number[];
  /** For each rule, where its sequences begin; -1 for an empty one. */
  readonly sequences: readonly (readonly number[])[];
}

function createPositions({ rules }: Grammar, vocabulary: Vocabulary): Positions {
  const symbols: (GrammarSymbol | undefined)[] = [];
  const sequences = rules.map((all) =>
    all.map((sequence) => {
      if (sequence.length === 0) return -1;
      const first = symbols.length;
      symbols.push(...sequence, undefined);
      return first;
    }),
  );
  const byteCosts = Array.from({ length: 256 }, (_, byte) =>
    vocabulary.root.branches.get(byte)?.tokens.length ? 1 : never,
  );
  const costs = symbols.map(() => never);
  const ruleCosts = rules.map(() => never);
  const costAfter = (position: number): number => (symbols[position] === undefined ? 0 : costs[position]!);
  const costAt = (position: number): number => {
    const symbol = symbols[position]!;
    if (typeof symbol === 'number') return Math.min(never, ruleCosts[symbol]! + costAfter(position + 1));
    let best = never;
    for (let byte = symbol.low; byte <= symbol.high && best > 1; byte++) best = Math.min(best, byteCosts[byte]!);
    best = Math.min(never, best + costAfter(position + 1));
    // Of bytes that are certain, a longer token may take several at once.
    let tree: TokenTree | undefined = vocabulary.root;
    for (let at = position; tree; at++) {
      if (tree.tokens.length > 0) best = Math.min(best, 1 + costAfter(at));
      const next: GrammarSymbol | undefined = symbols[at];
      tree = typeof next === 'object' && next.low === next.high ? tree.branches.get(next.low) : undefined;
    }
    return best;
  };
  // What a rule costs depends on others that come before or after it: until nothing changes, from both ends.
  for (let changed = true, round = 0; changed; round++) {
    changed = false;
    for (let index = 0; index < rules.length; index++) {
      const rule = round % 2 === 0 ? index : rules.length - 1 - index;
      for (const first of sequences[rule]!) {
        let cost = 0;
        if (first >= 0) {
          let last = first;
          while (symbols[last] !== undefined) last++;
          for (let position = last - 1; position >= first; position--) costs[position] = costAt(position);
          cost = costs[first]!;
        }
        if (cost < ruleCosts[rule]!) {
          ruleCosts[rule] = cost;
          changed = true;
        }
      }
    }
  }
  return { symbols, costs, sequences };
}
