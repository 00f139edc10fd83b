import { expect, test } from 'vitest';

import { readGenerationConfig } from './generation-config.ts';

test('readGenerationConfig() reads what transformers writes under the names here', () => {
  expect(
    readGenerationConfig({
      bos_token_id: 1,
      do_sample: true,
      eos_token_id: [2, 32007],
      pad_token_id: 0,
      max_new_tokens: 64,
      min_p: 0.05,
      num_beams: 4,
      early_stopping: 'never',
      repetition_penalty: 1.1,
      temperature: 0.6,
      top_k: 20,
      top_p: 0.95,
      typical_p: 0.9,
      transformers_version: '4.51.0',
      renormalize_logits: true,
    }),
  ).toEqual({
    beginToken: 1,
    doSample: true,
    endTokens: [2, 32007],
    padToken: 0,
    maxTokens: 64,
    minP: 0.05,
    numBeams: 4,
    earlyStopping: 'never',
    repetitionPenalty: 1.1,
    temperature: 0.6,
    topK: 20,
    topP: 0.95,
    typicalP: 0.9,
  });
  expect(readGenerationConfig({ eos_token_id: 50256 })).toEqual({ endTokens: [50256] });
});

const unreadable: [unknown][] = [
  [null],
  ['text'],
  [[]],
  [{}],
  [{ top_k: null, temperature: '1', do_sample: 1, eos_token_id: null, toString: 1 }],
];

test.each(unreadable)('readGenerationConfig() leaves out what it cannot read: %j', (json) => {
  expect(readGenerationConfig(json)).toEqual({});
});
