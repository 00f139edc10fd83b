import { InferenceError, InputError, ManifestError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { AutomaticSpeechRecognitionManifest, CtcStep } from '../manifest/index.ts';
import { bestPath, ctcText, ctcWords } from '../postprocess/ctc.ts';
import type { WorkerAudio } from '../preprocess/browser-audio.ts';
import { audioRate } from '../preprocess/audio-rate.ts';
import { createAudioFeeds } from './audio-feeds.ts';
import { checkNumbers } from './check-numbers.ts';
import { numbersOf, resultOf } from './feeds.ts';
import type { Task, TaskContext } from './task.ts';

/** What a call may ask of a model that is decoded by CTC. */
export interface CtcOptions {
  /** Whether to tell when each word was said. @default false */
  timestamps?: boolean;
}

/** What such a model answers. */
export interface CtcTranscript {
  text: string;
  /** With `timestamps`: the words, as they were heard. */
  chunks?: CtcChunk[];
}

/** One word, and when it was said. */
export interface CtcChunk {
  text: string;
  /** Seconds from the beginning of the sound. */
  start: number;
  /** Seconds from the beginning of the sound. */
  end: number;
}

/** Speech to text by a model that hears one token a frame: `logits [1, frames, tokens]`, decoded by CTC. */
export async function automaticSpeechRecognition(
  context: TaskContext<AutomaticSpeechRecognitionManifest>,
): Promise<Task<WorkerAudio, CtcOptions, CtcTranscript>> {
  const feedsOf = createAudioFeeds(context);
  const step = context.manifest.postprocess.find((one) => one.step === 'ctc') ?? { step: 'ctc' };
  const { tokens, blank } = await readTokens(context, step);
  const { wordDelimiter = '|', lowercase = false, cleanUp = false } = step;
  return {
    sampleRate: audioRate(context.manifest.preprocess),
    async prepare(audio, { timestamps }, signal) {
      if (timestamps !== undefined && typeof timestamps !== 'boolean') {
        throw new InputError('timestamps', `The option timestamps is true or false, not ${shown(timestamps)}.`);
      }
      const { feeds, samples, rate } = await feedsOf(audio, signal);
      return {
        records: [feeds],
        finish: ([outputs]) => {
          const logits = resultOf(context, outputs!, 'logits');
          const [, frames, width] = logits.dims;
          if (logits.dims.length !== 3 || !frames || !width) {
            throw new InferenceError(
              'inference-failed',
              `The model gave logits [${logits.dims.join(', ')}] where CTC wants [1, frames, tokens]. Perhaps the sound is too short for it.`,
            );
          }
          const heard = bestPath(checkNumbers(numbersOf(logits)), width, tokens, blank);
          const text = ctcText(heard, { wordDelimiter, lowercase, cleanUp });
          if (!timestamps) return { text };
          const stride = step.stride ?? samples / frames;
          const seconds = (frame: number): number => (frame * stride) / rate;
          const chunks = ctcWords(heard, wordDelimiter).map(({ text: word, start, end }) => ({
            text: word,
            start: seconds(start),
            end: seconds(end),
          }));
          return { text, chunks };
        },
      };
    },
  };
}

interface Tokens {
  /** By id. */
  readonly tokens: readonly (string | undefined)[];
  readonly blank: number;
}

/** Tokens of a `tokenizer.json`, or of a file that has ids by token. */
async function readTokens({ readJson }: Pick<TaskContext, 'readJson'>, step: CtcStep): Promise<Tokens> {
  const path = step.tokenizer ?? 'tokenizer.json';
  const json = await readJson(path);
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of entriesOf(json)) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > 1e6) {
      throw new ManifestError(
        'file-invalid',
        `${JSON.stringify(path)} has ${shown(id)} where the id of the token ${shown(token)} belongs. Tokens of one language are what is known: { "a": 0, "b": 1 }, or a tokenizer.json.`,
      );
    }
    tokens[id as number] = token;
  }
  const blank = step.blank ?? tokens.findIndex((token) => token === '<pad>' || token === '[PAD]');
  if (blank === -1) {
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(path)} has no token "<pad>" or "[PAD]". Say which one is the blank under "postprocess" of inference.json: { "step": "ctc", "blank": 0 }.`,
    );
  }
  return { tokens, blank };
}

/** Tokens with what stands where their ids belong. */
function entriesOf(json: Readonly<Record<string, unknown>>): [token: string, id: unknown][] {
  const { model, added_tokens: added } = json as { model?: { vocab?: unknown }; added_tokens?: unknown };
  // A vocabulary may have a token "model" too.
  if (typeof model !== 'object' || model === null) return Object.entries(json);
  const { vocab } = model;
  const first: [string, unknown][] = Array.isArray(vocab)
    ? vocab.map((entry: unknown, id) => [String(Array.isArray(entry) ? entry[0] : entry), id])
    : Object.entries(vocab ?? {});
  const more = Array.isArray(added) ? (added as { content?: unknown; id?: unknown }[]) : [];
  return [...first, ...more.map(({ content, id }): [string, unknown] => [String(content), id])];
}
