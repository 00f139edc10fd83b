import { execFile } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpackArtifact } from '../artifact/index.ts';
import { packArtifact, type PackFile } from './index.ts';

const run = promisify(execFile);

function noise(length: number): Uint8Array<ArrayBuffer> {
  let state = 7;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
}

const contents: Record<string, string | Uint8Array<ArrayBuffer>> = {
  'model.onnx': noise(9 * 2 ** 20 + 5),
  'config.json': '{"a":1}',
  'golden.json': '{"samples":[]}',
  'golden/größe 日本.txt': 'x',
  'empty.txt': '',
  'tokenizer.json': JSON.stringify(Array.from({ length: 30_000 }, (_, index) => `token${index}`)),
  [`${'d'.repeat(60)}/${'e'.repeat(60)}/f.txt`]: 'parted at a slash',
  [`${'n'.repeat(180)}.txt`]: 'too long for ustar',
  [`deep/${'ä'.repeat(120)}/x.txt`]: 'long and not ASCII',
};

const files: PackFile[] = Object.entries(contents).map(([path, content]) => ({ path, blob: new Blob([content]) }));

async function packed(manifest: object = { task: 'tensor', golden: 'golden.json' }, given = files): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of packArtifact(given, { manifest: { ...manifest } })) chunks.push(chunk.slice());
  return new Blob(chunks);
}

async function bytesOf(content: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await new Blob([content]).arrayBuffer());
}

test('packArtifact() gives the same bytes whatever the order of the files', async () => {
  const [first, second] = [await packed(), await packed(undefined, files.toReversed())];
  expect(Buffer.from(await first.arrayBuffer()).equals(Buffer.from(await second.arrayBuffer()))).toBe(true);
});

test('packArtifact() puts inference.json first, models after what is small, golden samples last', async () => {
  const { files: read } = await unpackArtifact(await packed());
  expect(read.map(({ path }) => path)).toEqual([
    'inference.json',
    'config.json',
    expect.stringMatching(/^d+\/e+\/f.txt$/),
    expect.stringMatching(/^deep/),
    'empty.txt',
    expect.stringMatching(/^n+.txt$/),
    'tokenizer.json',
    'model.onnx',
    'golden.json',
    'golden/größe 日本.txt',
  ]);
  for (const { path, blob } of read.slice(1)) {
    expect(Buffer.from(await blob.arrayBuffer()).equals(await bytesOf(contents[path]!)), path).toBe(true);
  }
});

test('packArtifact() writes the digest of each chunk of 4 MiB', async () => {
  const { files: read } = await unpackArtifact(await packed());
  const manifest = JSON.parse(await read[0]!.blob.text()) as {
    files: Record<string, { size: number; chunks: string[] }>;
  };
  expect(Object.keys(manifest.files).toSorted()).toEqual(Object.keys(contents).toSorted());
  const { createHash } = await import('node:crypto');
  const model = contents['model.onnx'] as Uint8Array;
  expect(manifest.files['model.onnx']).toMatchObject({
    size: model.length,
    chunks: [0, 1, 2].map((index) =>
      createHash('sha256')
        .update(model.subarray(index * 2 ** 22, (index + 1) * 2 ** 22))
        .digest('hex'),
    ),
  });
});

test('packArtifact() stores what does not shrink and deflates what does', async () => {
  const blob = await packed();
  const modelBytes = (contents['model.onnx'] as Uint8Array).length;
  expect(blob.size).toBeGreaterThan(modelBytes);
  expect(blob.size).toBeLessThan(modelBytes + 160_000);
  const tar = gunzipSync(Buffer.from(await blob.arrayBuffer()));
  expect(tar.length % 512).toBe(0);
});

test('packArtifact() writes one member of gzip, as servers that unpack it on the way need it', async () => {
  const blob = await packed();
  // The native inflater refuses whatever follows the first member.
  const tar = await new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  expect(Buffer.from(tar).equals(gunzipSync(Buffer.from(await blob.arrayBuffer())))).toBe(true);
});

test('packArtifact() deflates parts that an inflater can start anew with, one for each MiB of a model', async () => {
  const pieces: Uint8Array[] = [];
  for await (const piece of packArtifact(files, { manifest: { task: 'tensor' } })) pieces.push(piece);
  const parts = pieces.slice(1, -1).map((part) => inflateRawSync(Buffer.concat([part, Uint8Array.of(3, 0)])));
  expect(Buffer.concat(parts).equals(gunzipSync(Buffer.concat(pieces)))).toBe(true);
  // inference.json, what is small, ten of the model, the end.
  expect(parts.length).toBeGreaterThanOrEqual(13);
});

test.each(['../x', '/x', 'a//b', './a', 'a\\b', 'a\nb'])('packArtifact() refuses the path %j', async (path) => {
  await expect(packed({}, [{ path, blob: new Blob(['x']) }])).rejects.toMatchObject({ code: 'archive-unsafe' });
});

test.each([
  ['one file', [40]],
  ['harmless ones before it', [3, 3, 1, 3, 3, 30]],
  ['many', Array.from({ length: 12 }, () => 4)],
])('packArtifact() keeps the zeros of %s in a proportion that readers take', async (_, megabytes) => {
  const zeros = megabytes.map((size, index) => ({
    path: `${index}.bin`,
    blob: new Blob([new Uint8Array(size * 1e6)]),
  }));
  const blob = await packed({ task: 'tensor' }, zeros);
  const { files: read } = await unpackArtifact(blob);
  expect(read.slice(1).reduce((total, { size }) => total + size, 0)).toBe(
    megabytes.reduce((total, size) => total + size * 1e6, 0),
  );
  expect(blob.size).toBeLessThan(9e6);
});

test.each<[string, PackFile[]]>([
  ['a path of 1025 bytes', [{ path: 'ä'.repeat(512) + 'x', blob: new Blob(['x']) }]],
  ['10,000 files', Array.from({ length: 10_000 }, (_, index) => ({ path: `${index}`, blob: new Blob() }))],
  ['5,000 files of long names', Array.from({ length: 5000 }, (_, index) => ({ path: `ä${index}`, blob: new Blob() }))],
])('packArtifact() refuses %s, which no reader takes', async (_, given) => {
  await expect(packed({}, given)).rejects.toMatchObject({ code: 'archive-too-large' });
});

test('packArtifact() packs as many files as readers take', async () => {
  const most = Array.from({ length: 9999 }, (_, index) => ({ path: `${index}`, blob: new Blob() }));
  expect((await unpackArtifact(await packed({}, most))).files.length).toBe(10_000);
});

test('packArtifact() names the file that changed while it was packed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-pack-'));
  try {
    const path = join(folder, 'model.onnx');
    await writeFile(path, 'before');
    const blob = await openAsBlob(path);
    await writeFile(path, 'what came after');
    await expect(packed({}, [{ path: 'model.onnx', blob }])).rejects.toThrow(
      'Cannot read "model.onnx": it was changed or removed while it was packed.',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

const readers: [string, string, string[]][] = [
  ['GNU tar', 'tar', ['-xzf']],
  ['bsdtar', 'bsdtar', ['-xzf']],
  ['Python', 'python3', ['-c', 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall()']],
];

test.each(readers)('%s extracts what packArtifact() writes', async (name, command, args) => {
  const there = await run(command, ['--version']).catch(() => undefined);
  if (!there) {
    console.log(`${name} is not installed: not compared with it.`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-pack-'));
  try {
    const archive = join(folder, 'model.tar.gz');
    await writeFile(archive, Buffer.from(await (await packed()).arrayBuffer()));
    await run(command, [...args, archive], { cwd: folder });
    for (const [path, content] of Object.entries(contents)) {
      expect((await readFile(join(folder, path))).equals(await bytesOf(content)), path).toBe(true);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
