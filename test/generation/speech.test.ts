import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/index.ts';
import { nodeMedia } from '../../src/cli/node-media.ts';
import type { TextPiece } from '../../src/generation/options.ts';
import type { Transcript } from '../../src/generation/speech/transcript.ts';
import { loadModel, type Model } from '../../src/model.ts';
import { startWasm } from '../../src/runtime/wasm.ts';
import { artifactOf } from '../task-fixtures.ts';

const dist = new URL('../../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});
const folder = new URL('../fixtures/tasks/automatic-speech-recognition--whisper/', import.meta.url);
const english = new URL('../fixtures/tasks/automatic-speech-recognition--whisper-english/', import.meta.url);
const recording = new Blob([readFileSync(new URL('golden/long.wav', folder))]);
const short = new Blob([readFileSync(new URL('golden/short.wav', folder))]);

const load = (artifact: Artifact): Promise<Model> => loadModel(artifact, runtime, { media: nodeMedia(dist) });

let model: Model;
beforeAll(async () => {
  model = await load(artifactOf(fileURLToPath(folder)));
});
afterAll(() => model.dispose());

async function transcribe(
  input: unknown,
  options: object = {},
  emit: (piece: TextPiece) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
  of: Model = model,
): Promise<Transcript> {
  const prediction = await of.predict(input, options, signal, (piece) => emit(piece as TextPiece));
  if (prediction.kind === 'failure') throw prediction.error;
  return prediction.answer as Transcript;
}

/** The same model with other JSON files. */
function withJson(of: URL, changes: Readonly<Record<string, (json: Record<string, unknown>) => object>>): Artifact {
  const { files, ...rest } = artifactOf(fileURLToPath(of));
  const changed = files.map((file) => {
    const change = changes[file.path];
    if (!change) return file;
    const json = JSON.parse(readFileSync(new URL(file.path, of), 'utf8')) as Record<string, unknown>;
    const blob = new Blob([JSON.stringify(change(json))]);
    return { ...file, size: blob.size, blob };
  });
  return { ...rest, files: changed };
}

describe('a recording', () => {
  test.each([{}, { timestamps: true }])('comes in pieces that make its text, with %j', async (options) => {
    const pieces: TextPiece[] = [];
    const { text } = await transcribe(recording, options, (piece) => pieces.push(piece));
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    expect(pieces.filter((piece) => piece.text !== '').length).toBeGreaterThan(1);
  });

  test.each([{}, { timestamps: true }, { temperature: 3, seed: 8 }])(
    'goes on from where another engine left it, with %j: nothing is said twice, nothing is lost',
    async (options) => {
      const whole: TextPiece[] = [];
      const answer = await transcribe(recording, options, (piece) => whole.push(piece));
      const tokens = whole.filter(({ token }) => token !== undefined);
      for (const cut of [1, 2, 5, 17, tokens.length - 1, tokens.length]) {
        const rest: TextPiece[] = [];
        const resume = [tokens.slice(0, cut).map(({ token }) => token!)];
        expect(await transcribe(recording, { ...options, resume }, (piece) => rest.push(piece))).toEqual(answer);
        expect([...tokens.slice(0, cut), ...rest.filter(({ token }) => token !== undefined)]).toEqual(tokens);
      }
    },
  );

  test('is the same beside others', async () => {
    const calls: readonly (readonly [Blob, object])[] = [
      [short, { timestamps: true }],
      [recording, {}],
      [recording, { timestamps: true }],
    ];
    const alone: Transcript[] = [];
    for (const [input, options] of calls) alone.push(await transcribe(input, options));
    expect(await Promise.all(calls.map(([input, options]) => transcribe(input, options)))).toEqual(alone);
  });

  test('has times that do not go back, inside of it', async () => {
    const { chunks } = await transcribe(recording, { timestamps: true });
    const times = chunks!.flatMap(({ timestamp = [NaN, NaN] }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThanOrEqual(2.6);
    for (const { start, end, timestamp } of chunks!) expect(timestamp).toEqual([start, end]);
  });

  test('stops within one token of an abort', async () => {
    const controller = new AbortController();
    let after = 0;
    const stopped = transcribe(
      recording,
      {},
      () => {
        if (controller.signal.aborted) after++;
        else if (++after > 5) {
          controller.abort(new Error('enough'));
          after = 0;
        }
      },
      controller.signal,
    );
    await expect(stopped).rejects.toThrow('enough');
    expect(after).toBe(0);
  });

  test('is drawn at random with a temperature, the same with the same seed', async () => {
    const drawn = await transcribe(recording, { temperature: 2, seed: 1 });
    expect(await transcribe(recording, { temperature: 2, seed: 1 })).toEqual(drawn);
    expect((await transcribe(recording, { temperature: 2, seed: 2 })).text).not.toBe(drawn.text);
    expect((await transcribe(recording)).text).not.toBe(drawn.text);
  });
});

describe('a language', () => {
  test.each(['de', 'DE', 'de-AT', 'german', 'German', '<|de|>'])('is German by the name %s', async (language) => {
    expect(await transcribe(short, { language })).toEqual(await transcribe(short, { language: 'de' }));
  });

  test('that was told is as if it had been asked for', async () => {
    const { language, text } = await transcribe(recording);
    expect(await transcribe(recording, { language })).toEqual({ language, text });
  });

  test('and a task that older files force are the usual ones', async () => {
    const ids: Record<string, number> = {};
    await using older = await disposable(
      withJson(folder, {
        'generation_config.json': ({ lang_to_id: languages, task_to_id: tasks, ...json }) => {
          Object.assign(ids, languages, tasks);
          return {
            ...json,
            is_multilingual: undefined,
            forced_decoder_ids: [
              [1, ids['<|de|>']],
              [2, ids['translate']],
              [3, json['no_timestamps_token_id']],
            ],
          };
        },
      }),
    );
    const answer = await transcribe(short, {}, undefined, undefined, older.model);
    expect(answer).toEqual(await transcribe(short, { language: 'de', task: 'translate' }));
    expect(await transcribe(short, { language: 'en', task: 'transcribe' }, undefined, undefined, older.model)).toEqual(
      await transcribe(short, { language: 'en' }),
    );
  });

  test('of a model for English is English, whether it is said or not', async () => {
    await using of = await disposable(artifactOf(fileURLToPath(english)));
    const answer = await transcribe(short, {}, undefined, undefined, of.model);
    expect(answer).not.toHaveProperty('language');
    for (const options of [{ language: 'en' }, { language: 'English', task: 'transcribe' }])
      expect(await transcribe(short, options, undefined, undefined, of.model)).toEqual(answer);
  });
});

test('a manifest that was written down serves the same', async () => {
  const {
    task,
    card: _,
    golden: __,
    externalData: ___,
    ...fields
  } = model.manifest as never as Record<string, unknown>;
  const { files, ...rest } = artifactOf(fileURLToPath(folder));
  const blob = new Blob([JSON.stringify({ task, ...fields })]);
  const without = files.filter(({ path }) => !/^(config|preprocessor_config)\.json$/.test(path));
  await using of = await disposable({
    ...rest,
    files: [...without, { path: 'inference.json', size: blob.size, blob }],
  });
  expect(await transcribe(recording, { timestamps: true }, undefined, undefined, of.model)).toEqual(
    await transcribe(recording, { timestamps: true }),
  );
});

test('a decoder of another precision takes the encoder of its own, or else that of full precision', async () => {
  const { files, ...rest } = artifactOf(fileURLToPath(folder));
  const renamed = files.map((file) => ({
    ...file,
    path: file.path.replace('model_merged.onnx', 'model_merged_quantized.onnx'),
  }));
  await using of = await disposable({ ...rest, files: renamed });
  expect(await transcribe(short, {}, undefined, undefined, of.model)).toEqual(await transcribe(short));
  const broken = { path: 'onnx/encoder_model_quantized.onnx', size: 1, blob: new Blob(['x']) };
  await expect(load({ ...rest, files: [...renamed, broken] })).rejects.toMatchObject({ code: 'model-invalid' });
});

async function disposable(artifact: Artifact): Promise<{ readonly model: Model } & AsyncDisposable> {
  const loaded = await load(artifact);
  return { model: loaded, [Symbol.asyncDispose]: () => loaded.dispose() };
}
