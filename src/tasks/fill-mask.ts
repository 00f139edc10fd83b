import { InferenceError, InputError, ManifestError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { FillMaskManifest } from '../manifest/index.ts';
import { align } from '../preprocess/text-aligned.ts';
import type { Tokenizer } from '../preprocess/tokenize.ts';
import type { Tensor } from '../tensor.ts';
import { softmax } from '../postprocess/softmax.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkTopK } from './classify.ts';
import { createFeeder, numbersOf, resultOf } from './feeds.ts';
import type { Task, TaskContext } from './task.ts';
import { checkText } from './text-input.ts';
import { loadTextEncoder } from './text-encoder.ts';

/** A text with the model's mask in it: `[MASK]`, or `<mask>`. */
export type FillMaskInput = string | { text: string };

/** What a call may ask of a model that fills masks. */
export interface FillMaskOptions {
  /** How many fillings to give for each mask, the likeliest first. @default 5 */
  topK?: number;
  /** Chooses among these words, or their first tokens where the vocabulary does not have them. @default all tokens */
  targets?: string[];
}

/** What a model that fills masks answers. */
export interface FillMask {
  /** For each mask, in the order of the text, its fillings, the likeliest first. */
  masks: Filling[][];
}

/** One token in the place of a mask. */
export interface Filling {
  /** Its probability, from 0 to 1. */
  score: number;
  /** The token's id. */
  token: number;
  /** The token as text. */
  tokenString: string;
  /** The text with the mask filled; other masks stay. */
  sequence: string;
}

/** Guesses the words that masks in a text stand for. */
export async function fillMask(
  context: TaskContext<FillMaskManifest>,
): Promise<Task<FillMaskInput, FillMaskOptions, FillMask>> {
  const encoder = await loadTextEncoder(context);
  const { tokenizer } = encoder;
  const mask = tokenizer?.special.mask;
  if (!tokenizer || mask === undefined) {
    throw new ManifestError(
      'task-unsupported',
      `fill-mask needs a mask token, and ${tokenizer ? 'the tokenizer has none: name it as "mask_token" in tokenizer_config.json' : 'no step of preprocess tokenizes'}.`,
    );
  }
  const feed = createFeeder(context, encoder.roles, 'a text');
  return {
    prepare(input, options) {
      const { topK = 5 } = options;
      checkTopK(options);
      const targets = targetsOf(options.targets, tokenizer);
      const given: unknown = typeof input === 'string' ? input : (input as { text?: unknown } | null)?.text;
      const text = checkText(given, 'text', 'pass a string, or { text }');
      const { tensors, tokens } = encoder.encode(text);
      const ids = tokens.map(({ id }) => id);
      const maskId = tokenizer.idOf(mask);
      const places = ids.flatMap((id, place) => (id === maskId ? [place] : []));
      if (places.length === 0) {
        throw new InputError(
          'text',
          text.includes(mask)
            ? `The text's ${mask} comes after the ${encoder.maxTokens} tokens that the model takes. Shorten the text.`
            : `The text has no ${mask} in it, which stands for the word to guess.`,
        );
      }
      return {
        records: [feed(tensors)],
        finish([outputs]) {
          const logits = resultOf(context, outputs!, 'logits', 'prediction_logits');
          const filled = (place: number, id: number): number[] =>
            ids.with(place, id).filter((one, at) => !tokens[at]!.padding && one !== tokenizer.padding.id);
          return {
            masks: places.map((place) =>
              best(scoresAt(logits, place), targets, topK).map(({ id, score }) => ({
                score,
                token: id,
                tokenString: tokenizer.decode([id]),
                // The other masks would go with the special tokens.
                sequence: tokenizer.decode(filled(place, id), { skipSpecial: places.length === 1 }),
              })),
            ),
          };
        },
      };
    },
  };
}

/** @param logits `[1, tokens, vocabulary]` */
function scoresAt(logits: Tensor, place: number): number[] {
  const [, length = 0, size = 0] = logits.dims;
  if (logits.type === 'string' || logits.dims.length !== 3 || place >= length) {
    throw new InferenceError(
      'inference-failed',
      `The model gave ${logits.type} [${logits.dims.join(', ')}] where numbers of the shape [1, tokens, vocabulary] are wanted. Name the right output under "results" of inference.json: { "logits": "…" }.`,
    );
  }
  return checkNumbers(softmax(Array.from(numbersOf(logits).slice(place * size, (place + 1) * size))));
}

function best(
  scores: readonly number[],
  targets: readonly number[] | undefined,
  topK: number,
): { id: number; score: number }[] {
  return (targets ?? Array.from(scores.keys()))
    .map((id) => ({ id, score: scores[id] ?? 0 }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, topK);
}

/** @throws {InputError} on `targets`, or the one of them that has no token. */
function targetsOf(targets: unknown, tokenizer: Tokenizer): number[] | undefined {
  if (targets === undefined) return undefined;
  if (!Array.isArray(targets) || targets.length === 0 || !targets.every((one) => typeof one === 'string')) {
    throw new InputError('targets', 'The option targets is a list of one word or more.');
  }
  const ids = targets.map((target, index) => {
    const id = tokenizer.idOf(target) ?? tokenizer.tokenize(align(target), 0)[0]?.id;
    if (id !== undefined) return id;
    throw new InputError(`targets.${index}`, `The target ${shown(target)} has no token in the model's vocabulary.`);
  });
  return [...new Set(ids)];
}
