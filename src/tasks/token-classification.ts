import { InferenceError, InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { TokenClassificationManifest } from '../manifest/index.ts';
import {
  aggregate,
  withoutOverlaps,
  type AggregationStrategy,
  type Entity,
  type ScoredToken,
} from '../postprocess/aggregate.ts';
import type { Token, Tokenizer } from '../preprocess/tokenize.ts';
import type { Tensor } from '../tensor.ts';
import { softmax } from '../postprocess/softmax.ts';
import { checkNumbers } from './check-numbers.ts';
import { createFeeder, numbersOf, resultOf } from './feeds.ts';
import type { Task, TaskContext } from './task.ts';
import { checkText } from './text-input.ts';
import { loadTokenEncoder } from './text-encoder.ts';

/** A text, bare or as a field. */
export type TokenClassificationInput = string | { text: string };

/** What a call may ask of a token classification. */
export interface TokenClassificationOptions {
  /** How tokens become entities. @default what the archive says, else `none` */
  aggregationStrategy?: AggregationStrategy;
  /** Labels that are left out. @default ['O'] */
  ignoreLabels?: string[];
  /**
   * Reads a text that is longer than the model takes in windows, which overlap by this many tokens.
   *
   * @default the text is cut
   */
  stride?: number;
}

/** What a token classification answers. */
export interface TokenClassification {
  /** In the order of the text. */
  entities: Entity[];
}

/** Names, places and other things in a text, and where in it they are. */
export async function tokenClassification(
  context: TaskContext<TokenClassificationManifest>,
): Promise<Task<TokenClassificationInput, TokenClassificationOptions, TokenClassification>> {
  const { manifest } = context;
  const encoder = await loadTokenEncoder(context);
  const { tokenizer } = encoder;
  const feed = createFeeder(context, encoder.roles, 'a text');
  const stated = manifest.postprocess.findLast(({ step }) => step === 'aggregate');
  return {
    prepare(input, options) {
      const given: unknown = typeof input === 'string' ? input : (input as { text?: unknown } | null)?.text;
      const text = checkText(given, 'text', 'pass a string, or { text }');
      const { aggregationStrategy, ignoreLabels, stride } = checkOptions(options);
      const strategy = aggregationStrategy ?? stated?.strategy ?? 'none';
      const ignored = ignoreLabels ?? stated?.ignoreLabels ?? ['O'];
      if (stride !== undefined && strategy === 'none') {
        throw new InputError('stride', 'The option stride needs an aggregationStrategy other than none.');
      }
      const windows =
        stride === undefined
          ? [encoder.encode(text)]
          : encoder.windows(text, undefined, { maxTokens: encoder.maxTokens, stride });
      return {
        records: windows.map(({ tensors }) => feed(tensors)),
        finish(outputs) {
          const entities = windows.flatMap(({ tokens }, index) => {
            const logits = resultOf(context, outputs[index]!, 'logits', 'scores');
            const scored = scoredTokens(logits, tokens, text, tokenizer);
            return aggregate(scored, manifest.labels, strategy, (words) => tokenizer.join(words));
          });
          const kept = entities.filter(({ entity, entityGroup }) => !ignored.includes((entity ?? entityGroup)!));
          return { entities: windows.length > 1 ? withoutOverlaps(kept) : kept };
        },
      };
    },
  };
}

/** @param logits `[1, tokens, labels]` */
function scoredTokens(logits: Tensor, tokens: readonly Token[], text: string, tokenizer: Tokenizer): ScoredToken[] {
  const [, length = 0, labels = 0] = logits.dims;
  if (logits.type === 'string' || logits.dims.length !== 3 || length < tokens.length) {
    throw new InferenceError(
      'inference-failed',
      `The model gave ${logits.type} [${logits.dims.join(', ')}] where numbers of the shape [1, ${tokens.length}, labels] are wanted. Name the right output under "results" of inference.json: { "logits": "…" }.`,
    );
  }
  const values = numbersOf(logits);
  return tokens.flatMap((token, index) => {
    if (token.special) return [];
    const scores = checkNumbers(softmax(Array.from(values.slice(index * labels, (index + 1) * labels))));
    return [{ ...spelling(token, text, tokenizer), scores, index, start: token.start, end: token.end }];
  });
}

/** What a token is called, and whether it goes on with a word, by the rules of `gather_pre_entities` of Transformers. */
function spelling(
  { token, start, end }: Token,
  text: string,
  { continuation, special }: Tokenizer,
): Pick<ScoredToken, 'word' | 'isSubword'> {
  const found = text.slice(start, end);
  if (token === special.unk) return { word: found, isSubword: false };
  const isSubword = continuation
    ? Array.from(token).length !== Array.from(found).length
    : start > 0 && !text.slice(start - 1, start + 1).includes(' ');
  return { word: token, isSubword };
}

const strategies: readonly AggregationStrategy[] = ['none', 'simple', 'first', 'average', 'max'];

function checkOptions(options: TokenClassificationOptions): TokenClassificationOptions {
  const { aggregationStrategy, ignoreLabels, stride } = options;
  if (aggregationStrategy !== undefined && !strategies.includes(aggregationStrategy)) {
    throw new InputError(
      'aggregationStrategy',
      `The option aggregationStrategy is one of ${strategies.join(', ')}, not ${shown(aggregationStrategy)}.`,
    );
  }
  if (
    ignoreLabels !== undefined &&
    !(Array.isArray(ignoreLabels) && ignoreLabels.every((one) => typeof one === 'string'))
  ) {
    throw new InputError('ignoreLabels', 'The option ignoreLabels is a list of labels.');
  }
  if (stride !== undefined && !(Number.isInteger(stride) && stride >= 0)) {
    throw new InputError('stride', `The option stride is a whole number of 0 or more, not ${shown(stride)}.`);
  }
  return options;
}
