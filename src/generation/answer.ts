import { createDetokenizer } from './detokenizer.ts';
import type { FinishReason, GenerationChoice, TextPiece } from './options.ts';
import type { GenerationRequest } from './request.ts';
import { forkSeed } from './sampling/random.ts';
import { createSampler, type Sampler, type TokenLogprob } from './sampling/sampler.ts';
import { createStopper } from './sampling/stop-strings.ts';
import type { TextModel } from './text-model.ts';
import { createToolCallReader, toolCallTokens } from './tool-calls.ts';
import type { ToolCall } from './tools.ts';

/** An answer on its way, from logits to text. */
export interface Answer {
  /** The prompt's tokens, and those of the answer that the model has to compute. */
  readonly tokens: number[];
  /** Chooses the next token, and gives away its text; undefined when the answer is at its end. */
  readonly choose: (logits: Float32Array) => number | undefined;
  /** Tokens so far, that which ended it left out. */
  readonly count: number;
  choice(): GenerationChoice;
}

/** Makes what writes one answer of a request. */
export function createAnswer(
  model: TextModel,
  request: GenerationRequest,
  index: number,
  onPiece: (piece: TextPiece) => void,
): Answer {
  const { prompt, maxTokens, sampling, seed, endTokens, constraint } = request;
  const own = seed === undefined ? sampling : { ...sampling, seed: index === 0 ? seed : forkSeed(seed, index) };
  const resumed = request.resume[index] ?? [];
  let sampler: Sampler | undefined;
  const matcher = constraint?.clone();
  const text = createAnswerText(model, request);
  const tokens = [...prompt];
  const logprobs: (TokenLogprob & { topLogprobs?: readonly TokenLogprob[] })[] = [];
  let count = 0;
  let finishReason: FinishReason | undefined;
  const end = (reason: FinishReason): undefined => {
    const rest = text.end();
    if (rest !== '') onPiece({ text: rest, index });
    finishReason = text.toolCalls.length > 0 ? 'tool_calls' : reason;
    return undefined;
  };
  /** @returns why it is the last one, if it is */
  const take = (token: number): { piece: string; reason: FinishReason | undefined } => {
    count++;
    matcher?.accept(token);
    const { piece, isStopped } = text.push(token);
    const isOver = isStopped || matcher?.isOver;
    return { piece, reason: isOver ? 'stop' : count >= maxTokens ? 'length' : undefined };
  };
  let over: FinishReason | undefined;
  for (const token of resumed) {
    over ??= take(token).reason;
    tokens.push(token);
  }
  return {
    tokens,
    get count() {
      return count;
    },
    choose(logits) {
      // Of several answers, one was through when the engine was lost.
      if (over) return end(over);
      if (!sampler) {
        // How many there are, not all models say before.
        sampler = createSampler(own, logits.length, prompt);
        for (const token of resumed) sampler.replay(token);
      }
      const constrain = matcher && ((all: Float32Array): void => matcher.mask(all, maxTokens - count));
      const { token, logprob, topLogprobs } = sampler.next(logits, constrain);
      if (endTokens.has(token)) return end('stop');
      const { piece, reason } = take(token);
      const told = { ...(logprob !== undefined && { logprob }), ...(topLogprobs && { topLogprobs }) };
      if (logprob !== undefined) logprobs.push({ token, logprob, ...(topLogprobs && { topLogprobs }) });
      onPiece({ text: piece, token, index, ...told });
      return reason === undefined ? token : end(reason);
    },
    choice: () => ({
      ...choiceOf(text.shown, text.toolCalls, finishReason ?? 'length'),
      ...(logprobs.length > 0 && { logprobs }),
    }),
  };
}

/** An answer as text and calls of tools. */
export function choiceOf(
  text: string,
  toolCalls: readonly ToolCall[],
  finishReason: FinishReason,
): Omit<GenerationChoice, 'logprobs' | 'score'> {
  const message = {
    role: 'assistant' as const,
    content: text === '' && toolCalls.length > 0 ? null : text,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  return { text, message, finishReason, toolCalls };
}

/** What tokens become for people: stop texts are left out, and calls of tools read. */
export interface AnswerText {
  readonly shown: string;
  readonly toolCalls: readonly ToolCall[];
  push(token: number): { piece: string; isStopped: boolean };
  /** What was held back. */
  end(): string;
}

/** Makes what turns the tokens of an answer into its text. */
export function createAnswerText(
  model: TextModel,
  { prompt, stop, tools, parallelToolCalls }: GenerationRequest,
): AnswerText {
  const format = tools.length > 0 ? model.toolFormat : undefined;
  const keep = format && toolCallTokens(format);
  const detokenizer = createDetokenizer(model.tokenizer, { prompt, skipSpecial: true, keep });
  const stopper = createStopper(stop);
  const reader = format && createToolCallReader(format, { tools });
  const toolCalls: ToolCall[] = [];
  let shown = '';
  let isStopped = false;
  const read = (text: string, isLast: boolean): string => {
    let visible = text;
    if (reader) {
      const found = reader.push(text);
      const rest = isLast ? reader.end() : undefined;
      visible = found.text + (rest?.text ?? '');
      toolCalls.push(...found.calls, ...(rest?.calls ?? []));
      if (!parallelToolCalls) toolCalls.splice(1);
    }
    shown += visible;
    return visible;
  };
  return {
    get shown() {
      return shown;
    },
    toolCalls,
    push(token) {
      const { text, stopped } = stopper.push(detokenizer.push(token));
      const piece = read(text, false);
      isStopped = stopped || (!parallelToolCalls && toolCalls.length > 0);
      return { piece, isStopped };
    },
    end() {
      // What comes after the only call is none of the answer.
      if (!parallelToolCalls && toolCalls.length > 0) return '';
      if (isStopped) return read('', true);
      const last = stopper.push(detokenizer.end());
      return read(last.text + (last.stopped ? '' : stopper.finish()), true);
    },
  };
}
