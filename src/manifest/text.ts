import * as v from 'valibot';
import { count, path, type BaseManifest } from './base.ts';
import { labels, scoreStep, type ScoreStep } from './score.ts';

/**
 * From a text to what the model is fed. In the order given:
 *
 * - `trim`, `lowercase`: as JavaScript's `trim()` and `toLowerCase()`.
 * - `unicode-normalize`: Unicode normalization form `form` (UAX #15).
 * - `replace`: what the regular expression `pattern` matches becomes `with`.
 * - `prefix`: `text` is put before it; with `for`, only where the text is a query, or a document that is searched.
 * - `tokenize`: token ids by the tokenizer of `tokenizer.json`, cut after `maxTokens`, special tokens included.
 * - `words`: all that `pattern` matches, but for `stopWords`, as a tensor of strings `[1, words]`.
 *
 * A text that no step turns into a tensor is fed as one string.
 */
export type TextStep =
  | { readonly step: 'trim' }
  | { readonly step: 'lowercase' }
  | { readonly step: 'unicode-normalize'; readonly form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD' }
  | { readonly step: 'replace'; readonly pattern: string; readonly flags?: string | undefined; readonly with: string }
  | { readonly step: 'prefix'; readonly text: string; readonly for?: 'query' | 'document' | undefined }
  | TokenizeStep
  | {
      readonly step: 'words';
      readonly pattern: string;
      readonly flags?: string | undefined;
      readonly stopWords?: readonly string[] | undefined;
    };

export interface TokenizeStep {
  readonly step: 'tokenize';
  /** Paths of the tokenizer's files. @default 'tokenizer.json' */
  readonly tokenizer?: string | undefined;
  readonly tokenizerConfig?: string | undefined;
  readonly specialTokensMap?: string | undefined;
  /** Tokens after which a text is cut. @default no limit */
  readonly maxTokens?: number | undefined;
  /** Pads to this many tokens, for models of a fixed length. */
  readonly padTo?: number | undefined;
}

/** Tokens of padding beyond which no model goes. */
const maxPadTo = 2 ** 20;

const textStep: v.GenericSchema<unknown, TextStep> = v.variant('step', [
  v.strictObject({ step: v.literal('trim') }),
  v.strictObject({ step: v.literal('lowercase') }),
  v.strictObject({ step: v.literal('unicode-normalize'), form: v.picklist(['NFC', 'NFD', 'NFKC', 'NFKD']) }),
  v.strictObject({
    step: v.literal('replace'),
    pattern: v.string(),
    flags: v.optional(v.string()),
    with: v.pipe(v.string(), v.maxLength(1000)),
  }),
  v.strictObject({ step: v.literal('prefix'), text: v.string(), for: v.optional(v.picklist(['query', 'document'])) }),
  v.strictObject({
    step: v.literal('tokenize'),
    tokenizer: v.optional(path),
    tokenizerConfig: v.optional(path),
    specialTokensMap: v.optional(path),
    maxTokens: v.optional(count),
    padTo: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(maxPadTo))),
  }),
  v.strictObject({
    step: v.literal('words'),
    pattern: v.string(),
    flags: v.optional(v.string()),
    stopWords: v.optional(v.array(v.string())),
  }),
]);

interface TextManifest extends BaseManifest {
  readonly preprocess: readonly TextStep[];
}

export interface TextClassificationManifest extends TextManifest {
  readonly task: 'text-classification';
  readonly labels: readonly string[];
  readonly postprocess: readonly ScoreStep[];
}

export interface TokenClassificationManifest extends TextManifest {
  readonly task: 'token-classification';
  readonly labels: readonly string[];
  readonly postprocess: readonly AggregateStep[];
}

/** How tokens become entities, as the pipeline of Transformers does it. `none` leaves them as they are. */
export interface AggregateStep {
  readonly step: 'aggregate';
  readonly strategy: 'none' | 'simple' | 'first' | 'average' | 'max';
  /** @default ['O'] */
  readonly ignoreLabels?: readonly string[] | undefined;
}

export interface FeatureExtractionManifest extends TextManifest {
  readonly task: 'feature-extraction';
  readonly postprocess: readonly EmbeddingStep[];
}

export interface TextSimilarityManifest extends TextManifest {
  readonly task: 'text-similarity';
  readonly postprocess: readonly EmbeddingStep[];
}

/**
 * From hidden states `[1, tokens, size]` to one vector. In the order given:
 *
 * - `pool`: the mean over tokens that are not padding, the first token (`cls`), or the last (`last-token`).
 * - `l2-normalize`: `x / max(|x|, 1e-12)`.
 */
export type EmbeddingStep =
  | { readonly step: 'pool'; readonly by: 'mean' | 'cls' | 'last-token' }
  | { readonly step: 'l2-normalize' };

export const embeddingStep: v.GenericSchema<unknown, EmbeddingStep> = v.variant('step', [
  v.strictObject({ step: v.literal('pool'), by: v.picklist(['mean', 'cls', 'last-token']) }),
  v.strictObject({ step: v.literal('l2-normalize') }),
]);

export interface RerankingManifest extends TextManifest {
  readonly task: 'reranking';
  /** Which of several numbers is that of a good answer is told by its name. */
  readonly labels: readonly string[];
  readonly postprocess: readonly ScoreStep[];
}

export interface QuestionAnsweringManifest extends TextManifest {
  readonly task: 'question-answering';
}

export interface ZeroShotClassificationManifest extends TextManifest {
  readonly task: 'zero-shot-classification';
  /** The labels of the inference model; one of them begins with `entail`. */
  readonly labels: readonly string[];
}

export interface FillMaskManifest extends TextManifest {
  readonly task: 'fill-mask';
}

export type TextTaskManifest =
  | TextClassificationManifest
  | TokenClassificationManifest
  | FeatureExtractionManifest
  | TextSimilarityManifest
  | RerankingManifest
  | QuestionAnsweringManifest
  | ZeroShotClassificationManifest
  | FillMaskManifest;

const preprocess = v.optional(v.array(textStep));

/** What `inference.json` may say beside what every task may. */
export const textFields: Readonly<Record<TextTaskManifest['task'], v.ObjectEntries>> = {
  'text-classification': { preprocess, labels: v.optional(labels), postprocess: v.optional(v.array(scoreStep)) },
  'token-classification': {
    preprocess,
    labels: v.optional(labels),
    postprocess: v.optional(
      v.array(
        v.strictObject({
          step: v.literal('aggregate'),
          strategy: v.picklist(['none', 'simple', 'first', 'average', 'max']),
          ignoreLabels: v.optional(v.array(v.string())),
        }),
      ),
    ),
  },
  'feature-extraction': { preprocess, postprocess: v.optional(v.array(embeddingStep)) },
  'text-similarity': { preprocess, postprocess: v.optional(v.array(embeddingStep)) },
  reranking: { preprocess, labels: v.optional(labels), postprocess: v.optional(v.array(scoreStep)) },
  'question-answering': { preprocess },
  'zero-shot-classification': { preprocess, labels: v.optional(labels) },
  'fill-mask': { preprocess },
};
