import type { SamplingOptions } from '../sampling/options.ts';

/** What is to be written: what was said, or its translation into English. */
export type SpeechTask = 'transcribe' | 'translate';

/** What a call may ask of a speech recognition. Models that are decoded by CTC have `timestamps` alone. */
export interface SpeechRecognitionOptions extends Pick<SamplingOptions, SpeechSampling> {
  /** Whether to tell when it was said: each segment, or each word of a model that is decoded by CTC. @default false */
  timestamps?: boolean;
  /** The language that is spoken: `'en'`, `'de-AT'`, `'german'`. @default told by the beginning of the sound */
  language?: string;
  /** What to write. @default 'transcribe' */
  task?: SpeechTask;
  /** Tokens of each window of the sound at the most. @default as far as the context goes */
  maxTokens?: number;
}

/** Options of how tokens are chosen that speech has too. */
export type SpeechSampling =
  | 'doSample'
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'minP'
  | 'typicalP'
  | 'repetitionPenalty'
  | 'seed';

/** What a speech recognition answers. */
export interface Transcript {
  /** What was said, or its translation. The pieces of a stream make the same. */
  text: string;
  /** The code of the language, asked for or told by the sound, of a model that knows several and heard something. */
  language?: string;
  /** With `timestamps`: the segments, or the words of a model that is decoded by CTC. */
  chunks?: TranscriptChunk[];
}

/** Some words, and when they were said. */
export interface TranscriptChunk {
  text: string;
  /** Seconds from the beginning of the sound. */
  start: number;
  /** Seconds from the beginning of the sound. */
  end: number;
  /** The same two, of a model that writes token by token. */
  timestamp?: [start: number, end: number];
}

/** The last of a stream: the text is that of all pieces before it. */
export interface TranscriptEnd extends Omit<Transcript, 'text'> {
  readonly text: '';
  readonly done: true;
}
