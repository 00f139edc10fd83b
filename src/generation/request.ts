import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import { checkDepth } from './constraint/check-depth.ts';
import { compileConstraint } from './constraint/compile-constraint.ts';
import type { Matcher } from './constraint/matcher.ts';
import { checkMessages, type CheckedMessage } from './messages.ts';
import { openAiNames, type GenerationInput, type GenerationOptions, type TranslationOptions } from './options.ts';
import { checkSampling, type SamplingOptions } from './sampling/options.ts';
import { freshSeed } from './sampling/random.ts';
import type { TextModel } from './text-model.ts';
import { checkToolChoice, checkTools, type Tool } from './tools.ts';

/** A request that was looked through: a prompt in tokens, and all that it takes to write the answer. */
export interface GenerationRequest {
  /** Tokens that the decoder goes on from. */
  readonly prompt: readonly number[];
  /** Tokens of what was given: those of the prompt, or those that an encoder reads. */
  readonly source: readonly number[];
  /** Tokens that are the beginning of each answer already: what another engine wrote before it was lost. */
  readonly resume: readonly (readonly number[])[];
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  readonly seed: number | undefined;
  readonly n: number;
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly stop: readonly string[];
  readonly endTokens: ReadonlySet<number>;
  /** What keeps answers to their form; each has a clone. */
  readonly constraint: Matcher | undefined;
  readonly tools: readonly Tool[];
  /** Whether an answer may have several calls. */
  readonly parallelToolCalls: boolean;
  readonly droppedMessages: number;
}

/**
 * Looks a request through, and makes its prompt.
 *
 * @throws {InputError} that names the option, or the message, at fault.
 */
export function readRequest(model: TextModel, input: GenerationInput, given: GenerationOptions): GenerationRequest {
  const { text, options } = readInput(model, input, given);
  const {
    maxTokens,
    stop = [],
    stopTokens = [],
    n = 1,
    numBeams = 1,
    lengthPenalty = 1,
    earlyStopping = false,
    responseFormat,
    tools,
    toolChoice: wantedChoice = 'auto',
    parallelToolCalls = true,
    contextOverflow = 'error',
    templateOptions = {},
    sourceLanguage,
    targetLanguage,
    resume = [],
    ...sampling
  } = options as TranslationOptions & { resume?: readonly (readonly number[])[] };
  checkSampling(sampling);
  checkWhole('maxTokens', maxTokens, 1, 2 ** 31);
  checkWhole('n', n, 1, mostAnswers);
  checkWhole('numBeams', numBeams, 1, mostAnswers);
  checkStop(stop);
  checkTokens('stopTokens', stopTokens, model);
  checkOneOf('contextOverflow', contextOverflow, ['error', 'drop-oldest']);
  if (numBeams > 1 && n > numBeams) {
    throw new InputError(
      'n',
      `A beam search of ${numBeams} beams has no ${n} answers. Lower n to ${numBeams}, or raise numBeams.`,
    );
  }
  checkOneOf('earlyStopping', earlyStopping, [true, false, 'never']);
  checkOneOf('parallelToolCalls', parallelToolCalls, [true, false]);
  if (typeof templateOptions !== 'object' || Array.isArray(templateOptions)) {
    throw new InputError(
      'templateOptions',
      `The option templateOptions is an object with variables of the template, not ${shown(templateOptions)}.`,
    );
  }
  if (typeof lengthPenalty !== 'number' || !Number.isFinite(lengthPenalty)) {
    throw new InputError('lengthPenalty', `The option lengthPenalty is a number, not ${shown(lengthPenalty)}.`);
  }
  checkDepth('responseFormat', responseFormat);
  checkDepth('tools', tools);
  const offered = tools === undefined ? [] : checkTools(tools);
  const toolChoice = checkToolChoice(wantedChoice, offered);
  const known = toolChoice === 'none' ? [] : offered;
  if (text.kind === 'prompt' && known.length > 0 && !model.toolFormat) {
    const why = model.startTokens
      ? 'The model writes one text of another'
      : "The model's chat template has no place for tools";
    throw new InputError('tools', `${why}: it was not made to call any. Leave the tools out, or take another model.`);
  }
  const room = model.contextLength ?? Infinity;
  // What is asked for at the most is rarely what is written: half of the context is left to the turns before.
  const wanted = Math.min(maxTokens ?? usualTokens, Math.max(1, Math.floor(room / (maxTokens === undefined ? 4 : 2))));
  const asked = (messages: readonly CheckedMessage[]): readonly number[] =>
    model.encodeChat(messages, { tools: known, templateOptions });
  let droppedMessages = 0;
  let prompt: readonly number[];
  if (text.kind === 'prompt') {
    if (text.tokens && sourceLanguage !== undefined)
      throw new InputError('sourceLanguage', 'Token ids have their language in them. Pass a text, or leave it out.');
    prompt =
      text.tokens ??
      (sourceLanguage === undefined
        ? model.encode(text.text)
        : // Only models that translate have the option.
          model.languages!.encode(text.text, sourceLanguage));
  } else {
    const { messages } = text;
    prompt = asked(messages);
    if (contextOverflow === 'drop-oldest' && prompt.length + wanted > room) {
      const shorter = withoutOldestTurns(messages);
      // With fewer turns a prompt is shorter: the first that fits is found by halves.
      let [least, most] = [0, shorter.length - 1];
      while (least < most) {
        const middle = (least + most) >> 1;
        if (asked(shorter[middle]!).length + wanted > room) least = middle + 1;
        else most = middle;
      }
      const left = shorter[most] ?? messages;
      droppedMessages = messages.length - left.length;
      prompt = asked(left);
    }
  }
  if (prompt.length === 0)
    throw new InputError('prompt', 'The prompt is empty: the model needs a token to go on from.');
  checkTokens('prompt', prompt, model);
  const source = prompt;
  if (model.startTokens) {
    if (text.kind === 'chat')
      throw new InputError('input', 'The model writes one text of another, and takes no messages. Pass a string.');
    prompt =
      targetLanguage === undefined ? model.startTokens : model.languages!.begin(model.startTokens, targetLanguage);
  }
  if (source.length >= room) {
    const remedy =
      text.kind === 'prompt' || contextOverflow === 'drop-oldest'
        ? 'Shorten it.'
        : "Shorten it, or leave out the oldest turns with { contextOverflow: 'drop-oldest' }.";
    throw new InputError(
      text.kind === 'prompt' ? 'prompt' : 'messages',
      `The prompt is ${source.length} tokens long, and the context of the model has room for ${room}, its answer included. ${remedy}`,
    );
  }
  const left = Math.min(maxTokens ?? usualTokens, room - prompt.length);
  const constraint = model.follow(JSON.stringify([responseFormat, known, toolChoice]), stopTokens, () =>
    compileConstraint(responseFormat, { tools: known, toolChoice, toolFormat: model.toolFormat ?? 'json' }),
  );
  if (constraint && numBeams > 1) {
    throw new InputError(
      'numBeams',
      'A beam search keeps to no form: it takes no responseFormat, and no toolChoice that asks for a call. Leave numBeams out, or set it to 1.',
    );
  }
  constraint?.checkRoom(left);
  const isGreedy = sampling.doSample === false || sampling.temperature === 0 || numBeams > 1;
  return {
    prompt,
    source,
    resume,
    maxTokens: left,
    sampling: numBeams > 1 ? { ...sampling, doSample: false } : sampling,
    seed: isGreedy ? undefined : (sampling.seed ?? freshSeed()),
    n,
    beams: numBeams,
    lengthPenalty,
    earlyStopping,
    stop: [
      ...(typeof stop === 'string' ? [stop] : stop),
      // An answer of a form ends where that does.
      ...(text.kind === 'chat' && !constraint ? model.stopOfChat : []),
    ],
    endTokens: new Set([...model.endTokens, ...stopTokens]),
    constraint,
    tools: known,
    parallelToolCalls,
    droppedMessages,
  };
}

/** Tokens of an answer, where nothing says otherwise. */
const usualTokens = 1024;

const mostAnswers = 64;

type Text =
  | { readonly kind: 'prompt'; readonly text: string; readonly tokens?: readonly number[] }
  | { readonly kind: 'chat'; readonly messages: readonly CheckedMessage[] };

/** Fields of OpenAI's requests that say nothing here. */
const ignored: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'user',
  'store',
  'metadata',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
]);

function readInput(
  model: TextModel,
  input: GenerationInput,
  given: GenerationOptions,
): { text: Text; options: GenerationOptions } {
  if (typeof input === 'string') return { text: { kind: 'prompt', text: input }, options: optionsOf(model, given) };
  if (Array.isArray(input)) {
    return { text: { kind: 'chat', messages: checkMessages(input) }, options: optionsOf(model, given) };
  }
  if (typeof input !== 'object' || input === null) {
    throw new InputError('input', `Pass a prompt, a list of messages, or { messages }, not ${shown(input)}.`);
  }
  const { messages, prompt, ...rest } = input as { messages?: unknown; prompt?: unknown };
  const options = optionsOf(model, { ...rest, ...given });
  if (messages !== undefined) return { text: { kind: 'chat', messages: checkMessages(messages) }, options };
  if (typeof prompt === 'string') return { text: { kind: 'prompt', text: prompt }, options };
  if (Array.isArray(prompt)) return { text: { kind: 'prompt', text: '', tokens: prompt as number[] }, options };
  throw new InputError('prompt', `The prompt is a text or a list of token ids, not ${shown(prompt)}.`);
}

/** With the archive's own where a call says nothing, and under one name each. */
function optionsOf(model: TextModel, given: object): GenerationOptions {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || ignored.has(name)) continue;
    const own = openAiNames[name] ?? name;
    const isKnown = optionNames.has(own) || (model.languages && languageNames.includes(own));
    if (!isKnown) {
      const known = [...optionNames, ...(model.languages ? languageNames : [])].filter((one) => one !== 'resume');
      throw new InputError(name, `The task has no option ${shown(name)}; its options are ${known.join(', ')}.`);
    }
    options[own] = value;
  }
  // Who says how to draw wants it drawn, whatever the archive does where nothing is said.
  const draws = ['temperature', 'topK', 'topP', 'minP', 'typicalP'].some((name) => options[name] !== undefined);
  return { ...model.defaults, ...(draws && { doSample: true }), ...options };
}

const names: { readonly [Name in keyof GenerationOptions]-?: true } & { resume: true } = {
  maxTokens: true,
  stop: true,
  stopTokens: true,
  n: true,
  numBeams: true,
  lengthPenalty: true,
  earlyStopping: true,
  responseFormat: true,
  tools: true,
  toolChoice: true,
  parallelToolCalls: true,
  contextOverflow: true,
  templateOptions: true,
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  typicalP: true,
  repetitionPenalty: true,
  frequencyPenalty: true,
  presencePenalty: true,
  logitBias: true,
  seed: true,
  logprobs: true,
  topLogprobs: true,
  doSample: true,
  resume: true,
};

const optionNames: ReadonlySet<string> = new Set(Object.keys(names));

const languageNames: readonly string[] = ['sourceLanguage', 'targetLanguage'] satisfies (keyof TranslationOptions)[];

/** Without the oldest message of a person and all that came of it, without the two oldest, and so on to the last one. */
function withoutOldestTurns(messages: readonly CheckedMessage[]): CheckedMessage[][] {
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  return messages.flatMap(({ role }, index) =>
    role === 'user' && index > first ? [[...messages.slice(0, first), ...messages.slice(index)]] : [],
  );
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)) return;
  throw new InputError(name, `The option ${name} is a whole number from ${least} to ${most}, not ${shown(value)}.`);
}

function checkOneOf(name: string, value: unknown, all: readonly unknown[]): void {
  if (all.includes(value)) return;
  throw new InputError(name, `The option ${name} is one of ${all.join(', ')}, not ${shown(value)}.`);
}

function checkStop(stop: unknown): void {
  const all: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  if (all.every((one) => typeof one === 'string' && one !== '')) return;
  throw new InputError('stop', 'The option stop is a text, or a list of texts, none of them empty.');
}

function checkTokens(name: string, tokens: readonly unknown[], { size = Infinity }: TextModel): void {
  if (!Array.isArray(tokens)) throw new InputError(name, `The option ${name} is a list of token ids.`);
  const wrong = tokens.find((token) => !Number.isInteger(token) || Number(token) < 0 || Number(token) >= size);
  if (wrong === undefined) return;
  throw new InputError(
    name,
    `There is no token ${shown(wrong)}: the model knows ${size}, from 0. A tokenizer that gives it is not the model's own.`,
  );
}
