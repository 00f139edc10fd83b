import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { crc32 as zlibCrc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packArtifact, type PackFile } from '../pack/index.ts';
import { crc32, crc32Combined } from './crc32.ts';
import { unpackArtifact } from './index.ts';
import { firstPartBytes, partsCovering, readPackedIndex, type PackedIndex } from './packed-index.ts';

function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24);
}

/** One file that shrinks, one that does not, small ones, and one with a path that takes a PAX header. */
const contents: Record<string, Uint8Array<ArrayBuffer>> = {
  'config.json': new TextEncoder().encode('{}'),
  'empty.txt': new Uint8Array(0),
  [`${'ä'.repeat(60)}.txt`]: new TextEncoder().encode('not ASCII'),
  'model.onnx': noise(5 * 2 ** 20 + 3, 1),
  'model.onnx.data': noise(3 * 2 ** 20, 2).map((byte) => byte & 15),
  'golden.json': new TextEncoder().encode('{"samples":[]}'),
};

const { publicKey, privateKey } = generateKeyPairSync('ed25519');

async function packed(options: { signed?: boolean } = {}): Promise<Buffer> {
  const files = Object.entries(contents).map(([path, bytes]): PackFile => ({ path, blob: new Blob([bytes]) }));
  const signer = options.signed ? { sign: async (bytes: Uint8Array) => sign(null, bytes, privateKey) } : {};
  const pieces: Uint8Array[] = [];
  for await (const piece of packArtifact(files, { manifest: { task: 'tensor' }, ...signer })) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The index of an archive, read from its beginning alone. */
function indexOf(archive: Buffer): { index: PackedIndex; manifest: Buffer; json: Record<string, unknown> } {
  const firstBytes = firstPartBytes(archive)!;
  const first = inflateRawSync(Buffer.concat([archive.subarray(20, 20 + firstBytes), Uint8Array.of(3, 0)]));
  const size = Number.parseInt(first.toString('latin1', 124, 135), 8);
  const manifest = first.subarray(512, 512 + size);
  const json = JSON.parse(manifest.toString()) as Record<string, unknown>;
  const index = readPackedIndex(json, { firstBytes, firstTarBytes: first.length, totalBytes: archive.length })!;
  return { index, manifest, json };
}

describe.each([{ signed: false }, { signed: true }])('the index of an archive, %o,', (options) => {
  test('comes to the bytes of the archive, and an inflater can start anew at each of its borders', async () => {
    const archive = await packed(options);
    const { index } = indexOf(archive);
    const tar = gunzipSync(archive);
    expect(index.totalBytes).toBe(archive.length);
    expect(index.isSigned).toBe(options.signed);
    expect(index.borders.length).toBeGreaterThan(9);
    for (const { gzipAt, tarAt } of index.borders) {
      const rest = inflateRawSync(archive.subarray(gzipAt, archive.length - 8));
      expect(rest.equals(tar.subarray(tarAt)), `the border at ${gzipAt}`).toBe(true);
    }
  });

  test('says where each file is, and which parts hold it', async () => {
    const archive = await packed(options);
    const { index } = indexOf(archive);
    expect([...index.files.keys()].toSorted()).toEqual(Object.keys(contents).toSorted());
    for (const [path, { at, size }] of index.files) {
      const { gzipFrom, gzipTo, tarFrom } = partsCovering(index, at, size);
      const part = Buffer.concat([archive.subarray(gzipFrom, gzipTo), Uint8Array.of(3, 0)]);
      const found = inflateRawSync(part).subarray(at - tarFrom, at - tarFrom + size);
      expect(found.equals(contents[path]!), path).toBe(true);
      expect(gzipTo - gzipFrom).toBeLessThan(size + 2.2 * 2 ** 20);
    }
  });
});

test('a signature follows inference.json, covers it, and is a file of the artifact', async () => {
  const archive = await packed({ signed: true });
  const { files } = await unpackArtifact(new Blob([archive as never]));
  expect(files.map(({ path }) => path).slice(0, 2)).toEqual(['inference.json', 'inference.json.sig']);
  const [manifest, signature] = await Promise.all(
    files.slice(0, 2).map(async ({ blob }) => Buffer.from(await blob.arrayBuffer())),
  );
  expect(verify(null, manifest!, publicKey, signature!)).toBe(true);
});

interface Draft {
  parts?: unknown[] & number[][];
  files?: Record<string, { at?: unknown; size: unknown }>;
}

describe('readPackedIndex() takes nothing of', () => {
  const changes: [string, (json: Draft) => void][] = [
    ['no parts', (json) => delete json.parts],
    ['an empty list of parts', (json) => (json.parts = [])],
    ['a part of no bytes', (json) => (json.parts![1] = [0, 5])],
    ['a part of a fraction', (json) => (json.parts![1]![0]! += 0.5)],
    ['a part that is negative', (json) => (json.parts![1]![1]! *= -1)],
    ['a part that is no pair', (json) => (json.parts![1] = [1])],
    ['a part that is too long', (json) => json.parts![1]![1]!++],
    ['parts of 2 ** 53 bytes', (json) => (json.parts![0]![0] = 2 ** 53)],
    ['no files', (json) => delete json.files],
    ['a file without a place', (json) => delete json.files!['model.onnx']!.at],
    ['a file before the first part', (json) => (json.files!['model.onnx']!.at = -1)],
    ['a file behind the end', (json) => (json.files!['model.onnx']!.at = 1e9)],
    ['a file that reaches into another', (json) => (json.files!['model.onnx']!.at = 2 ** 20 + 387_000)],
    ['a file of a size that is none', (json) => (json.files!['model.onnx']!.size = '7')],
  ];
  test.each(changes)('%s', async (_, change) => {
    const archive = await packed();
    const { json } = indexOf(archive);
    const firstBytes = firstPartBytes(archive)!;
    change(json);
    const size = { firstBytes, firstTarBytes: 4096, totalBytes: archive.length };
    expect(readPackedIndex(json, size)).toBeUndefined();
  });
});

test('an archive whose index lies is read as any other, and its digests hold', async () => {
  const archive = await packed();
  const damaged = Buffer.from(archive);
  damaged[16]! ^= 1;
  const { files } = await unpackArtifact(new Blob([damaged]));
  expect(files.length).toBe(Object.keys(contents).length + 1);
  damaged[archive.length - 3_000_000]! ^= 1;
  await expect(unpackArtifact(new Blob([damaged]))).rejects.toMatchObject({ code: 'archive-corrupt' });
});

test('crc32Combined() is the CRC-32 of both', () => {
  for (const [one, two] of [
    [0, 1],
    [1, 0],
    [5, 3],
    [1000, 70_001],
    [3, 2 ** 20],
  ] as const) {
    const [first, second] = [noise(one, 3), noise(two, 4)];
    expect(crc32Combined(crc32(first), crc32(second), two)).toBe(zlibCrc32(Buffer.concat([first, second])));
  }
});
