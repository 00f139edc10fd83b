import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { loadModel, type Model } from '../src/model.ts';
import { createTextEncoder } from '../src/preprocess/text.ts';
import { startWasm } from '../src/runtime/wasm.ts';
import type { Classification } from '../src/tasks/classify.ts';
import inference from './fixtures/profanity/inference.json' with { type: 'json' };
import reference from './fixtures/profanity/words.json' with { type: 'json' };
import { artifactOf } from './task-fixtures.ts';

const pattern = inference.preprocess.find(({ step }) => step === 'words')!.pattern!;

test('the pattern of words takes the characters that \\w of Python takes, all there are', () => {
  const isWordCharacter = new RegExp(`^(?:${pattern.replace('{2,}', '')})$`, 'u');
  const wanted = setOf(reference.wordCharacters);
  const unassigned = setOf(reference.unassigned);
  const wrong: string[] = [];
  for (let point = 0; point <= 0x10ffff; point++) {
    // Surrogates are no characters, and newer characters than Python knew are no word to it.
    if ((point >= 0xd800 && point < 0xe000) || unassigned.has(point)) continue;
    if (isWordCharacter.test(String.fromCodePoint(point)) !== wanted.has(point)) wrong.push(point.toString(16));
  }
  expect(wrong).toEqual([]);
});

test.each(reference.texts)("the words of $text are scikit-learn's", async ({ text, words }) => {
  const encoder = await createTextEncoder(inference.preprocess as never, async () => ({}));
  // A text without words has one that no vocabulary knows, as runtimes take no empty tensors gladly.
  const data = words.length > 0 ? words : [''];
  expect(encoder.encode(text).tensors['words']).toEqual({ type: 'string', data, dims: [1, data.length] });
});

const folder = fileURLToPath(new URL('../../shared/models/profanity_tfidf/', import.meta.url));
const isThere = existsSync(folder);
if (!isThere) console.log('profanity_tfidf is not in ../shared: its reference test is skipped.');

describe.runIf(isThere)('profanity_tfidf with nothing but an inference.json', () => {
  let model: Model;

  beforeAll(async () => {
    const dist = new URL('../dist/', import.meta.url);
    const wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
    const runtime = startWasm({ assets: dist.href, threads: 1, wasmBinary });
    const { name, files, downloadedBytes } = artifactOf(folder);
    const blob = new Blob([JSON.stringify(inference)]);
    const described = [...files, { path: 'inference.json', size: blob.size, blob }];
    model = await loadModel({ name, files: described, downloadedBytes }, runtime, { media: nodeMedia(dist) });
  });

  const golden = isThere ? (JSON.parse(readFileSync(`${folder}golden.json`, 'utf8')) as [string, number][]) : [];

  test.each(golden)('gives %j the probability that its first library gave', async (text, profane) => {
    const labels = await scores(text);
    expect(Object.keys(labels).toSorted()).toEqual(['clean', 'profane']);
    expect(Math.abs(labels['profane']! - profane)).toBeLessThanOrEqual(1e-4);
    expect(labels['clean']! + labels['profane']!).toBeCloseTo(1, 6);
  });

  test.each(['!!!', 'I', 'the'])(
    'answers the text %j, which has no words, as one of which it knows none',
    async (text) => {
      expect(await scores(text)).toEqual(await scores('qqqqzzzz'));
    },
  );

  async function scores(text: string): Promise<Record<string, number>> {
    const prediction = await model.predict(text, {}, new AbortController().signal);
    if (prediction.kind === 'failure') throw prediction.error;
    return Object.fromEntries((prediction.answer as Classification).labels.map(({ label, score }) => [label, score]));
  }
});

function setOf(ranges: readonly number[]): Set<number> {
  const points = new Set<number>();
  for (let i = 0; i < ranges.length; i += 2) {
    for (let point = ranges[i]!; point <= ranges[i + 1]!; point++) points.add(point);
  }
  return points;
}
