import { assert } from 'chai';
import { ArtifactError, openArtifact, type DownloadProgress } from 'inpoint';
import { unpackArtifact } from '../../../src/artifact/index.ts';
import { ByteReader } from '../../../src/artifact/byte-reader.ts';
import { crc32 } from '../../../src/artifact/crc32.ts';
import { gunzip } from '../../../src/artifact/gunzip.ts';
import { fflateInflater, nativeInflater } from '../../../src/artifact/inflate.ts';
import allCases from '../../fixtures/archives/cases.json';
import { patience, rejection, report, test } from '../harness.ts';
import { fixture, pack } from '../pack.ts';

interface Case {
  file: string;
  tool: string;
  what: string;
  expect:
    | { kind: 'accepted'; files: { path: string; size: number; sha256: string }[] }
    | { kind: 'refused'; code: string; says: string };
}

const cases = allCases as Case[];
const sound = 'archives/gnu-posix.tar.gz';

async function sha256(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

for (const { file, tool, what, expect } of cases) {
  test(`openArtifact() ${expect.kind === 'accepted' ? 'reads' : `says ${expect.code} of`} ${file} (${tool}): ${what}`, async () => {
    const source = new File([(await fixture(`archives/${file}`)) as BlobPart], file);
    if (expect.kind === 'accepted') {
      const { files } = await openArtifact(source);
      const seen = await Promise.all(
        files.map(async ({ path, size, blob }) => ({ path, size, sha256: await sha256(blob) })),
      );
      assert.deepEqual(seen, expect.files);
    } else {
      const error = await rejection(openArtifact(source));
      assert.instanceOf(error, ArtifactError);
      assert.equal(error.code, expect.code, error.message);
      assert.include(error.message, expect.says);
    }
  });
}

test('gunzip() gives the same with the native inflater and with fflate, whatever the pieces', async () => {
  for (const { file, expect } of cases) {
    if (expect.kind !== 'accepted' || file.includes('bare')) continue;
    const bytes = await fixture(`archives/${file}`);
    if (bytes[0] !== 0x1f) continue;
    const outcomes = new Set<string>();
    for (const newInflater of [nativeInflater, fflateInflater]) {
      for (const piece of [1 << 20, 1000, 61]) {
        const parts: BlobPart[] = [];
        for await (const chunk of gunzip(new ByteReader(pieces(bytes, piece)), newInflater))
          parts.push(chunk as BlobPart);
        outcomes.add(await sha256(new Blob(parts)));
      }
    }
    assert.equal(outcomes.size, 1, file);
  }
});

test('gunzip() finds no false end in megabytes that deflate cannot shrink and in megabytes of zeros', async () => {
  const noise = new Uint8Array(3 << 20);
  for (let at = 0; at < noise.length; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
  // Gzip headers all over the place.
  for (let at = 0; at < noise.length; at += 5000) noise.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], at);
  const content = new Blob([noise, new Uint8Array(2 << 20), noise.subarray(0, 100_000)]);
  const packed = new Uint8Array(
    await new Response(content.stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  );
  for (const newInflater of [nativeInflater, fflateInflater]) {
    const parts: BlobPart[] = [];
    for await (const chunk of gunzip(new ByteReader(pieces(packed, 65_536)), newInflater))
      parts.push(chunk as BlobPart);
    assert.equal(await sha256(new Blob(parts)), await sha256(content));
  }
});

test('gunzip() reads members of any kind and number, padded or not, in pieces of any size', async () => {
  const next = random(7);
  const pick = (count: number): number => Math.floor(next() * count);
  const contents = [
    () => new Uint8Array(0),
    () => new Uint8Array(pick(200_000)),
    () => crypto.getRandomValues(new Uint8Array(pick(60_000))),
    () => Uint8Array.from({ length: pick(2000) }, (_, at) => [0x1f, 0x8b, 8, 0][at % 4]!),
    () => new TextEncoder().encode('model '.repeat(pick(3000))),
    () => Uint8Array.of(0),
  ];
  for (let round = 0; round < 40; round++) {
    const members: BlobPart[] = [];
    const plain: BlobPart[] = [];
    for (let count = 1 + pick(5); count > 0; count--) {
      const content = new Blob([contents[pick(contents.length)]!()]);
      plain.push(content);
      members.push(await new Response(content.stream().pipeThrough(new CompressionStream('gzip'))).blob());
      if (next() < 0.4) members.push(new Uint8Array([1, 512, 70_000][pick(3)]!));
    }
    const bytes = new Uint8Array(await new Blob(members).arrayBuffer());
    const size = [1 + pick(40), 100 + pick(5000), 65_536, 1 << 24][pick(4)]!;
    for (const newInflater of [nativeInflater, fflateInflater]) {
      const parts: BlobPart[] = [];
      const chunks = pieces(bytes, Math.max(size, Math.ceil(bytes.length / 3000)));
      for await (const chunk of gunzip(new ByteReader(chunks), newInflater)) parts.push(chunk as BlobPart);
      assert.equal(await sha256(new Blob(parts)), await sha256(new Blob(plain)), `round ${round}, pieces of ${size}`);
    }
  }
});

/** A member of one stored block (RFC 1951, 3.2.4) for each 65,535 bytes. */
function stored(content: Uint8Array): BlobPart[] {
  const parts: BlobPart[] = [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)];
  for (let at = 0; at < content.length || at === 0; at += 65_535) {
    const block = content.subarray(at, at + 65_535);
    const head = new DataView(new ArrayBuffer(5));
    head.setUint8(0, at + 65_535 >= content.length ? 1 : 0);
    head.setUint16(1, block.length, true);
    head.setUint16(3, ~block.length & 0xffff, true);
    parts.push(head.buffer, block as BlobPart);
  }
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, content.length, true);
  return [...parts, trailer.buffer];
}

test('gunzip() takes no longer over data that look like borders all along', async () => {
  const content = Uint8Array.from({ length: 2_000_000 }, (_, at) => [0x1f, 0x8b, 8, 0][at % 4]!);
  const bytes = new Uint8Array(await new Blob(stored(content)).arrayBuffer());
  for (const [newInflater, size] of [
    [nativeInflater, 65_536],
    [fflateInflater, 65_536],
    // All of it in one piece, as a page's own stream may give it.
    [nativeInflater, bytes.length],
    [fflateInflater, bytes.length],
  ] as const) {
    const start = performance.now();
    let length = 0;
    for await (const chunk of gunzip(new ByteReader(pieces(bytes, size)), newInflater)) length += chunk.length;
    assert.equal(length, content.length);
    assert.isBelow(performance.now() - start, 10_000 * patience);
  }
});

test('gunzip() reads a member that stands for nothing after a flush, and zeros that end at a border of pieces', async () => {
  const flushed = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 255, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const zeros = new Uint8Array(await new Blob(stored(new Uint8Array(65_535))).arrayBuffer());
  for (const newInflater of [nativeInflater, fflateInflater]) {
    for (const [bytes, expected] of [
      [flushed, 0],
      [zeros, 65_535],
    ] as const) {
      for (const cut of [bytes.length, bytes.length - 1, bytes.length - 4, bytes.length - 8]) {
        let length = 0;
        const chunks = (async function* () {
          yield bytes.subarray(0, cut);
          if (cut < bytes.length) yield bytes.subarray(cut);
        })();
        for await (const chunk of gunzip(new ByteReader(chunks), newInflater)) length += chunk.length;
        assert.equal(length, expected);
      }
    }
  }
});

test('gunzip() refuses thousands of members of a few bytes, soon', async () => {
  const member = new Uint8Array(await new Blob(stored(Uint8Array.of(7))).arrayBuffer());
  const many = new Uint8Array(await new Blob(Array.from({ length: 20_000 }, () => member)).arrayBuffer());
  const start = performance.now();
  const read = async (): Promise<void> => {
    for await (const chunk of gunzip(new ByteReader(pieces(many, 65_536)))) assert.isAbove(chunk.length, 0);
  };
  assert.equal(((await rejection(read())) as ArtifactError).code, 'archive-unsupported');
  assert.isBelow(performance.now() - start, 5000 * patience);
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const [what, address] of [
  ['an address', `/fixtures/${sound}`],
  ['an address that redirects', '/bad/redirect'],
  ['a server that sends 7 bytes at a time', '/bad/drip'],
  ['a server that decompresses on the way', '/bad/encoded'],
] as const) {
  test(`openArtifact() reads ${what}`, async () => {
    const { files } = await openArtifact(address);
    assert.isAbove(files.length, 1);
  });
}

test('openArtifact() reads a URL, a Blob and a stream, and resolves addresses against the page', async () => {
  const bytes = await fixture(sound);
  const paths = async (source: Parameters<typeof openArtifact>[0]): Promise<string[]> =>
    (await openArtifact(source)).files.map(({ path }) => path);
  const expected = await paths(`/fixtures/${sound}`);
  assert.deepEqual(await paths(new URL(`/fixtures/${sound}`, location.href)), expected);
  assert.deepEqual(await paths(`../fixtures/${sound}`), expected);
  assert.deepEqual(await paths(new Blob([bytes as BlobPart])), expected);
  assert.deepEqual(await paths(new Blob([bytes as BlobPart]).stream()), expected);
});

test('openArtifact() reports progress up to the last byte', async () => {
  const seen: DownloadProgress[] = [];
  const { downloadedBytes } = await openArtifact(`/fixtures/${sound}`, {
    onProgress: (progress) => seen.push(progress),
  });
  assert.isAbove(seen.length, 1);
  assert.deepEqual(seen[0], { phase: 'download', loadedBytes: 0, totalBytes: downloadedBytes });
  assert.deepEqual(seen.at(-1), { phase: 'download', loadedBytes: downloadedBytes, totalBytes: downloadedBytes });
});

test('openArtifact() reports nothing after the end, be it good or bad', async () => {
  let late = 0;
  for (let round = 0; round < 20; round++) {
    let ended = false;
    const onProgress = (): void => void (ended && late++);
    const bad = new File([new Uint8Array(2000).fill(round + 1)], 'bare.onnx');
    await rejection(openArtifact(bad, { onProgress }));
    ended = true;
    await new Promise((soon) => setTimeout(soon, 5));
  }
  assert.equal(late, 0);
});

test('openArtifact() sends headers and credentials as it is told', async () => {
  document.cookie = 'visitor=1; path=/';
  await openArtifact('/bad/auth', { request: { headers: { 'x-token': 'secret' } } });
  await openArtifact('/bad/cookie');
  assert.equal(((await rejection(openArtifact('/bad/auth'))) as ArtifactError).code, 'download-failed');
  assert.equal(
    ((await rejection(openArtifact('/bad/cookie', { request: { credentials: 'omit' } }))) as ArtifactError).code,
    'download-failed',
  );
});

for (const [path, code, says] of [
  ['/bad/404', 'download-failed', '404'],
  ['/bad/403', 'download-failed', 'authentication'],
  ['/bad/500', 'download-failed', '500'],
  ['/bad/html', 'not-an-archive', 'HTML'],
  ['/bad/s3-error', 'not-an-archive', 'object store'],
  ['/bad/empty', 'archive-empty', 'no bytes'],
  ['/bad/short', 'archive-truncated', 'ends inside'],
  ['/bad/cut', 'download-failed', 'broke off'],
  ['http://127.0.0.1:9/model.tar.gz', 'download-failed', 'could not be reached'],
] as const) {
  test(`openArtifact() says ${code} of ${path}`, async () => {
    const error = (await rejection(openArtifact(path))) as ArtifactError;
    assert.instanceOf(error, ArtifactError);
    assert.equal(error.code, code, error.message);
    assert.include(error.message, says);
  });
}

for (const path of ['/bad/stall', '/bad/silent']) {
  test(`openArtifact() ends at once on ${path} when it is aborted, with the signal's reason`, async () => {
    const controller = new AbortController();
    const opening = openArtifact(path, { signal: controller.signal });
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 200);
    const start = performance.now();
    assert.equal(await rejection(opening), reason);
    assert.isBelow(performance.now() - start, 1200);
    assert.isAbove((await openArtifact(`/fixtures/${sound}`)).files.length, 1);
  });
}

test('openArtifact() rejects at once with a signal that was aborted before', async () => {
  const reason = new Error('before');
  assert.equal(await rejection(openArtifact('/bad/silent', { signal: AbortSignal.abort(reason) })), reason);
});

test('openArtifact() aborts one of two and leaves the other alone', async () => {
  const controller = new AbortController();
  const stalled = openArtifact('/bad/stall', { signal: controller.signal });
  const other = openArtifact('/bad/drip');
  setTimeout(() => controller.abort(), 20);
  assert.equal((await rejection(stalled)).name, 'AbortError');
  assert.isAbove((await other).files.length, 1);
});

test('openArtifact() keeps each limit that it is given', async () => {
  const source = await pack({ 'a/b.txt': 'x'.repeat(3000), 'a/c.txt': 'y'.repeat(3000) });
  for (const limits of [{ maxEntries: 1 }, { maxFileBytes: 2999 }, { maxTotalBytes: 5999 }, { maxPathBytes: 6 }]) {
    const error = (await rejection(openArtifact(source, { limits }))) as ArtifactError;
    assert.equal(error.code, 'archive-too-large', error.message);
    assert.include(error.message, Object.keys(limits)[0]!);
  }
  assert.equal(
    (
      await openArtifact(source, {
        limits: { maxEntries: 2, maxFileBytes: 3000, maxTotalBytes: 6000, maxPathBytes: 7 },
      })
    ).files.length,
    2,
  );
});

test('openArtifact() gives way when maxRatio is raised', async () => {
  const source = new File([(await fixture('archives/large-bomb.tar.gz')) as BlobPart], 'bomb.tar.gz');
  assert.equal((await openArtifact(source, { limits: { maxRatio: 2000 } })).files.length > 0, true);
});

test('openArtifact() gives files that outlive the archive worker', async () => {
  const { files } = await openArtifact(
    await pack({ 'big.bin': new Uint8Array(9 << 20).fill(7), 'small.txt': 'small' }),
  );
  await openArtifact(`/fixtures/${sound}`);
  assert.equal(files[0]!.size, 9 << 20);
  assert.isTrue(new Uint8Array(await files[0]!.blob.arrayBuffer()).every((byte) => byte === 7));
  assert.equal(await files[1]!.blob.text(), 'small');
});

test('openArtifact() throws a TypeError for what is no source', async () => {
  assert.instanceOf(await rejection(openArtifact(42 as never)), TypeError);
});

/** Small, fast and repeatable; Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One archive out of others: bits flipped, cut, a stretch of another put in, or the tar inside changed and packed again. */
async function mutate(seeds: Uint8Array[], next: () => number): Promise<Uint8Array> {
  const pick = (count: number): number => Math.floor(next() * count);
  const seed = seeds[pick(seeds.length)]!;
  const gzip = async (tar: Uint8Array): Promise<Uint8Array> =>
    new Uint8Array(
      await new Response(new Blob([tar as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
    );
  const change = (bytes: Uint8Array): Uint8Array => {
    const changed = bytes.slice();
    switch (pick(5)) {
      case 0:
        for (let flips = 1 + pick(8); flips > 0; flips--) changed[pick(changed.length)]! ^= 1 << pick(8);
        return changed;
      case 1:
        return changed.subarray(0, pick(changed.length));
      case 2: {
        const other = seeds[pick(seeds.length)]!;
        const from = pick(other.length);
        changed.set(other.subarray(from, from + Math.min(512, changed.length)).subarray(0, changed.length), 0);
        return changed;
      }
      case 3: {
        const at = pick(changed.length);
        const noise = Uint8Array.from({ length: Math.min(1 + pick(64), changed.length - at) }, () => pick(256));
        changed.set(noise, at);
        return changed;
      }
      default: {
        const at = pick(changed.length);
        const other = seeds[pick(seeds.length)]!;
        const spliced = new Uint8Array(at + other.length);
        spliced.set(changed.subarray(0, at));
        spliced.set(other, at);
        return spliced;
      }
    }
  };
  if (next() < 0.5) return change(seed);
  try {
    const tar = new Uint8Array(
      await new Response(
        new Blob([seed as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip')),
      ).arrayBuffer(),
    );
    const changed = change(tar);
    if (next() < 0.7) mendChecksums(changed);
    return await gzip(changed);
  } catch {
    return change(seed);
  }
}

/** Writes right checksums into what look like headers, so that what is wrong in them is met further on. */
function mendChecksums(tar: Uint8Array): void {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar[at + 257] !== 0x75 || tar[at + 258] !== 0x73) continue;
    let sum = 0;
    for (let byte = 0; byte < 512; byte++) sum += byte >= 148 && byte < 156 ? 0x20 : tar[at + byte]!;
    tar.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148);
  }
}

const mutants = Number(new URLSearchParams(location.search).get('mutants') ?? 1500);

test(`unpackArtifact() ends each of ${mutants} mutated archives in success or a typed error, within seconds`, async () => {
  const names = cases.filter(({ file }) => !/large-|entries/.test(file)).map(({ file }) => file);
  const seeds = await Promise.all(names.map((name) => fixture(`archives/${name}`)));
  const sources = seeds.filter((seed) => seed.length > 0);
  const outcomes: Record<string, number> = {};
  let slowest = 0;
  let round = 0;
  const work = async (): Promise<void> => {
    while (round < mutants) {
      const number = round++;
      const bytes = await mutate(sources, random(20261122 + number));
      const start = performance.now();
      // Half through the worker, as a page does it; half here, where errors of any kind would show.
      const open = number % 2 === 0 ? openArtifact : unpackArtifact;
      const outcome = await open(new File([bytes as BlobPart], `mutant-${number}.tar.gz`)).then(
        () => 'accepted',
        (error: Error & { code?: string }) => {
          if (error.name !== 'ArtifactError') throw new Error(`Mutant ${number}: ${error.stack}`, { cause: error });
          return error.code!;
        },
      );
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      slowest = Math.max(slowest, performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  console.log(`${mutants} mutants: ${JSON.stringify(outcomes)}, slowest ${slowest.toFixed(0)} ms`);
  assert.isBelow(slowest, 5000 * patience);
  assert.isAbove(Object.keys(outcomes).length, 4);
});

await report();
