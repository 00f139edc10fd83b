import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unpackArtifact } from '../src/artifact/index.ts';
import { openSource } from '../src/manifest/open-source.ts';
import { serve, type Route, type Site } from './serve.ts';

let folder: string;
let site: Site;
const asked: string[] = [];

/** Files as they lie on a server, by their paths. */
const onServer: Record<string, string | Uint8Array> = {
  'org/model/resolve/main/config.json': '{"id2label":{"0":"a"}}',
  'org/model/resolve/main/tokenizer.json': '{}',
  'org/model/resolve/main/README.md': '# Model',
  'org/model/resolve/main/onnx/model.onnx': 'full',
  'org/model/resolve/main/onnx/model.onnx_data': 'weights',
  'org/model/resolve/main/onnx/model.onnx_data_1': 'more weights',
  'org/model/resolve/main/onnx/model_q4.onnx': 'small',
  'named/inference.json':
    '{"model":"net.onnx","golden":"golden/samples.json","files":{"labels.json":{"size":2,"chunks":[]}}}',
  'named/net.onnx': 'net',
  'named/golden/samples.json': '{}',
  'named/labels.json': '{}',
  'empty/config.json': '{}',
  'weights/model.onnx': 'net',
  'weights/model.onnx.data': 'weights',
  'variants/inference.json':
    '{"model":[{"file":"gpu.onnx","device":"webgpu"},{"file":"cpu.onnx","externalData":["weights.bin"]}]}',
  'variants/gpu.onnx': 'gpu',
  'variants/cpu.onnx': 'cpu',
  'variants/weights.bin': 'weights',
  'pipe/inference.json':
    '{"task":"pipeline","stages":[{"name":"a","from":"a/"},{"name":"b","from":"../parts/b.tar.gz"}]}',
  'pipe/a/inference.json': '{"preprocess":[{"step":"tokenize","tokenizer":"words/tokenizer.json"}]}',
  'pipe/a/words/tokenizer.json': '{}',
  'pipe/a/model.onnx': 'x',
};

const page: Route = (_, response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
const broken: Route = (_, response) => void response.writeHead(500).end();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-folder-'));
  for (const [path, content] of Object.entries(onServer)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const archive = new URL('fixtures/archives/gnu-posix.tar.gz', import.meta.url);
  const { readFile } = await import('node:fs/promises');
  await mkdir(join(folder, 'parts'), { recursive: true });
  await writeFile(join(folder, 'parts/b.tar.gz'), await readFile(archive));
  site = await serve(folder, {
    routes: {
      '/spa/config.json': page,
      '/spa/tokenizer.json': page,
      '/spa/model.onnx': (_, response) => void response.end('net'),
      '/spa/onnx/model.onnx': page,
      '/broken/config.json': broken,
    },
    onRequest: ({ url }) => asked.push(url!),
  });
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function contentOf(source: Parameters<typeof openSource>[0], options = {}): Promise<Record<string, string>> {
  const { files } = await openSource(source, options);
  const entries = files.map(async ({ path, size, blob }) => {
    expect(blob.size).toBe(size);
    return [path, await blob.text()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('openSource() finds the files of a Hugging Face folder, the weights outside of the model too', async () => {
  expect(await contentOf(`${site.url}/org/model/resolve/main/`)).toEqual({
    'config.json': '{"id2label":{"0":"a"}}',
    'tokenizer.json': '{}',
    'README.md': '# Model',
    'onnx/model.onnx': 'full',
    'onnx/model.onnx_data': 'weights',
    'onnx/model.onnx_data_1': 'more weights',
  });
});

test('openSource() takes the variant of a folder that is asked for, and no other', async () => {
  asked.length = 0;
  const content = await contentOf(`${site.url}/org/model/resolve/main/`, { dtype: 'q4' });
  expect(content).toMatchObject({ 'onnx/model_q4.onnx': 'small' });
  expect(asked).not.toContain('/org/model/resolve/main/onnx/model.onnx');
});

test('openSource() fetches what inference.json of a folder names', async () => {
  const content = await contentOf(`${site.url}/named/`);
  expect(Object.keys(content).toSorted()).toEqual(['golden/samples.json', 'inference.json', 'labels.json', 'net.onnx']);
});

test('openSource() finds weights by every name that they may have', async () => {
  expect(await contentOf(`${site.url}/weights/`)).toEqual({ 'model.onnx': 'net', 'model.onnx.data': 'weights' });
  expect(Object.keys(await contentOf(`${site.url}/variants/`)).toSorted()).toEqual([
    'cpu.onnx',
    'inference.json',
    'weights.bin',
  ]);
});

test('openSource() asks for the stages of a pipeline with the headers that it was given', async () => {
  const headers: (string | undefined)[] = [];
  await using guarded = await serve(folder, {
    onRequest: (request) => headers.push(request.headers.authorization),
  });
  await openSource(`${guarded.url}/pipe/`, { request: { headers: { authorization: 'Bearer x' } } });
  expect(new Set(headers)).toEqual(new Set(['Bearer x']));
});

test('openSource() keeps the query of a folder for its files', async () => {
  asked.length = 0;
  await openSource(`${site.url}/named/?token=abc`);
  expect(asked.every((url) => url.endsWith('?token=abc'))).toBe(true);
});

test('openSource() takes no web page for a file', async () => {
  expect(await contentOf(`${site.url}/spa/`)).toEqual({ 'model.onnx': 'net' });
});

test('openSource() says what it looked for in a folder without a model', async () => {
  await expect(openSource(`${site.url}/empty/`)).rejects.toMatchObject({
    code: 'model-missing',
    message: /looked for "onnx\/model\.onnx", "model\.onnx"/,
  });
});

test('openSource() ends the other downloads of a folder when one fails', async () => {
  let ended!: () => void;
  const closed = new Promise<void>((resolve) => (ended = resolve));
  await using failing = await serve(folder, {
    routes: {
      '/f/config.json': broken,
      '/f/tokenizer.json': (_, response) => {
        response.on('close', ended);
        response.write('{');
      },
    },
  });
  await expect(openSource(`${failing.url}/f/`)).rejects.toMatchObject({ code: 'download-failed', message: /500/ });
  await closed;
});

test('openSource() tells a server that fails from a file that is not there', async () => {
  await expect(openSource(`${site.url}/broken/`)).rejects.toMatchObject({ code: 'download-failed', message: /500/ });
});

test('openSource() takes a list of addresses, files and named files, and takes off the folder they share', async () => {
  const at = (path: string): string => `${site.url}/org/model/resolve/main/${path}`;
  expect(Object.keys(await contentOf([at('config.json'), at('onnx/model.onnx')]))).toEqual([
    'config.json',
    'onnx/model.onnx',
  ]);
  expect(Object.keys(await contentOf([at('onnx/model.onnx')]))).toEqual(['onnx/model.onnx']);
  const file = new File(['net'], 'model.onnx');
  const named = { path: 'sub/labels.json', source: new Blob(['{}']) };
  expect(await contentOf([file, named])).toEqual({ 'model.onnx': 'net', 'sub/labels.json': '{}' });
});

test('openSource() refuses of a list what an archive would be refused for', async () => {
  const blob = new Blob(['x']);
  await expect(openSource([{ path: '../x', source: blob }])).rejects.toMatchObject({ code: 'archive-unsafe' });
  const twice = [1, 2].map(() => ({ path: 'x', source: blob }));
  await expect(openSource(twice)).rejects.toMatchObject({ code: 'archive-unsafe' });
  await expect(openSource([])).rejects.toMatchObject({ code: 'archive-empty' });
  await expect(openSource([`${site.url}/none.onnx`])).rejects.toMatchObject({ code: 'download-failed' });
});

test('openSource() holds a folder to the limits of an archive', async () => {
  const source = `${site.url}/org/model/resolve/main/`;
  await expect(openSource(source, { limits: { maxTotalBytes: 30 } })).rejects.toMatchObject({
    code: 'archive-too-large',
  });
});

test('openSource() reports progress and stops when it is aborted', async () => {
  const seen: number[] = [];
  await openSource(`${site.url}/named/`, { onProgress: ({ loadedBytes }) => void seen.push(loadedBytes) });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBeGreaterThan(100);
  const reason = new Error('enough');
  await expect(openSource(`${site.url}/named/`, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('openSource() brings the folders and the archives that a pipeline names, relative to its own address', async () => {
  const { files, parts } = await openSource(`${site.url}/pipe/`);
  expect(files.map(({ path }) => path).toSorted()).toEqual([
    'a/inference.json',
    'a/model.onnx',
    'a/words/tokenizer.json',
    'inference.json',
  ]);
  expect(Object.keys(parts!)).toEqual(['../parts/b.tar.gz']);
  const whole = await unpackArtifact(`${site.url}/parts/b.tar.gz`);
  expect(parts!['../parts/b.tar.gz']!.files.map(({ path }) => path)).toEqual(whole.files.map(({ path }) => path));
});

test.each([
  ' http://127.0.0.1:9/x.tar.gz',
  '/\t/127.0.0.1:9/x.tar.gz',
  'ht\ntp://127.0.0.1:9/x.tar.gz',
  '\0http://127.0.0.1:9/x.tar.gz',
  'https://elsewhere.example/x.tar.gz',
  '//elsewhere.example/x.tar.gz',
  'data:,x.tar.gz',
  '\\\\x.tar.gz',
])('openSource() asks no other server for a part of a pipeline: %s', async (from) => {
  const inference = new Blob([JSON.stringify({ task: 'pipeline', stages: [{ name: 'a', from }] })]);
  await expect(openSource([{ path: 'inference.json', source: inference }])).rejects.toMatchObject({
    code: 'file-invalid',
  });
  await writeFile(join(folder, 'pipe/inference.json'), await inference.text());
  await expect(openSource(`${site.url}/pipe/`)).rejects.toMatchObject({ code: 'file-invalid', message: /relative/ });
});
