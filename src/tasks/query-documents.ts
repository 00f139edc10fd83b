import { InputError } from '../errors.ts';
import { checkNumbers } from './check-numbers.ts';

/** A query and the documents to compare it with; or a text and one other. */
export type QueryDocumentsInput = { query: string; documents: readonly string[] } | { text: string; textPair: string };

/** What a call may ask of a comparison or a ranking. */
export interface RankingOptions {
  /** How many documents to give in `results`, the best first. @default all */
  topK?: number;
}

/** What a comparison or a ranking answers. */
export interface Ranking {
  /** In the order of the documents. */
  scores: number[];
  /** The best first; equal ones in the order of the documents. */
  results: RankedDocument[];
}

/** One document with its score. */
export interface RankedDocument {
  /** Its place among the documents, from 0. */
  index: number;
  /** The higher the nearer, as the model and its steps have it. */
  score: number;
  /** The document itself. */
  text: string;
}

/** @throws {InputError} that names the text at fault, as in `documents.2`. */
export function checkQueryDocuments(input: unknown): { query: string; documents: readonly string[] } {
  const { query, documents, text, textPair } = (input ?? {}) as Record<string, unknown>;
  if (query === undefined && documents === undefined && (text !== undefined || textPair !== undefined)) {
    return { query: checkText('text', text), documents: [checkText('textPair', textPair)] };
  }
  const checked = checkText('query', query);
  if (!Array.isArray(documents)) {
    throw new InputError('documents', 'The documents are missing: pass { query, documents: ["…", "…"] }.');
  }
  if (documents.length === 0) {
    throw new InputError('documents', 'The list of documents is empty: there is nothing to compare the query with.');
  }
  return { query: checked, documents: Array.from(documents, (one, index) => checkText(`documents.${index}`, one)) };
}

/**
 * Documents without those that are there already, and the place of each among them: what is computed once has one score,
 * and of what is computed twice, in batches of other sizes, the last digits may differ, and its rank with them.
 */
export function distinctDocuments(documents: readonly string[]): {
  texts: readonly string[];
  places: readonly number[];
} {
  const places = new Map<string, number>();
  for (const text of documents) if (!places.has(text)) places.set(text, places.size);
  return { texts: [...places.keys()], places: documents.map((text) => places.get(text)!) };
}

/**
 * Documents by their scores. Those under `min` are left out of the results.
 *
 * @throws {InferenceError} where a score is NaN.
 */
export function rankDocuments(
  scores: readonly number[],
  documents: readonly string[],
  { topK, min = -Infinity }: RankingOptions & { min?: number | undefined },
): Ranking {
  checkNumbers(scores);
  const results = documents
    .map((text, index) => ({ index, score: scores[index]!, text }))
    .filter(({ score }) => !(score < min))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topK);
  return { scores: [...scores], results };
}

function checkText(field: string, value: unknown): string {
  if (typeof value !== 'string') {
    const what = value === undefined ? 'is missing' : 'is not a string';
    throw new InputError(field, `The input's ${field} ${what}: pass { query, documents: ["…", "…"] }.`);
  }
  if (value.trim() === '') throw new InputError(field, `The input's ${field} is empty: there is nothing to compare.`);
  return value;
}
