import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import { checkSampling, type SamplingOptions } from '../sampling/options.ts';
import { freshSeed } from '../sampling/random.ts';
import { shortList } from '../short-list.ts';
import type { SpeechModel } from './speech-model.ts';
import type { SpeechSampling } from './transcript.ts';

/** A request that was looked through. */
export interface TranscriptionRequest {
  readonly timestamps: boolean;
  /** Its code; undefined where the model is to tell it, or knows only one. */
  readonly language: string | undefined;
  /** The token of the task; undefined where the model knows only one. */
  readonly task: number | undefined;
  readonly maxTokens: number | undefined;
  readonly sampling: SamplingOptions;
  /** Tokens that were written already, by an engine that was lost. */
  readonly resume: readonly number[];
}

const samplingNames: readonly SpeechSampling[] = [
  'doSample',
  'temperature',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'repetitionPenalty',
  'seed',
];

const names: readonly string[] = ['timestamps', 'language', 'task', 'maxTokens', ...samplingNames];

/**
 * Looks the options of a call through.
 *
 * @throws {InputError} that names the option at fault.
 */
export function readSpeechRequest(model: SpeechModel, given: object): TranscriptionRequest {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const unknown = Object.keys(said).find((name) => name !== 'resume' && !names.includes(name));
  if (unknown !== undefined)
    throw new InputError(unknown, `The task has no option ${shown(unknown)}; its options are ${names.join(', ')}.`);
  // Who says how to draw wants it drawn, whatever the archive does where nothing is said.
  const draws = ['temperature', 'topK', 'topP', 'minP', 'typicalP'].some((name) => said[name] !== undefined);
  const options: Record<string, unknown> = { ...model.defaults, ...(draws && { doSample: true }), ...said };
  const { timestamps = false, language, task = 'transcribe', maxTokens, resume } = options;
  const sampling = Object.fromEntries(samplingNames.map((name) => [name, options[name]])) as SamplingOptions;
  checkSampling(sampling);
  if (typeof timestamps !== 'boolean')
    throw new InputError('timestamps', `The option timestamps is true or false, not ${shown(timestamps)}.`);
  if (timestamps && model.firstTimestamp === undefined)
    throw new InputError('timestamps', 'The model has no tokens for times. Leave timestamps out.');
  const most = model.contextLength;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) >= 1)) {
    throw new InputError(
      'maxTokens',
      `The option maxTokens is a whole number from 1 to ${most}, not ${shown(maxTokens)}.`,
    );
  }
  const draw = sampling.doSample !== false && sampling.temperature !== 0;
  return {
    timestamps,
    language: languageOf(model, language),
    task: taskOf(model, task),
    maxTokens: maxTokens as number | undefined,
    sampling: draw ? { ...sampling, seed: sampling.seed ?? freshSeed() } : sampling,
    resume: (resume as readonly (readonly number[])[] | undefined)?.[0] ?? [],
  };
}

function taskOf({ tasks, languages }: SpeechModel, task: unknown): number | undefined {
  if (task !== 'transcribe' && task !== 'translate')
    throw new InputError('task', `The option task is 'transcribe' or 'translate', not ${shown(task)}.`);
  const token = tasks[task];
  if (token !== undefined || (languages.size === 0 && task === 'transcribe')) return token;
  throw new InputError(
    'task',
    languages.size === 0
      ? 'The model hears English only, and has nothing to translate. Leave the task out, or take a model of several languages.'
      : `The model has no token for the task '${task}'. Leave it out.`,
  );
}

/** By its code, its token, a code with a region, or its name in English. */
function languageOf({ languages }: SpeechModel, language: unknown): string | undefined {
  if (language === undefined || language === null) return undefined;
  if (typeof language !== 'string')
    throw new InputError('language', `The option language is a code such as 'en', not ${shown(language)}.`);
  const wanted = language.toLowerCase().replaceAll(/^<\||\|>$/g, '');
  const [base] = wanted.split(/[-_]/);
  const isNamed = (code: string): boolean => wanted === code || base === code || wanted === nameOf(code);
  if (languages.size === 0) {
    if (isNamed('en')) return undefined;
    throw new InputError(
      'language',
      `The model hears English only, and no ${shown(language)}. Leave the language out, or take a model of several languages.`,
    );
  }
  const found = languages.has(wanted) ? wanted : [...languages.keys()].find(isNamed);
  if (found !== undefined) return found;
  throw new InputError(
    'language',
    `The model knows no language ${shown(language)}; it knows ${shortList([...languages.keys()])}. Leave it out to have it told by the sound.`,
  );
}

const english = new Intl.DisplayNames('en', { type: 'language' });

function nameOf(code: string): string | undefined {
  try {
    return english.of(code)?.toLowerCase();
  } catch {
    return undefined;
  }
}
