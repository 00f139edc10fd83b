import { describe, expect, it, test } from 'vitest';
import { ManifestError } from '../../errors.ts';
import type { ArchiveReader } from '../archive-reader.ts';
import type { Json } from '../read-json.ts';
import { inferAudio } from './feature-extractor.ts';

function archiveOf(files: Record<string, Json>): ArchiveReader {
  return {
    name: 'voices.tar.gz',
    config: files['config.json'],
    has: (path) => path in files,
    json: async (path) => files[path],
    list: async () => undefined,
    needed: async (path) => {
      const found = files[path];
      if (found) return found;
      throw new ManifestError('file-missing', `It has no ${path}.`);
    },
  };
}

const wav2vec2 = { feature_extractor_type: 'Wav2Vec2FeatureExtractor', sampling_rate: 8000, do_normalize: true };

// As WhisperFeatureExtractor of transformers 4.30.2 saves itself, without its filters.
const whisper = {
  chunk_length: 30,
  feature_extractor_type: 'WhisperFeatureExtractor',
  feature_size: 80,
  hop_length: 160,
  n_fft: 400,
  n_samples: 480_000,
  nb_max_frames: 3000,
  padding_side: 'right',
  padding_value: 0.0,
  processor_class: 'WhisperProcessor',
  return_attention_mask: false,
  sampling_rate: 16_000,
};

describe('inferAudio() of a classifier', () => {
  const config = { id2label: { 1: 'no', 0: 'yes' } };

  it('reads Wav2Vec2FeatureExtractor', async () => {
    expect(
      await inferAudio(
        'audio-classification',
        archiveOf({ 'preprocessor_config.json': wav2vec2, 'config.json': config }),
      ),
    ).toEqual({
      preprocess: [{ step: 'resample', rate: 8000 }, { step: 'normalize' }],
      labels: ['yes', 'no'],
      postprocess: [{ step: 'softmax' }],
    });
  });

  it('leaves out the normalization where it is switched off', async () => {
    const saved = { ...wav2vec2, do_normalize: false };
    const { preprocess } = await inferAudio('audio-classification', archiveOf({ 'preprocessor_config.json': saved }));
    expect(preprocess).toEqual([{ step: 'resample', rate: 8000 }]);
  });

  it('reads WhisperFeatureExtractor', async () => {
    const saved = { ...whisper, feature_size: 128, do_normalize: true };
    const { preprocess } = await inferAudio('audio-classification', archiveOf({ 'preprocessor_config.json': saved }));
    expect(preprocess).toEqual([
      { step: 'resample', rate: 16_000 },
      { step: 'pad-or-trim', samples: 480_000 },
      { step: 'normalize' },
      { step: 'log-mel', bins: 128, fftLength: 400, hopLength: 160, maxFrequency: 8000 },
    ]);
  });

  it('reads ASTFeatureExtractor', async () => {
    const saved = { feature_extractor_type: 'ASTFeatureExtractor', max_length: 512, mean: -1, std: 2.5 };
    const { preprocess } = await inferAudio('audio-classification', archiveOf({ 'preprocessor_config.json': saved }));
    expect(preprocess).toEqual([
      { step: 'resample', rate: 16_000 },
      { step: 'fbank', bins: 128, window: 'hann', frames: 512, mean: -1, std: 5 },
    ]);
  });

  test.each<[string, Json, RegExp]>([
    ['an extractor that is not known', { feature_extractor_type: 'ClapFeatureExtractor' }, /"ClapFeatureExtractor"/],
    ['no extractor', { sampling_rate: 16_000 }, /no feature_extractor_type/],
    ['a broken number', { ...whisper, hop_length: '160' }, /hop_length "160"/],
  ])('refuses %s', async (_, saved, message) => {
    const reading = inferAudio('audio-classification', archiveOf({ 'preprocessor_config.json': saved }));
    await expect(reading).rejects.toThrow(ManifestError);
    await expect(reading).rejects.toThrow(message);
  });

  it('needs preprocessor_config.json only where inference.json has no steps', async () => {
    await expect(inferAudio('audio-classification', archiveOf({}))).rejects.toMatchObject({ code: 'file-missing' });
    const { labels } = await inferAudio('audio-classification', archiveOf({ 'config.json': config }), {
      preprocess: [],
    });
    expect(labels).toEqual(['yes', 'no']);
  });
});

describe('inferAudio() of a recognizer', () => {
  it('reads how Wav2Vec2CTCTokenizer decodes', async () => {
    const { postprocess } = await inferAudio(
      'automatic-speech-recognition',
      archiveOf({
        'preprocessor_config.json': wav2vec2,
        'vocab.json': { '[PAD]': 3, '/': 0 },
        'tokenizer_config.json': {
          pad_token: { __type: 'AddedToken', content: '[PAD]' },
          word_delimiter_token: '/',
          do_lower_case: true,
          clean_up_tokenization_spaces: false,
        },
        'config.json': { architectures: ['HubertForCTC'], conv_stride: [5, 2, 2, 2, 2, 2, 2] },
      }),
    );
    expect(postprocess).toEqual([
      {
        step: 'ctc',
        tokenizer: 'vocab.json',
        blank: 3,
        wordDelimiter: '/',
        lowercase: true,
        cleanUp: false,
        stride: 320,
      },
    ]);
  });

  it('prefers tokenizer.json, and finds the blank among its added tokens', async () => {
    const files = {
      'preprocessor_config.json': wav2vec2,
      'vocab.json': { '<pad>': 1 },
      'tokenizer.json': { model: { vocab: { a: 0 } }, added_tokens: [{ id: 7, content: '<pad>' }] },
      'tokenizer_config.json': { pad_token: '<pad>' },
    };
    const { postprocess } = await inferAudio('automatic-speech-recognition', archiveOf(files));
    expect(postprocess).toEqual([
      { step: 'ctc', tokenizer: 'tokenizer.json', blank: 7, wordDelimiter: '|', lowercase: false, cleanUp: true },
    ]);
  });

  it('refuses what writes its text token by token and is no Whisper, and says what can be done', async () => {
    const files = {
      'preprocessor_config.json': whisper,
      'config.json': { architectures: ['SpeechEncoderDecoderModel'], is_encoder_decoder: true },
    };
    const reading = inferAudio('automatic-speech-recognition', archiveOf(files));
    await expect(reading).rejects.toMatchObject({ name: 'ManifestError', code: 'task-unsupported' });
    await expect(reading).rejects.toThrow(/"SpeechEncoderDecoderModel".*Whisper is known.*CTC.*task: 'tensor'/);
  });

  it("finds Whisper's files", async () => {
    const files = {
      'preprocessor_config.json': whisper,
      'config.json': { model_type: 'whisper', max_target_positions: 448 },
      'tokenizer.json': {},
      'generation_config.json': {},
    };
    const { preprocess, ...rest } = await inferAudio('automatic-speech-recognition', archiveOf(files));
    expect(preprocess.map(({ step }) => step)).toEqual(['resample', 'pad-or-trim', 'log-mel']);
    expect(rest).toEqual({
      postprocess: [],
      tokenizer: 'tokenizer.json',
      tokenizerConfig: undefined,
      specialTokensMap: undefined,
      generationConfig: 'generation_config.json',
      contextLength: 448,
    });
    const { 'generation_config.json': _, ...older } = files;
    expect(await inferAudio('automatic-speech-recognition', archiveOf(older))).toMatchObject({
      generationConfig: 'config.json',
    });
  });

  it('needs the tokenizer of a Whisper', async () => {
    const files = { 'preprocessor_config.json': whisper, 'config.json': { model_type: 'whisper' } };
    const reading = inferAudio('automatic-speech-recognition', archiveOf(files));
    await expect(reading).rejects.toMatchObject({ code: 'file-missing' });
  });
});
