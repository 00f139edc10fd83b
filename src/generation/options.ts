import type { ChatMessage } from './messages.ts';
import type { ResponseFormat } from './constraint/response-format.ts';
import type { SamplingOptions } from './sampling/options.ts';
import type { TokenLogprob } from './sampling/sampler.ts';
import type { Tool, ToolCall, ToolChoice } from './tools.ts';

/**
 * What a text is to go on from: a prompt, as text or as token ids, which is taken as it is; or the messages of a chat,
 * which the model's own template makes a prompt of. An object may carry options as well, as the request of an OpenAI
 * client does.
 */
export type GenerationInput =
  | string
  | readonly ChatMessage[]
  | ({ readonly messages: readonly ChatMessage[] } & GenerationOptions)
  | ({ readonly prompt: string | readonly number[] } & GenerationOptions);

/**
 * How a text is written. Names are those of OpenAI's chat completions in camel case; those with underscores are taken as
 * well. What is left out is as the archive says, in `generation` of inference.json or in `generation_config.json`.
 */
export interface GenerationOptions extends SamplingOptions {
  /** Tokens of the answer at the most. @default as far as the context goes, up to 1,024 */
  maxTokens?: number;
  /** Texts that end the answer; they are not part of it. */
  stop?: string | readonly string[];
  /** Token ids that end the answer, beside the model's own. */
  stopTokens?: readonly number[];
  /** Answers to the same prompt. @default 1 */
  n?: number;
  /** Beams of a beam search; with more than one, nothing is left to chance. @default 1 */
  numBeams?: number;
  /** Of a beam search: sums of logarithms are divided by the length to this power. @default 1 */
  lengthPenalty?: number;
  /** Of a beam search: ends with the first `numBeams` answers. @default false */
  earlyStopping?: boolean | 'never';
  /** What the answer has to be: any text, JSON, JSON of a schema, a match of a regular expression, or one of several. */
  responseFormat?: ResponseFormat;
  /** Functions that the model may ask for; models that were not made to ask for any refuse them. */
  tools?: readonly Tool[];
  /** Whether it may, must, or which one it must. @default 'auto' */
  toolChoice?: ToolChoice;
  /** Whether an answer may ask for several at once; without, it ends with the first call. @default true */
  parallelToolCalls?: boolean;
  /**
   * What becomes of messages that the context has no room for: `drop-oldest` leaves out the oldest turns, so that there is
   * room for `maxTokens`, up to half of the context. @default 'error'
   */
  contextOverflow?: 'error' | 'drop-oldest';
  /** Variables of the model's template, as in `{ enable_thinking: false }`. */
  templateOptions?: Readonly<Record<string, unknown>>;
}

/** How a text is translated. */
export interface TranslationOptions extends GenerationOptions {
  /** The language of the text, where the model knows several: `'deu_Latn'`, `'de_DE'`, `'de'`. @default as its tokenizer says */
  sourceLanguage?: string;
  /** The language to translate into. @default as the model's files say */
  targetLanguage?: string;
}

/** Names of OpenAI's requests, for those who have written them already. */
export const openAiNames: Readonly<Record<string, keyof GenerationOptions>> = {
  max_tokens: 'maxTokens',
  max_completion_tokens: 'maxTokens',
  top_p: 'topP',
  top_k: 'topK',
  min_p: 'minP',
  typical_p: 'typicalP',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
  repetition_penalty: 'repetitionPenalty',
  logit_bias: 'logitBias',
  top_logprobs: 'topLogprobs',
  response_format: 'responseFormat',
  tool_choice: 'toolChoice',
  parallel_tool_calls: 'parallelToolCalls',
};

/** A piece of an answer, as it comes. */
export interface TextPiece {
  /** What goes on from the pieces before; empty while a character, a stop text or a call of a tool may be unfinished. */
  readonly text: string;
  /** The token's id; undefined of text that was held back until the end. */
  readonly token?: number;
  /** The logarithm of the probability that the model gave the token, with `logprobs`. */
  readonly logprob?: number;
  /** The likeliest tokens in its place, with `topLogprobs`. */
  readonly topLogprobs?: readonly TokenLogprob[];
  /** Which of `n` answers it is of. */
  readonly index: number;
  readonly done?: undefined;
}

/** The last of a stream. */
export interface GenerationEnd extends Generation {
  readonly text: '';
  readonly done: true;
}

/** Why an answer ended: by itself or a stop text, by `maxTokens` or the context, or since it asks for tools. */
export type FinishReason = 'stop' | 'length' | 'tool_calls';

/** A text that was written. */
export interface Generation {
  /** The text, without the prompt: that of the first choice. */
  readonly generatedText: string;
  /** The same as a message, to be put after the others. */
  readonly message: ChatMessage;
  readonly finishReason: FinishReason;
  /** All answers: `n` of them, or the beams, the best first. */
  readonly choices: readonly GenerationChoice[];
  readonly usage: GenerationUsage;
  readonly timings: GenerationTimings;
  /** What the random numbers began with: the same seed on the same device gives the same text. */
  readonly seed: number | undefined;
}

/** One of several answers. */
export interface GenerationChoice {
  readonly text: string;
  readonly message: ChatMessage;
  readonly finishReason: FinishReason;
  readonly toolCalls: readonly ToolCall[];
  /** With `logprobs`: each token's. */
  readonly logprobs?: readonly (TokenLogprob & { readonly topLogprobs?: readonly TokenLogprob[] })[];
  /** Of a beam: the sum of its logarithms by its length. */
  readonly score?: number;
}

/** Tokens, counted. */
export interface GenerationUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** Tokens of the prompt that had been computed for an earlier call. */
  readonly reusedTokens: number;
  /** Messages that the context had no room for. */
  readonly droppedMessages: number;
}

/** Milliseconds, in the worker. */
export interface GenerationTimings {
  /** From the call to the first token. */
  readonly timeToFirstTokenMs: number;
  /** From the call to the end. */
  readonly totalMs: number;
  /** Tokens a second after the first; 0 where there are no two. */
  readonly tokensPerSecond: number;
}
