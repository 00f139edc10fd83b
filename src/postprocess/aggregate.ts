import { likeliest } from './softmax.ts';

/** A token with what a model says of it. */
export interface ScoredToken {
  /** As in the vocabulary. */
  readonly word: string;
  /** One a label; they sum to 1. */
  readonly scores: readonly number[];
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** Whether it goes on with the word of the token before. */
  readonly isSubword: boolean;
}

/** A thing that a text names, and where; of the strategy `none`, one token. */
export interface Entity {
  /** The label of a token, with its `B-` or `I-`; the strategy `none` has it. */
  entity?: string;
  /** The label of a group, without `B-` or `I-`; the other strategies have it. */
  entityGroup?: string;
  score: number;
  word: string;
  /** UTF-16 units of the text: `text.slice(start, end)` is the entity. */
  start: number;
  end: number;
  /** The place of a token among those that the model was fed; the strategy `none` has it. */
  index?: number;
}

/** How tokens become entities: not at all, or with the label of neighbours, of the first token, by the mean, by the surest. */
export type AggregationStrategy = 'none' | 'simple' | 'first' | 'average' | 'max';

interface Labelled {
  readonly entity: string;
  readonly score: number;
  /** As in the vocabulary: decoded once, since bytes of a character may lie in several. */
  readonly tokens: readonly string[];
  readonly start: number;
  readonly end: number;
}

/**
 * Makes entities of tokens:
 *
 * - `none`: each token with its likeliest label.
 * - `simple`: neighbours of one label become a group, a `B-` begins a new one; its score is their mean.
 * - `first`, `max`, `average`: the tokens of a word agree first, on the label of its first token, of the token that is
 *   surest, or on the highest mean; then as `simple`.
 *
 * Source: `TokenClassificationPipeline` of Transformers, which decodes the words of a group twice; here it is once.
 *
 * @param join the text that tokens make
 */
export function aggregate(
  tokens: readonly ScoredToken[],
  labels: readonly string[],
  strategy: AggregationStrategy,
  join: (words: readonly string[]) => string,
): Entity[] {
  const labelled = (scores: readonly number[]): Pick<Labelled, 'entity' | 'score'> => {
    const index = likeliest(scores);
    return { entity: labels[index] ?? `LABEL_${index}`, score: scores[index] ?? 0 };
  };
  if (strategy === 'none') {
    return tokens.map(({ scores, word, start, end, index }) => ({ ...labelled(scores), index, word, start, end }));
  }
  if (strategy === 'simple') {
    const each = tokens.map(({ scores, word, start, end }) => ({ ...labelled(scores), tokens: [word], start, end }));
    return group(each, join);
  }
  const words = wordsOf(tokens).map((word): Labelled => {
    const { entity, score } = labelled(wordScores(word, strategy));
    const parts = word.map((token) => token.word);
    return { entity, score, tokens: parts, start: word[0]!.start, end: word.at(-1)!.end };
  });
  return group(words, join);
}

function wordsOf(tokens: readonly ScoredToken[]): ScoredToken[][] {
  const words: ScoredToken[][] = [];
  for (const token of tokens) {
    if (token.isSubword && words.length > 0) words.at(-1)!.push(token);
    else words.push([token]);
  }
  return words;
}

function wordScores(word: readonly ScoredToken[], strategy: 'first' | 'average' | 'max'): readonly number[] {
  const [first] = word as [ScoredToken];
  if (strategy === 'first') return first.scores;
  if (strategy === 'average') {
    return first.scores.map((_, label) => word.reduce((sum, { scores }) => sum + scores[label]!, 0) / word.length);
  }
  return word.reduce((surest, token) => (highest(token.scores) > highest(surest.scores) ? token : surest)).scores;
}

function group(entities: readonly Labelled[], join: (words: readonly string[]) => string): Entity[] {
  const groups: Labelled[][] = [];
  for (const entity of entities) {
    const before = groups.at(-1)?.at(-1);
    const { begins, tag } = tagOf(entity.entity);
    if (before && !begins && tag === tagOf(before.entity).tag) groups.at(-1)!.push(entity);
    else groups.push([entity]);
  }
  return groups.map((parts) => ({
    entityGroup: parts[0]!.entity.split('-').at(-1)!,
    score: parts.reduce((sum, { score }) => sum + score, 0) / parts.length,
    word: join(parts.flatMap((part) => part.tokens)),
    start: parts[0]!.start,
    end: parts.at(-1)!.end,
  }));
}

/**
 * Of entities that windows found twice, keeps the longer, then the surer one.
 * Source: `aggregate_overlapping_entities` of the same.
 */
export function withoutOverlaps(entities: readonly Entity[]): Entity[] {
  const kept: Entity[] = [];
  for (const entity of entities.toSorted((a, b) => a.start - b.start)) {
    const before = kept.at(-1);
    if (!before || entity.start < before.start || entity.start >= before.end) {
      kept.push(entity);
      continue;
    }
    const longer = entity.end - entity.start - (before.end - before.start);
    if (longer > 0 || (longer === 0 && entity.score > before.score)) kept[kept.length - 1] = entity;
  }
  return kept;
}

function tagOf(label: string): { begins: boolean; tag: string } {
  const prefixed = /^[BI]-/.test(label);
  return { begins: label.startsWith('B-'), tag: prefixed ? label.slice(2) : label };
}

function highest(scores: readonly number[]): number {
  return scores.reduce((most, score) => Math.max(most, score), -Infinity);
}
