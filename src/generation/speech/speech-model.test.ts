import { describe, expect, test } from 'vitest';
import type { SpeechDecoderManifest } from '../../manifest/index.ts';
import { loadSpeechModel, type SpeechModel } from './speech-model.ts';

const names = ['<|endoftext|>', '<|startoftranscript|>', '<|en|>', '<|yue|>', '<|translate|>', '<|transcribe|>'];
const special = [...names, '<|nospeech|>', '<|notimestamps|>'];
const id = Object.fromEntries(special.map((token, index) => [token, 10 + index]));
const tokenizer = {
  version: '1.0',
  added_tokens: special.map((content) => ({ id: id[content], content, special: true, normalized: false })),
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '<unk>': 0 }, unk_token: '<unk>' },
};

function load(saved: object, json: object = tokenizer, more: object = {}): Promise<SpeechModel> {
  const manifest = { tokenizer: 'tokenizer.json', generationConfig: 'saved.json', card: {}, ...more };
  return loadSpeechModel(
    manifest as unknown as SpeechDecoderManifest,
    async (path) => (path === 'saved.json' ? saved : json) as never,
  );
}

describe('loadSpeechModel()', () => {
  test('takes its tokens from generation_config.json', async () => {
    const saved = {
      decoder_start_token_id: 3,
      eos_token_id: 4,
      is_multilingual: true,
      lang_to_id: { '<|de|>': 5 },
      task_to_id: { transcribe: 6, translate: 7 },
      no_timestamps_token_id: 8,
      max_initial_timestamp_index: 50,
      suppress_tokens: [1, 2],
      begin_suppress_tokens: [9],
      max_length: 30,
    };
    expect(await load(saved)).toMatchObject({
      startToken: 3,
      endToken: 4,
      languages: new Map([['de', 5]]),
      tasks: { transcribe: 6, translate: 7 },
      noTimestamps: 8,
      firstTimestamp: 9,
      maxInitialTimestamp: 50,
      suppressed: [1, 2],
      beginSuppressed: [9],
      contextLength: 30,
    });
  });

  test('takes from the tokenizer what that leaves out', async () => {
    expect(await load({})).toMatchObject({
      startToken: id['<|startoftranscript|>'],
      endToken: id['<|endoftext|>'],
      languages: new Map([
        ['en', id['<|en|>']],
        ['yue', id['<|yue|>']],
      ]),
      tasks: { transcribe: id['<|transcribe|>'], translate: id['<|translate|>'] },
      noTimestamps: id['<|notimestamps|>'],
      firstTimestamp: id['<|notimestamps|>']! + 1,
      suppressed: [],
      contextLength: 448,
    });
  });

  test.each([
    ['says so', { is_multilingual: false }],
    ['forces nothing but that times are left out', { forced_decoder_ids: [[1, id['<|notimestamps|>']]] }],
  ])('hears English only where the file %s', async (_, saved) => {
    expect(await load(saved)).toMatchObject({ languages: new Map(), tasks: {}, defaults: { doSample: false } });
  });

  test('has the language and task that older files force for its own, and none that are left open', async () => {
    const forced = (language: number | null): object => ({
      forced_decoder_ids: [
        [1, language],
        [2, id['<|translate|>']],
      ],
    });
    const { defaults } = await load(forced(id['<|yue|>']!));
    expect(defaults).toMatchObject({ language: 'yue', task: 'translate' });
    const open = await load(forced(null));
    expect(open.defaults).toMatchObject({ language: undefined, task: 'translate' });
    expect(open.languages.size).toBe(2);
    const stated = await load(forced(id['<|yue|>']!), tokenizer, { generation: { language: 'en' } });
    expect(stated.defaults.language).toBe('en');
  });

  test('refuses a tokenizer without its tokens', async () => {
    await expect(load({}, { ...tokenizer, added_tokens: [] })).rejects.toMatchObject({ code: 'file-invalid' });
  });
});
