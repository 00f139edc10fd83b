import { ManifestError } from '../../errors.ts';
import type { ArchiveReader } from '../archive-reader.ts';
import type {
  AudioClassificationManifest,
  AudioStep,
  AudioTaskManifest,
  AutomaticSpeechRecognitionManifest,
  CtcStep,
  SpeechDecoderFiles,
} from '../audio.ts';
import type { Json } from '../read-json.ts';
import { labelsOf, scoreStepsOf } from './labels.ts';
import { inferSpeechDecoder, writesSpeech } from './speech-decoder.ts';

type Inferred<M extends AudioTaskManifest> = M extends AudioClassificationManifest
  ? Pick<M, 'preprocess' | 'labels' | 'postprocess'>
  : Pick<AutomaticSpeechRecognitionManifest, 'preprocess' | 'postprocess' | keyof SpeechDecoderFiles>;

/**
 * What an archive says of its sound in the files of Transformers: the steps by `preprocessor_config.json`, labels by
 * `id2label` of `config.json`, how CTC is decoded by `tokenizer_config.json`, and which files say how Whisper writes.
 *
 * @param given what `inference.json` says: what it has is not looked for, and need not be there
 * @throws {ManifestError} when a file that is needed is missing, or says something that is not known here.
 */
export async function inferAudio<T extends AudioTaskManifest['task']>(
  task: T,
  archive: ArchiveReader,
  given: Json = {},
): Promise<Inferred<Extract<AudioTaskManifest, { task: T }>>> {
  const { config } = archive;
  const isStated = given['preprocess'] !== undefined;
  const isWritten = task === 'automatic-speech-recognition' && writesSpeech(archive, given);
  // What is not known is told before what is missing.
  const written = isWritten ? await inferSpeechDecoder(archive, given) : undefined;
  const preprocess = isStated
    ? []
    : readFeatureExtractor(archive.name, await archive.needed('preprocessor_config.json'));
  const rest =
    task === 'audio-classification'
      ? { labels: labelsOf(config), postprocess: scoreStepsOf(config) }
      : { ...written, postprocess: written || given['postprocess'] !== undefined ? [] : [await readCtc(archive)] };
  return { preprocess, ...rest } as never;
}

/** The steps of the feature extractors of Transformers. One that is not known is refused: its numbers would be wrong. */
function readFeatureExtractor(name: string, saved: Json): AudioStep[] {
  const wrong = (reason: string): ManifestError =>
    new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: preprocessor_config.json ${reason}. Say the steps under "preprocess" of inference.json, or deploy it with { task: 'tensor' } and prepare the sound yourself.`,
    );
  const number = (field: string, usual: number): number => {
    const value = saved[field] ?? usual;
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    throw wrong(`says ${field} ${JSON.stringify(value)}, which is no whole number above 0`);
  };
  const type = saved['feature_extractor_type'];
  const rate = number('sampling_rate', 16_000);
  const resample: AudioStep = { step: 'resample', rate };
  const isNormal = saved['do_normalize'] === true;
  if (type === 'Wav2Vec2FeatureExtractor') {
    // Its own default is to normalize.
    return isNormal || saved['do_normalize'] === undefined ? [resample, { step: 'normalize' }] : [resample];
  }
  if (type === 'WhisperFeatureExtractor') {
    const samples = saved['n_samples'] === undefined ? number('chunk_length', 30) * rate : number('n_samples', 480_000);
    if (rate < 16_000) throw wrong(`says sampling_rate ${rate}, too few for the 8000 Hz that its filters reach`);
    return [
      resample,
      { step: 'pad-or-trim', samples },
      ...(isNormal ? [{ step: 'normalize' } as const] : []),
      {
        step: 'log-mel',
        bins: number('feature_size', 80),
        fftLength: number('n_fft', 400),
        hopLength: number('hop_length', 160),
        maxFrequency: 8000,
      },
    ];
  }
  if (type === 'ASTFeatureExtractor') {
    const { mean = -4.2677393, std = 4.5689974 } = saved;
    if (typeof mean !== 'number' || typeof std !== 'number') throw wrong('says a mean or std that is no number');
    const bins = number('num_mel_bins', 128);
    const frames = number('max_length', 1024);
    // It divides by twice the deviation, and normalizes unless it is told not to.
    const scale = saved['do_normalize'] === false ? {} : { mean, std: 2 * std };
    return [resample, { step: 'fbank', bins, window: 'hann', frames, ...scale }];
  }
  throw wrong(
    type === undefined
      ? 'has no feature_extractor_type'
      : `says feature_extractor_type ${JSON.stringify(type)}, which is not known (Wav2Vec2FeatureExtractor, WhisperFeatureExtractor and ASTFeatureExtractor are)`,
  );
}

/** How `Wav2Vec2CTCTokenizer` of Transformers decodes, with its own defaults. */
async function readCtc({ has, json, config }: ArchiveReader): Promise<CtcStep> {
  const saved = (await json('tokenizer_config.json')) ?? {};
  const text = (field: string, usual: string): string => contentOf(saved[field]) ?? usual;
  const tokenizer = has('tokenizer.json') || !has('vocab.json') ? 'tokenizer.json' : 'vocab.json';
  const blank = await blankOf(tokenizer, contentOf(saved['pad_token']), json);
  return {
    step: 'ctc',
    tokenizer,
    ...(blank !== undefined && { blank }),
    wordDelimiter: text('word_delimiter_token', '|'),
    lowercase: saved['do_lower_case'] === true,
    cleanUp: saved['clean_up_tokenization_spaces'] !== false,
    ...strideOf(config),
  };
}

/** A token is saved as itself, or with how it is matched. */
function contentOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token;
  const { content } = (token ?? {}) as { content?: unknown };
  return typeof content === 'string' ? content : undefined;
}

/** The id of the padding token, which Transformers takes for the blank. */
async function blankOf(
  path: string,
  token: string | undefined,
  json: ArchiveReader['json'],
): Promise<number | undefined> {
  if (token === undefined) return undefined;
  const file = await json(path);
  const { vocab } = (file?.['model'] ?? {}) as { vocab?: Json };
  const added = (file?.['added_tokens'] ?? []) as { content?: unknown; id?: unknown }[];
  const id = Array.isArray(added) ? added.find(({ content }) => content === token)?.id : undefined;
  const found = id ?? (vocab ?? file)?.[token];
  return Number.isSafeInteger(found) ? (found as number) : undefined;
}

/** Samples from one frame to the next: the strides of the convolutions, multiplied. */
function strideOf(config: Json | undefined): { stride?: number } {
  const strides = config?.['conv_stride'];
  if (!Array.isArray(strides)) return {};
  const stride = strides.reduce((product: number, one) => product * Number(one), 1);
  return Number.isSafeInteger(stride) && stride > 0 ? { stride } : {};
}
