import { InferenceError, InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { QuestionAnsweringManifest } from '../manifest/index.ts';
import { answerSpans, type Span } from '../postprocess/answer-span.ts';
import type { EncodedText, TextEncoding } from '../preprocess/text.ts';
import type { Token } from '../preprocess/tokenize.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkTopK } from './classify.ts';
import { createFeeder, numbersOf, resultOf } from './feeds.ts';
import type { Task, TaskContext } from './task.ts';
import { checkText } from './text-input.ts';
import { loadTokenEncoder } from './text-encoder.ts';

/** A question and where to look for its answer. */
export interface QuestionAnsweringInput {
  question: string;
  /** The text that has the answer in it. One that is longer than the model takes is read in windows. */
  context: string;
}

/** What a call may ask of a question answering. */
export interface QuestionAnsweringOptions {
  /** How many answers to give, the likeliest first. @default 1 */
  topK?: number;
  /** @default 15 */
  maxAnswerTokens?: number;
  /** Whether "no answer", an empty string, may be among the answers. @default false */
  handleImpossible?: boolean;
  /** Tokens by which windows overlap. @default 128, or half a window where that is less */
  stride?: number;
}

/** What a question answering answers. */
export interface QuestionAnswering {
  /** The likeliest first. */
  answers: Answer[];
}

/** One answer, and where it is. */
export interface Answer {
  /** As it is in the context, in whole words. */
  answer: string;
  score: number;
  /** UTF-16 units of the context. */
  start: number;
  end: number;
}

/** Finds the part of a text that answers a question. */
export async function questionAnswering(
  context: TaskContext<QuestionAnsweringManifest>,
): Promise<Task<QuestionAnsweringInput, QuestionAnsweringOptions, QuestionAnswering>> {
  const encoder = await loadTokenEncoder(context);
  const { tokenizer } = encoder;
  const feed = createFeeder(context, encoder.roles, 'a question with its context');
  const noAnswer = tokenizer.special.cls;
  return {
    prepare(input, options) {
      checkOptions(options);
      const { topK = 1, maxAnswerTokens = 15, handleImpossible = false } = options;
      const { question, context: passage } = (input ?? {}) as Partial<QuestionAnsweringInput>;
      checkText(question, 'question', 'pass { question, context }');
      checkText(passage, 'context', 'pass { question, context }');
      const windows = windowsOf(encoder, question!, passage!, options.stride);
      return {
        records: windows.map(({ tensors }) => feed(tensors)),
        finish(outputs) {
          let none = 1;
          const answers = windows.flatMap(({ tokens }, index) => {
            const { start, end } = endsOf(outputs[index]!, tokens.length, context);
            const allowed = tokens.map(({ token, sequence }, at) => (at === 0 ? token === noAnswer : sequence === 1));
            const found = answerSpans(start, end, allowed, { topK, maxTokens: maxAnswerTokens });
            checkNumbers([found.none, ...found.spans.map(({ score }) => score)]);
            none = Math.min(none, found.none);
            return found.spans.map((span) => answerOf(span, tokens, passage!));
          });
          if (handleImpossible) answers.push({ score: none, start: 0, end: 0, answer: '' });
          return { answers: answers.toSorted((a, b) => b.score - a.score).slice(0, topK) };
        },
      };
    },
  };
}

/**
 * Logits of where the answer starts and where it ends: two outputs `[1, tokens]`, or one of both, `[1, tokens, 2]`.
 *
 * @throws {InferenceError} for another shape.
 */
function endsOf(
  outputs: NamedTensors,
  tokens: number,
  context: Pick<TaskContext, 'manifest'>,
): { start: ArrayLike<number>; end: ArrayLike<number> } {
  const [first, last] = [resultOf(context, outputs, 'start_logits'), resultOf(context, outputs, 'end_logits')];
  const isNumbers = ({ type }: Tensor): boolean => type !== 'string';
  if (first === last && isNumbers(first) && first.dims.length === 3) {
    const [batch, length, both] = first.dims;
    if (batch === 1 && length! >= tokens && both === 2) {
      const values = numbersOf(first);
      return { start: values.filter((_, at) => at % 2 === 0), end: values.filter((_, at) => at % 2 === 1) };
    }
  }
  const isRow = (tensor: Tensor): boolean =>
    isNumbers(tensor) && tensor.dims.filter((dim) => dim !== 1).length <= 1 && tensor.data.length >= tokens;
  if (first !== last && isRow(first) && isRow(last)) return { start: numbersOf(first), end: numbersOf(last) };
  const shapes = [...new Set([first, last])].map(({ type, dims }) => `${type} [${dims.join(', ')}]`).join(' and ');
  throw new InferenceError(
    'inference-failed',
    `The model gave ${shapes} where an answer's start and end are two outputs [1, ${tokens}], or one [1, ${tokens}, 2]. Name them under "results" of inference.json: { "start_logits": "…", "end_logits": "…" }.`,
  );
}

/** Longer windows are none the better; the pipeline of Transformers has the same. */
const maxWindow = 384;

function windowsOf(encoder: TextEncoding, question: string, context: string, given: number | undefined): EncodedText[] {
  const maxTokens = Math.min(maxWindow, encoder.maxTokens);
  const stride = given ?? Math.min(128, Math.floor(maxTokens / 2));
  try {
    return encoder.windows(question, context, { maxTokens, stride });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(
      'question',
      `The question is too long for the model, which takes ${maxTokens} tokens. ${cause.message}`,
      {
        cause,
      },
    );
  }
}

/** An answer has whole words, as far as they are in the window. */
function answerOf({ start: first, end: last, score }: Span, tokens: readonly Token[], context: string): Answer {
  const start = tokens.find(({ sequence, word }) => sequence === 1 && word === tokens[first]!.word)!.start;
  const { end } = tokens.findLast(({ sequence, word }) => sequence === 1 && word === tokens[last]!.word)!;
  return { answer: context.slice(start, end), score, start, end };
}

function checkOptions(options: QuestionAnsweringOptions): void {
  checkTopK(options);
  const { maxAnswerTokens, handleImpossible, stride } = options;
  if (maxAnswerTokens !== undefined && !(Number.isInteger(maxAnswerTokens) && maxAnswerTokens > 0)) {
    throw new InputError(
      'maxAnswerTokens',
      `The option maxAnswerTokens is a whole number above 0, not ${shown(maxAnswerTokens)}.`,
    );
  }
  if (handleImpossible !== undefined && typeof handleImpossible !== 'boolean') {
    throw new InputError(
      'handleImpossible',
      `The option handleImpossible is true or false, not ${shown(handleImpossible)}.`,
    );
  }
  if (stride !== undefined && !(Number.isInteger(stride) && stride >= 0)) {
    throw new InputError('stride', `The option stride is a whole number of 0 or more, not ${shown(stride)}.`);
  }
}
