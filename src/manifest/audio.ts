import * as v from 'valibot';
import { count, finite, path, type BaseManifest } from './base.ts';
import { writtenFields, type GeneratedText } from './generation.ts';
import { labels, scoreStep, type ScoreStep } from './score.ts';

/**
 * From sound to what the model is fed. Channels are averaged into one first. In the order given:
 *
 * - `resample`: to `rate` samples a second, as `scipy.signal.resample_poly` does. Always there, and always first.
 * - `pad-or-trim`: to `samples`, zeros at the end.
 * - `normalize`: mean 0 and variance 1, `(x - mean) / sqrt(variance + 1e-7)`; zeros of the padding stay.
 * - `log-mel`: a spectrogram on the mel scale, by default exactly Whisper's.
 * - `fbank`: Kaldi's logarithmic mel filter bank, as the Audio Spectrogram Transformer hears.
 * - `mfcc`: the cepstral coefficients of a mel spectrogram in decibels, `librosa.feature.mfcc` (DCT-II, orthonormal).
 *
 * Samples become `input_values [1, samples]`; a spectrogram, which can only stand last, `input_features [1, bins,
 * frames]`. Both have an `attention_mask`, 0 on the padding.
 */
export type AudioStep =
  | { readonly step: 'resample'; readonly rate: number }
  | { readonly step: 'pad-or-trim'; readonly samples: number }
  | { readonly step: 'normalize' }
  | LogMelStep
  | FbankStep
  | MfccStep;

/**
 * A Hann window (periodic), squared magnitudes, triangular filters. Lengths are in samples, frequencies in Hz; the rate
 * is that of `resample`.
 */
interface MelSpectrum {
  /** Samples of one Fourier transform. @default 400 */
  readonly fftLength?: number | undefined;
  /** Samples of one window, zeros on both sides up to `fftLength`. @default fftLength */
  readonly windowLength?: number | undefined;
  /** Samples from one frame to the next. @default 160 */
  readonly hopLength?: number | undefined;
  /** @default 80 */
  readonly bins?: number | undefined;
  /** @default 0 */
  readonly minFrequency?: number | undefined;
  /** @default half the rate */
  readonly maxFrequency?: number | undefined;
  /** @default 'slaney' */
  readonly melScale?: 'slaney' | 'htk' | undefined;
  /** `slaney` gives each filter an area of 1. @default 'slaney' */
  readonly melNorm?: 'slaney' | 'none' | undefined;
  /**
   * What is around the sound, half of `fftLength` on each side: the sound mirrored, as torchaudio has it, or zeros, as
   * librosa; `none` for frames that begin at the first sample. @default 'reflect'
   */
  readonly padding?: 'reflect' | 'zeros' | 'none' | undefined;
}

export interface LogMelStep extends MelSpectrum {
  readonly step: 'log-mel';
  /**
   * `whisper`: `max(log10(max(x, 1e-10)), highest - 8) / 4 + 1`, the last frame left out; `log10`, `ln`, `db` (`10 log10`)
   * of `max(x, 1e-10)`. @default 'whisper'
   */
  readonly log?: 'whisper' | 'log10' | 'ln' | 'db' | undefined;
  /** For `db`: how far under the loudest values are cut off. @default they are not */
  readonly topDb?: number | undefined;
  /** Order of the tensor. @default 'bins-frames' */
  readonly layout?: 'bins-frames' | 'frames-bins' | undefined;
}

/** Windows of 25 ms every 10 ms, those alone that lie wholly inside the sound. */
export interface FbankStep {
  readonly step: 'fbank';
  /** @default 80 */
  readonly bins?: number | undefined;
  /** `povey` is Hann to the power of 0.85. @default 'povey' */
  readonly window?: 'povey' | 'hann' | undefined;
  /** By which samples are multiplied, 32768 where a model was trained on integers. @default 1 */
  readonly amplitude?: number | undefined;
  /** Hz. @default 20 */
  readonly minFrequency?: number | undefined;
  /** Hz. @default half the rate */
  readonly maxFrequency?: number | undefined;
  /** To this many frames it is cut, or filled up with zeros. @default as many as there are */
  readonly frames?: number | undefined;
  /** Of each value `(x - mean) / std`, the zeros filled up with too. @default 0 */
  readonly mean?: number | undefined;
  /** @default 1 */
  readonly std?: number | undefined;
  /** Order of the tensor. @default 'frames-bins' */
  readonly layout?: 'bins-frames' | 'frames-bins' | undefined;
}

export interface MfccStep extends MelSpectrum {
  readonly step: 'mfcc';
  /** @default 13 */
  readonly coefficients?: number | undefined;
  /** How far under the loudest decibels are cut off. @default 80 */
  readonly topDb?: number | undefined;
  /** @default 'bins-frames' */
  readonly layout?: 'bins-frames' | 'frames-bins' | undefined;
}

const spectrum = {
  fftLength: v.optional(count),
  windowLength: v.optional(count),
  hopLength: v.optional(count),
  bins: v.optional(count),
  minFrequency: v.optional(finite),
  maxFrequency: v.optional(finite),
  melScale: v.optional(v.picklist(['slaney', 'htk'])),
  melNorm: v.optional(v.picklist(['slaney', 'none'])),
  padding: v.optional(v.picklist(['reflect', 'zeros', 'none'])),
  topDb: v.optional(finite),
  layout: v.optional(v.picklist(['bins-frames', 'frames-bins'])),
} as const;

const audioStep: v.GenericSchema<unknown, AudioStep> = v.variant('step', [
  v.strictObject({ step: v.literal('resample'), rate: count }),
  v.strictObject({ step: v.literal('pad-or-trim'), samples: count }),
  v.strictObject({ step: v.literal('normalize') }),
  v.strictObject({
    step: v.literal('log-mel'),
    ...spectrum,
    log: v.optional(v.picklist(['whisper', 'log10', 'ln', 'db'])),
  }),
  v.strictObject({
    step: v.literal('fbank'),
    bins: v.optional(count),
    window: v.optional(v.picklist(['povey', 'hann'])),
    amplitude: v.optional(finite),
    minFrequency: v.optional(finite),
    maxFrequency: v.optional(finite),
    frames: v.optional(count),
    mean: v.optional(finite),
    std: v.optional(finite),
    layout: v.optional(v.picklist(['bins-frames', 'frames-bins'])),
  }),
  v.strictObject({ step: v.literal('mfcc'), ...spectrum, coefficients: v.optional(count) }),
]);

interface AudioManifest extends BaseManifest {
  readonly preprocess: readonly AudioStep[];
}

export interface AudioClassificationManifest extends AudioManifest {
  readonly task: 'audio-classification';
  readonly labels: readonly string[];
  readonly postprocess: readonly ScoreStep[];
}

/** A model that is decoded by CTC; or, with a `tokenizer`, an encoder and a decoder that writes what was said. */
export interface AutomaticSpeechRecognitionManifest extends AudioManifest, Partial<SpeechDecoderFiles> {
  readonly task: 'automatic-speech-recognition';
  readonly postprocess: readonly CtcStep[];
}

/** A model that writes what was said token by token, as Whisper does. */
export interface SpeechDecoderManifest extends AutomaticSpeechRecognitionManifest {
  readonly tokenizer: string;
}

/** How such a model's tokens are chosen, and become text. */
export type SpeechDecoderFiles = Omit<GeneratedText, 'chatTemplate' | 'startTokens' | 'endTokens'>;

/**
 * The likeliest token of each frame, repetitions joined, blanks left out, the rest put together to a text
 * (Graves et al., Connectionist temporal classification, 2006), as `Wav2Vec2CTCTokenizer` decodes.
 */
export interface CtcStep {
  readonly step: 'ctc';
  /** Path of the file that has the tokens: a `tokenizer.json`, or ids by token, as in `vocab.json`. @default 'tokenizer.json' */
  readonly tokenizer?: string | undefined;
  /** Id of the blank. @default that of the token `<pad>` or `[PAD]` */
  readonly blank?: number | undefined;
  /** The token that becomes a space. @default '|' */
  readonly wordDelimiter?: string | undefined;
  /** @default false */
  readonly lowercase?: boolean | undefined;
  /** Whether spaces before punctuation and English contractions go, as Transformers' `clean_up_tokenization`. @default false */
  readonly cleanUp?: boolean | undefined;
  /** Samples from one frame of logits to the next, for timestamps. @default the sound's samples by the model's frames */
  readonly stride?: number | undefined;
}

export type AudioTaskManifest = AudioClassificationManifest | AutomaticSpeechRecognitionManifest;

const preprocess = v.optional(v.array(audioStep));

/** What `inference.json` may say beside what every task may. */
export const audioFields: Readonly<Record<AudioTaskManifest['task'], v.ObjectEntries>> = {
  'audio-classification': { preprocess, labels: v.optional(labels), postprocess: v.optional(v.array(scoreStep)) },
  'automatic-speech-recognition': {
    preprocess,
    ...writtenFields,
    postprocess: v.optional(
      v.array(
        v.strictObject({
          step: v.literal('ctc'),
          tokenizer: v.optional(path),
          blank: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
          wordDelimiter: v.optional(v.string()),
          lowercase: v.optional(v.boolean()),
          cleanUp: v.optional(v.boolean()),
          stride: v.optional(count),
        }),
      ),
    ),
  },
};
