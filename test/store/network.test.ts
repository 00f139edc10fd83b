import { createCipheriv, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { packTar, unpackTar } from 'modern-tar';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenArtifactOptions } from '../../src/index.ts';
import { packArtifact } from '../../src/pack/index.ts';
import { launchProfile, type Profile } from '../chromium.ts';
import { faultyServer, type Fault, type FaultyServer, type Served } from './faulty-server.ts';
import { openPage, type LooseEnds, type Outcome, type Shown } from './open-page.ts';

/** What a server, or the network before it, does wrong, and what a visitor gets all the same. Run alone: npm test -- network */

/** An archive, and what is in it. */
interface Sample {
  readonly bytes: Buffer;
  /** SHA-256 of each of its files, in hexadecimal digits; of the description only where it is not added to. */
  readonly files: Readonly<Record<string, string>>;
}

/** Gives the signature of an `inference.json`. */
type Signer = (manifest: Uint8Array) => Promise<Uint8Array>;

type Files = Readonly<Record<string, Buffer>>;

const tableFolder = new URL('../fixtures/tasks/tabular-regression/', import.meta.url);
const row = [246.2, 1, 126, 'gas', false];
const rent = 996.539224006103;

/** A model, and beside it bytes that no gzip makes smaller. */
function modelFiles(version: string, noiseBytes: number): Files {
  return {
    'inference.json': readFileSync(new URL('inference.json', tableFolder)),
    'README.md': Buffer.from(`# Rents, ${version}\n`),
    'model.onnx': readFileSync(new URL('model.onnx', tableFolder)),
    'weights.bin': noise(version.split('.', 1)[0]!, noiseBytes),
  };
}

/** The same bytes for the same name. */
function noise(name: string, size: number): Buffer {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** As `inpoint pack` makes it. */
async function packed(files: Files): Promise<Sample> {
  return made('packed', files, () => pack(files));
}

async function pack(files: Files, signer?: Signer): Promise<Sample> {
  const { 'inference.json': manifest, ...others } = files;
  const list = Object.entries(others).map(([path, bytes]) => ({ path, blob: new Blob([new Uint8Array(bytes)]) }));
  const chunks = packArtifact(list, {
    manifest: JSON.parse(manifest!.toString()) as Record<string, unknown>,
    sign: signer,
  });
  return { bytes: Buffer.concat(await Array.fromAsync(chunks)), files: digestsOf(others) };
}

/** As `tar czf` makes it. */
async function plain(files: Files): Promise<Sample> {
  return made('plain', files, async () => {
    const entries = Object.entries(files).map(([name, body]) => ({
      header: { name, size: body.length, type: 'file' as const },
      body: new Uint8Array(body),
    }));
    return { bytes: gzipSync(await packTar(entries), { level: 1 }), files: digestsOf(files) };
  });
}

/** As it is where `gzip` compresses nothing, so that contents of one length make archives of one length. */
function stored(sample: Sample): Sample {
  if (sample.bytes[3] !== 0) return sample;
  return { ...sample, bytes: gzipSync(gunzipSync(sample.bytes), { level: 0 }) };
}

/** Each archive is made once. */
const samples = new Map<string, WeakMap<Files, Promise<Sample>>>();

function made(kind: string, files: Files, make: () => Promise<Sample>): Promise<Sample> {
  const known = samples.get(kind) ?? new WeakMap<Files, Promise<Sample>>();
  samples.set(kind, known);
  const sample = known.get(files) ?? make();
  known.set(files, sample);
  return sample;
}

function digestsOf(files: Files): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]),
  );
}

const MiB = 2 ** 20;
const one = modelFiles('one', 3 * MiB);
const two = modelFiles('two', 3 * MiB + 5000);
/** Shares its weights with `one`. */
const oneAgain = modelFiles('one.1', 3 * MiB);
const medium = modelFiles('medium', 8 * MiB);
const large = modelFiles('large', 23 * MiB);

let profile: Profile;

beforeAll(async () => {
  profile = await launchProfile();
});

afterAll(() => profile[Symbol.asyncDispose]());

type Options = Omit<OpenArtifactOptions, 'signal' | 'onProgress' | 'refreshUrl'> & {
  /** Addresses that `refreshUrl()` gives, one each time. */
  fresh?: string[];
};

/** Opens an archive in a page. */
function open(page: Page, address: string, options: Options = {}): Promise<Outcome<Shown>> {
  return page.evaluate(
    async ([from, { fresh, ...given }]) =>
      outcome(async () => {
        const refreshUrl = fresh && (() => fresh.shift()!);
        return shown(await inpoint.openArtifact(from, { ...given, refreshUrl }));
      }),
    [address, options] as const,
  );
}

/** Serves a model in a page, and asks it for a rent. */
function predict(page: Page, address: string, options: Options = {}): Promise<Outcome<number>> {
  return page.evaluate(
    async ([from, given, input]) =>
      outcome(async () => {
        const endpoint = await inpoint.deploy(from, { ...given, task: 'tabular-regression' });
        const { value } = await endpoint.invoke([...input] as never);
        await endpoint.close();
        return value;
      }),
    [address, options, row] as const,
  );
}

/**
 * Has a visitor close the tab when the server has stalled at a byte of its archive, and all that came of it is written.
 *
 * @param site where the page is
 */
async function leaveAt(
  bytes: number,
  server: Pick<FaultyServer, 'url' | 'address' | 'asked' | 'faults'>,
  options: Options = {},
  site: Pick<FaultyServer, 'url'> = server,
): Promise<void> {
  server.faults.push({ kind: 'stall', at: bytes });
  const page = await openPage(profile.context, site);
  await page.evaluate(([from, given]) => void inpoint.openArtifact(from, given), [server.address, options] as const);
  await expect.poll(() => server.asked[0]?.sentBytes, { timeout: 15_000 }).toBe(bytes);
  // The journal grows with all that is written.
  for (let before = ''; ; await wait(300)) {
    const now = JSON.stringify(await page.evaluate(() => opfs()));
    if (now === before) break;
    before = now;
  }
  await page.close();
}

const nothingLoose: LooseEnds = { unfinished: [], orphans: [], missing: [] };

/** What is kept is whole, and nothing else is there. What a page left goes a moment after it. */
async function expectTidy(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => looseEnds()), { timeout: 5000 }).toEqual(nothingLoose);
}

async function expectNothingKept(page: Page): Promise<void> {
  await expect.poll(async () => Object.keys(await page.evaluate(() => opfs())), { timeout: 5000 }).toEqual([]);
}

/** @param source where it came from this time */
function expectSound(
  { value, error }: Outcome<Shown>,
  { files }: Sample,
  storage: Partial<Shown['storage']> = { source: 'network' },
): void {
  expect(error).toBeUndefined();
  expect(value!.files).toMatchObject(files);
  expect(Object.keys(value!.files).toSorted()).toEqual(
    [...new Set(['inference.json', ...Object.keys(files)])].toSorted(),
  );
  expect(value!.storage).toMatchObject({ kind: 'opfs', isStale: false, ...storage });
}

const etag = (tag: string): Served['headers'] => ({ etag: `"${tag}"` });
const stale = (tag: string): Served['headers'] => ({ etag: `"${tag}"`, 'cache-control': 'max-age=0' });
const fresh = (tag: string): Served['headers'] => ({ etag: `"${tag}"`, 'cache-control': 'max-age=3600' });

/** The visitor's patience is the test's. */
const quick = { retries: 2, stallMs: 400 } as const;

const kinds = { packed, plain };

/** Does the same for both kinds of archive, side by side. */
async function eachKind(
  work: (make: (typeof kinds)[keyof typeof kinds], kind: keyof typeof kinds) => Promise<void>,
): Promise<void> {
  await Promise.all(Object.entries(kinds).map(([kind, make]) => work(make, kind as keyof typeof kinds)));
}

test('a connection that is cut at 20 places goes on from the last byte each time', async () => {
  await eachKind(async (make) => {
    const sample = await make(large);
    const { length } = sample.bytes;
    // The header and its neighbourhood, places that are no border, and the end.
    const within = Array.from({ length: 11 }, (_, place) => Math.floor((length * (place + 1)) / 12.3));
    const places = [1, 19, 21, 700, 1500, 70_001, ...within, length - 5000, length - 9, length - 1];
    const halves = [0, 1].map((half) => places.filter((_, place) => place % 2 === half));
    await Promise.all(halves.map((cuts) => cutAt(sample, cuts)));
  });
});

async function cutAt(sample: Sample, places: readonly number[]): Promise<void> {
  const { length } = sample.bytes;
  await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
  for (const at of places) server.faults.push({ kind: 'cut', at });
  await using page = await openPage(profile.context, server);
  expectSound(await open(page, server.address), sample);
  expect(server.asked.slice(1).map(({ status, ifRange }) => [status, ifRange])).toEqual(places.map(() => [206, '"1"']));
  // What the page had not read yet when a connection was cut comes again.
  expect(server.sentSince(0) - length).toBeLessThan(length * 0.1);
  await expectTidy(page);
  expect(await predict(page, server.address, { cache: 'only-if-cached' })).toEqual({ value: expect.closeTo(rent, 2) });
}

/** Bytes of a packed archive between two places where it can be gone on with, at most; of any other, kept as it comes. */
const partBytes = 1.01 * MiB;
const markBytes = 0.3 * MiB;

describe('a tab that is closed at 90 %', () => {
  for (const [kind, resume] of [
    ['packed', 'auto'],
    ['plain', 'always'],
  ] as const) {
    test(`of a ${kind} archive goes on from there, with { resume: '${resume}' }`, async () => {
      const { server, length, cut } = await closeAndOpen(await kinds[kind](large), resume);
      expect(server.asked.slice(1)).toMatchObject([{ status: 206, ifRange: '"1"' }]);
      expect(server.sentSince(1)).toBeLessThanOrEqual(length - cut + (kind === 'packed' ? partBytes : markBytes));
      if (kind === 'plain') expect(server.sentSince(1)).toBeLessThanOrEqual(length * 0.12);
    });
  }

  test('of a packed archive from 52 MB on: no more than 12 % come after it', async () => {
    const { server, length } = await closeAndOpen(await pack(modelFiles('larger', 51 * MiB)), 'auto');
    expect(server.asked.slice(1)).toMatchObject([{ status: 206, ifRange: '"1"' }]);
    expect(server.sentSince(1)).toBeLessThanOrEqual(length * 0.12);
  });

  test("starts over with { resume: 'never' }, and so does a small archive that pack has not made", async () => {
    const startOver = async (sample: Sample, resume: Options['resume']): Promise<void> => {
      const { server, length } = await closeAndOpen(sample, resume);
      expect(server.asked.slice(1)).toMatchObject([{ status: 200, range: undefined, sentBytes: length }]);
    };
    const [ours, other] = [await packed(one), await plain(one)];
    await Promise.all([startOver(ours, 'never'), startOver(other, 'never'), startOver(other, 'auto')]);
  });

  /** Closes a tab at 90 %, and opens the archive in another. */
  async function closeAndOpen(
    sample: Sample,
    resume: Options['resume'],
  ): Promise<{ server: Pick<FaultyServer, 'asked' | 'sentSince'>; length: number; cut: number }> {
    const { length } = sample.bytes;
    const cut = Math.floor(length * 0.9);
    await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
    await leaveAt(cut, server, { resume });
    await using again = await openPage(profile.context, server);
    expectSound(await open(again, server.address, { resume }), sample);
    await expectTidy(again);
    return { server, length, cut };
  }

  test('goes on in a later visit when the connection was lost for good, too', async () => {
    const sample = await packed(large);
    await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
    const cut = Math.floor(sample.bytes.length * 0.9);
    server.faults.push({ kind: 'cut', at: cut }, ...Array.from({ length: 9 }, (): Fault => ({ kind: 'cut' })));
    await using page = await openPage(profile.context, server);
    const { error } = await open(page, server.address, { retries: 1 });
    server.faults.splice(0);
    expect(error).toMatchObject({ name: 'ArtifactError', code: 'download-failed' });
    expect(error!.message).toMatch(/broke off after 21\.\d MB of 24\.1 MB/);
    const before = server.asked.length;
    expect(await page.evaluate(() => looseEnds())).toMatchObject({ unfinished: [expect.any(String)], orphans: [] });
    expectSound(await open(page, server.address), sample);
    expect(server.sentSince(before)).toBeLessThan(sample.bytes.length * 0.15);
    await expectTidy(page);
  });
});

describe('a file that changes on the way', () => {
  const modified = (day: number): Served['headers'] => ({ 'last-modified': `Sat, 0${day} Nov 2025 10:00:00 GMT` });
  const cases = [
    [etag('1'), etag('2')],
    [{ etag: 'W/"1"' }, { etag: 'W/"2"' }],
    [modified(1), modified(8)],
    [{}, {}],
  ] as const;
  test('is told by a validator or by its length, and starts over', async () => {
    await eachKind(async (make) => {
      const [before, after] = [await make(one), await make(two)];
      const change = async ([first, second]: (typeof cases)[number]): Promise<void> => {
        await using server = await faultyServer({ bytes: before.bytes, headers: first });
        server.faults.push({ kind: 'cut', at: 2 * MiB });
        await using page = await openPage(profile.context, server);
        const opening = open(page, server.address);
        await expect.poll(() => server.asked.length).toBe(1);
        server.file = { bytes: after.bytes, headers: second };
        expectSound(await opening, after);
        await expectTidy(page);
      };
      await Promise.all(cases.map(change));
    });
  });

  test('is told by its tag where a server sends a part of another file, whatever If-Range says', async () => {
    await eachKind(async (make) => {
      const [before, after] = [await make(one), await make(two)];
      await using server = await faultyServer({ bytes: before.bytes, headers: etag('1') });
      server.faults.push({ kind: 'cut', at: 2 * MiB });
      await using page = await openPage(profile.context, server);
      const opening = open(page, server.address);
      await expect.poll(() => server.asked.length).toBe(1);
      server.file = { bytes: after.bytes, headers: etag('2'), ranges: 'blind' };
      expectSound(await opening, after);
      expect(server.asked.map(({ status }) => status)).toEqual([200, 206, 200]);
      await expectTidy(page);
    });
  });

  test('is damage where neither its length nor a validator tells it, and is not kept', async () => {
    await eachKind(async (make) => {
      const other = { ...one, 'weights.bin': noise('other', 3 * MiB) };
      const [before, after] = [stored(await make(one)), stored(await make(other))];
      await using server = await faultyServer({ bytes: before.bytes });
      server.faults.push({ kind: 'cut', at: 2 * MiB });
      await using page = await openPage(profile.context, server);
      const opening = open(page, server.address);
      await expect.poll(() => server.asked.length).toBe(1);
      server.file = { bytes: after.bytes };
      expect(after.bytes).toHaveLength(before.bytes.length);
      expect((await opening).error).toMatchObject({ name: 'ArtifactError', code: 'archive-corrupt' });
      await expectNothingKept(page);
      expectSound(await open(page, server.address), after);
    });
  });

  test('to a shorter one than what has come is told by a 416, and starts over', async () => {
    const [before, after] = [await packed(one), await packed(modelFiles('short', MiB))];
    await using server = await faultyServer({ bytes: before.bytes });
    server.faults.push({ kind: 'cut', at: 2 * MiB });
    await using page = await openPage(profile.context, server);
    const opening = open(page, server.address);
    await expect.poll(() => server.asked.length).toBe(1);
    server.file = { bytes: after.bytes };
    expectSound(await opening, after);
    expect(server.asked.map(({ status }) => status)).toEqual([200, 416, 200]);
    await expectTidy(page);
  });

  test('between a closed tab and the next visit starts over, and leaves nothing of the old one', async () => {
    const [before, after] = [await packed(one), await packed(two)];
    await using server = await faultyServer({ bytes: before.bytes, headers: etag('1') });
    await leaveAt(3 * MiB, server);
    server.file = { bytes: after.bytes, headers: etag('2') };
    await using again = await openPage(profile.context, server);
    expectSound(await open(again, server.address), after);
    expect(server.asked[1]).toMatchObject({ ifRange: '"1"', status: 200 });
    await expectTidy(again);
  });

  test('between two visits is downloaded, and its event tells so', async () => {
    const [before, after] = [await packed(one), await packed(two)];
    await using server = await faultyServer({ bytes: before.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    const first = await open(page, server.address);
    expectSound(first, before);
    expectSound(await open(page, server.address), before, { source: 'store', version: first.value!.storage.version });
    expect(server.asked[1]).toMatchObject({ ifNoneMatch: '"1"', status: 304, sentBytes: 0 });
    await page.evaluate(() => {
      inpoint.models.addEventListener('update', ({ key, version }) =>
        Object.assign(globalThis, { told: { key, version } }),
      );
    });
    server.file = { bytes: after.bytes, headers: stale('2') };
    const second = await open(page, server.address);
    expectSound(second, after);
    expect(await page.evaluate(() => (globalThis as { told?: unknown }).told)).toEqual({
      key: server.address,
      version: second.value!.storage.version,
    });
    expect(second.value!.storage.version).not.toBe(first.value!.storage.version);
    await expectTidy(page);
  });
});

describe('an address whose time is over', () => {
  const presigned = (address: string, signature: number): string => `${address}?signature=${signature}`;
  /** The server takes only the address with this signature from the moment that `from` requests came. */
  const expireFrom = (server: FaultyServer, from: number, signature: number): void => {
    server.isExpired = ({ searchParams }) =>
      server.asked.length > from && searchParams.get('signature') !== String(signature);
  };

  test('is made anew in the middle of a download, and the model is kept under its key', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    expireFrom(server, 1, 2);
    server.faults.push({ kind: 'cut', at: 2 * MiB });
    await using page = await openPage(profile.context, server);
    const options = { key: 'rents', fresh: [presigned(server.address, 2)] };
    expectSound(await open(page, presigned(server.address, 1), options), sample, { source: 'network', key: 'rents' });
    expect(server.asked.map(({ status }) => status)).toEqual([200, 403, 206]);
    // Another address at the next visit: nothing of the model comes again.
    expireFrom(server, 0, 3);
    expectSound(await open(page, presigned(server.address, 3), { key: 'rents' }), sample, { source: 'store' });
    expect(server.asked[3]).toMatchObject({ status: 304, sentBytes: 0 });
    await expectTidy(page);
    const kept = await page.evaluate(() => inpoint.models.list());
    expect(kept).toHaveLength(1);
    // Nothing of a signature is written down.
    expect(kept[0]).toMatchObject({ key: 'rents', url: expect.not.stringContaining('signature') as string });
  });

  test('is an error without { refreshUrl }, and what came is gone on with at the next visit', async () => {
    const sample = await packed(medium);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    expireFrom(server, 1, 2);
    server.faults.push({ kind: 'cut', at: 6 * MiB });
    await using page = await openPage(profile.context, server);
    const { error } = await open(page, presigned(server.address, 1), { key: 'rents' });
    expect(error).toMatchObject({ name: 'ArtifactError', code: 'download-failed' });
    expect(error!.message).toMatch(/answered 403/);
    expect(error!.message).not.toMatch(/signature=/);
    const before = server.asked.length;
    expectSound(await open(page, presigned(server.address, 2), { key: 'rents' }), sample);
    expect(server.asked[before]).toMatchObject({ status: 206 });
    expect(server.sentSince(before)).toBeLessThanOrEqual(sample.bytes.length - 6 * MiB + 2.1 * MiB);
    await expectTidy(page);
  });

  test('is made anew at the start of a later visit, which goes on with what came', async () => {
    const sample = await packed(medium);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await leaveAt(6 * MiB, { ...server, address: presigned(server.address, 1) }, { key: 'rents' });
    expireFrom(server, 0, 2);
    await using again = await openPage(profile.context, server);
    const options = { key: 'rents', fresh: [presigned(server.address, 2)] };
    expectSound(await open(again, presigned(server.address, 1), options), sample);
    expect(server.asked.map(({ status }) => status)).toEqual([200, 403, 206]);
    await expectTidy(again);
  });

  test('is asked for once, and is an error where the new one does not do either', async () => {
    await using server = await faultyServer({ bytes: (await packed(one)).bytes });
    expireFrom(server, 0, 9);
    await using page = await openPage(profile.context, server);
    const { error } = await open(page, server.address, { fresh: [2, 3, 4].map((n) => presigned(server.address, n)) });
    expect(error).toMatchObject({ code: 'download-failed' });
    expect(server.asked.map(({ url }) => url.split('?')[1])).toEqual([undefined, 'signature=2']);
    await expectNothingKept(page);
  });
});

describe('a server that is busy or broken, and recovers', () => {
  const passing: Record<string, Fault[]> = {
    '500': [{ kind: 'status', status: 500 }],
    '502 and 504': [
      { kind: 'status', status: 502 },
      { kind: 'status', status: 504 },
    ],
    '503 with Retry-After': [{ kind: 'status', status: 503, headers: { 'retry-after': '1' } }],
    '429 with Retry-After: 0': [{ kind: 'status', status: 429, headers: { 'retry-after': '0' } }],
    '429 with a date': [{ kind: 'status', status: 429, headers: { 'retry-after': 'Sat, 22 Nov 2025 12:00:00 GMT' } }],
    '408': [{ kind: 'status', status: 408 }],
    'no answer at all': [{ kind: 'cut' }],
    'a stall before the first byte': [{ kind: 'stall', at: 0 }],
    'a stall in the middle': [{ kind: 'stall', at: 1_500_000 }],
    'all of it in turn': [
      { kind: 'cut', at: 700_000 },
      { kind: 'status', status: 500 },
      { kind: 'stall', at: 1_500_000 },
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'cut', at: 2_200_000 },
    ],
  };

  test('is asked again until it does', async () => {
    const sample = await packed(one);
    await Promise.all(
      Object.entries(passing).map(async ([name, faults]) => {
        await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
        server.faults.push(...faults);
        await using page = await openPage(profile.context, server);
        const startedAt = performance.now();
        expectSound(await open(page, server.address, quick), sample);
        expect(server.asked, name).toHaveLength(faults.length + 1);
        if (name.includes('503')) expect(performance.now() - startedAt).toBeGreaterThan(1000);
        await expectTidy(page);
      }),
    );
  });

  test('is given up after as many attempts as were allowed, and leaves nothing that is half of a model', async () => {
    const sample = await packed(one);
    const lasting: Fault[] = [{ kind: 'status', status: 500 }, { kind: 'cut' }, { kind: 'stall', at: 0 }];
    await Promise.all(
      lasting.map(async (fault) => {
        await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
        server.faults.push(...Array.from({ length: 9 }, () => fault));
        await using page = await openPage(profile.context, server);
        const { error } = await open(page, server.address, quick);
        expect(error).toMatchObject({ name: 'ArtifactError', code: 'download-failed' });
        // Where a connection that was kept open ends without an answer, the browser itself asks once more.
        const most = (quick.retries + 1) * (fault.kind === 'cut' ? 2 : 1);
        expect(server.asked.length).toBeGreaterThan(quick.retries);
        expect(server.asked.length).toBeLessThanOrEqual(most);
        await expectNothingKept(page);
        server.faults.splice(0);
        expectSound(await open(page, server.address, quick), sample);
        await expectTidy(page);
      }),
    );
  });

  test('is not asked again what it refuses', async () => {
    await using server = await faultyServer({ bytes: (await packed(one)).bytes });
    await using page = await openPage(profile.context, server);
    for (const status of [400, 401, 403, 404, 410, 501]) {
      const before = server.asked.length;
      server.faults.push({ kind: 'status', status });
      const { error } = await open(page, server.address, quick);
      expect(error).toMatchObject({
        code: 'download-failed',
        message: expect.stringContaining(String(status)) as string,
      });
      expect(server.asked).toHaveLength(before + 1);
    }
    await expectNothingKept(page);
  });
});

describe('an answer that is not the archive', () => {
  test('one that ends early with a correct status is an error, and is not kept', async () => {
    await eachKind(async (make) => {
      const sample = await make(one);
      await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
      await using page = await openPage(profile.context, server);
      for (const isLengthStated of [true, false]) {
        for (const at of [3, 600, 2 * MiB, sample.bytes.length - 20]) {
          server.faults.push({ kind: 'short', at, isLengthStated });
          const { error } = await open(page, server.address, quick);
          expect(error, `${at} ${isLengthStated}`).toMatchObject({ name: 'ArtifactError', code: 'archive-truncated' });
          await expectNothingKept(page);
        }
      }
      expectSound(await open(page, server.address), sample);
      await expectTidy(page);
    });
  });

  test('a web page in its place is an error, and leaves what is kept as it is', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    server.faults.push({ kind: 'page' });
    const first = await open(page, server.address, quick);
    expect(first.error).toMatchObject({ name: 'ArtifactError', code: 'not-an-archive' });
    expect(first.error!.message).toMatch(/web page/);
    await expectNothingKept(page);
    expectSound(await open(page, server.address), sample);
    server.faults.push({ kind: 'page' });
    expect((await open(page, server.address, quick)).error).toMatchObject({ code: 'not-an-archive' });
    await expectTidy(page);
    expectSound(await open(page, server.address, { cache: 'force-cache' }), sample, { source: 'store' });
    expectSound(await open(page, server.address), sample, { source: 'store' });
    expect(server.asked.at(-1)).toMatchObject({ ifNoneMatch: '"1"', status: 304 });
  });

  test('a web page in the middle of a download starts over, until the archive is there again', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
    server.faults.push({ kind: 'cut', at: 2 * MiB }, { kind: 'page' });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), sample);
    await expectTidy(page);
  });

  test('a 404 of what is kept is an error, and leaves it as it is', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), sample);
    server.faults.push({ kind: 'status', status: 404 });
    expect((await open(page, server.address)).error).toMatchObject({ code: 'download-failed' });
    await expectTidy(page);
    expectSound(await open(page, server.address, { cache: 'force-cache' }), sample, { source: 'store' });
  });

  test('a server that has no ranges sends it from the beginning, and what is there already is passed over', async () => {
    await eachKind(async (make) => {
      const sample = await make(one);
      await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1'), ranges: false });
      server.faults.push({ kind: 'cut', at: MiB }, { kind: 'cut', at: 2 * MiB });
      await using page = await openPage(profile.context, server);
      expectSound(await open(page, server.address), sample);
      expect(server.asked.map(({ status }) => status)).toEqual([200, 200, 200]);
      await expectTidy(page);
    });
  });

  test('a server that has no ranges any more sends all of it after a closed tab', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
    await leaveAt(3 * MiB, server);
    server.file = { ...server.file, ranges: false };
    await using again = await openPage(profile.context, server);
    expectSound(await open(again, server.address), sample);
    expect(server.asked[1]).toMatchObject({ ifRange: '"1"', status: 200 });
    await expectTidy(again);
  });

  test('one that is sent with Content-Encoding: gzip is opened, gone on with, and kept', async () => {
    await eachKind(async (make) => {
      const sample = await make(one);
      const headers = { ...stale('1'), 'content-encoding': 'gzip' };
      await using server = await faultyServer({ bytes: sample.bytes, headers });
      server.faults.push({ kind: 'cut', at: 2 * MiB });
      await using page = await openPage(profile.context, server);
      expectSound(await open(page, server.address), sample);
      expectSound(await open(page, server.address), sample, { source: 'store' });
      expect(server.asked.at(-1)).toMatchObject({ status: 304 });
      await expectTidy(page);
    });
  });
});

describe('another origin that sends Access-Control-Allow-Origin and nothing else', () => {
  const anyone = { headers: { 'access-control-allow-origin': '*' } };
  const modified = { 'last-modified': 'Sat, 01 Nov 2025 10:00:00 GMT', etag: '"1"', 'cache-control': 'max-age=0' };

  test('is asked nothing before, gone on with, and not asked for the same bytes twice', async () => {
    await eachKind(async (make) => {
      const sample = await make(one);
      await using site = await faultyServer({ bytes: Buffer.alloc(0) });
      await using server = await faultyServer({ bytes: sample.bytes, headers: modified }, anyone);
      server.faults.push({ kind: 'cut', at: 2 * MiB });
      await using page = await openPage(profile.context, site);
      expectSound(await open(page, server.address), sample);
      expect(server.asked.map(({ status, ifRange }) => [status, ifRange])).toEqual([
        [200, undefined],
        [206, undefined],
      ]);
      server.paceMs = 20;
      expectSound(await open(page, server.address), sample, { source: 'store' });
      expect(server.asked).toHaveLength(3);
      expect(server.sentSince(2)).toBeLessThan(MiB);
      expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
      await expectTidy(page);
    });
  });

  test('is gone on with after a closed tab, as long as it is the same file', async () => {
    const [sample, other] = [await packed(one), await packed(two)];
    const goOn = async (isChanged: boolean): Promise<void> => {
      await using site = await faultyServer({ bytes: Buffer.alloc(0) });
      await using server = await faultyServer({ bytes: sample.bytes, headers: modified }, anyone);
      await leaveAt(3 * MiB, server, {}, site);
      const later = { ...modified, 'last-modified': 'Sat, 08 Nov 2025 10:00:00 GMT' };
      if (isChanged) server.file = { bytes: other.bytes, headers: later };
      await using again = await openPage(profile.context, site);
      expectSound(await open(again, server.address), isChanged ? other : sample);
      expect(server.asked.map(({ status }) => status)).toEqual(isChanged ? [200, 206, 200] : [200, 206]);
      expect(server.asked.every(({ method }) => method === 'GET')).toBe(true);
      await expectTidy(again);
    };
    await Promise.all([goOn(false), goOn(true)]);
  });

  test('is downloaded again where nothing tells that it is the same, and nothing is kept twice', async () => {
    const sample = await packed(one);
    await using site = await faultyServer({ bytes: Buffer.alloc(0) });
    // Its tag is there, but not for this page to see.
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') }, anyone);
    await using page = await openPage(profile.context, site);
    const first = await open(page, server.address);
    const second = await open(page, server.address);
    expectSound(second, sample, { source: 'network', version: first.value!.storage.version });
    await expectTidy(page);
    const [kept] = await page.evaluate(() => inpoint.models.list());
    expect(kept!.previous).toBeUndefined();
  });

  test('that allows nobody to read it is an error that says what to do', async () => {
    await using site = await faultyServer({ bytes: Buffer.alloc(0) });
    await using server = await faultyServer({ bytes: (await packed(one)).bytes });
    await using page = await openPage(profile.context, site);
    const { error } = await open(page, server.address, quick);
    expect(error).toMatchObject({ code: 'download-failed' });
    expect(error!.message).toMatch(/Access-Control-Allow-Origin/);
    await expectNothingKept(page);
  });
});

describe('an address that leads to another origin', () => {
  test('is asked whether what is kept has changed, though that origin allows no headers for it', async () => {
    const [before, after] = [await packed(one), await packed(two)];
    const anyone = { headers: { 'access-control-allow-origin': '*' } };
    const modified = { 'last-modified': 'Sat, 01 Nov 2025 10:00:00 GMT', 'cache-control': 'max-age=0' };
    await using store = await faultyServer({ bytes: before.bytes, headers: modified }, anyone);
    await using server = await faultyServer({ bytes: Buffer.alloc(0) });
    const lead = (times: number): void => {
      const moved: Fault = { kind: 'status', status: 302, headers: { location: store.address } };
      server.faults.push(...Array.from({ length: times }, () => moved));
    };
    await using page = await openPage(profile.context, server);
    lead(9);
    store.faults.push({ kind: 'cut', at: 2 * MiB });
    expectSound(await open(page, server.address), before);
    expectSound(await open(page, server.address), before, { source: 'store' });
    const later = { ...modified, 'last-modified': 'Sat, 08 Nov 2025 10:00:00 GMT' };
    store.file = { bytes: after.bytes, headers: later };
    expectSound(await open(page, server.address), after);
    await expectTidy(page);
  });
});

describe('cache', () => {
  test('does with what is kept, fresh, stale and without a server, as fetch() does by the same names', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: fresh('1') });
    await using page = await openPage(profile.context, server);
    const visit = async (options: Options): Promise<[string, string]> => {
      const before = server.asked.length;
      const { value, error } = await open(page, server.address, { ...quick, retries: 0, ...options });
      if (value) expect(value.files).toMatchObject(sample.files);
      const said = value ? `${value.storage.source}${value.storage.isStale ? ', stale' : ''}` : error!.code;
      // Where a connection ends without an answer, the browser itself may ask once more.
      return [said!, [...new Set(server.asked.slice(before).map(({ status }) => status))].join()];
    };
    expect(await visit({ cache: 'only-if-cached' })).toEqual(['not-kept', '']);
    expect(await visit({ cache: 'no-store' })).toEqual(['network', '200']);
    await expectNothingKept(page);
    expect(await visit({})).toEqual(['network', '200']);
    const table = {
      fresh: { default: ['store', ''], 'no-cache': ['store', '304'], reload: ['network', '200'] },
      stale: { default: ['store', '304'], 'no-cache': ['store', '304'], reload: ['network', '200'] },
      down: { default: ['store, stale', '0'], 'no-cache': ['download-failed', '0'], reload: ['download-failed', '0'] },
    } as const;
    for (const [state, modes] of Object.entries(table)) {
      server.file = { ...server.file, headers: state === 'fresh' ? fresh('1') : stale('1') };
      expect(await visit({ cache: 'no-cache' })).toEqual(['store', '304']);
      server.isDown = state === 'down';
      for (const [cache, expected] of Object.entries(modes) as [Options['cache'], string[]][]) {
        expect(await visit({ cache }), `${state} ${cache}`).toEqual(expected);
      }
      expect(await visit({ cache: 'force-cache' }), state).toEqual(['store', '']);
      expect(await visit({ cache: 'only-if-cached' }), state).toEqual(['store', '']);
      expect(await visit({ cache: 'no-store' }), state).toEqual(
        server.isDown ? ['download-failed', '0'] : ['network', '200'],
      );
      await expectTidy(page);
    }
    expect(await predict(page, server.address)).toEqual({ value: expect.closeTo(rent, 2) });
  });

  test('takes what is kept where the server fails in any passing way, and soon where it stalls', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), sample);
    for (const status of [408, 429, 500, 502, 503, 504]) {
      // Where a connection was kept open a browser answers a 408 itself, by asking again.
      const busy: Fault = { kind: 'status', status, headers: { 'retry-after': '60' } };
      server.faults.push(...Array.from({ length: 9 }, () => busy));
      expectSound(await open(page, server.address), sample, { source: 'store', isStale: true });
      server.faults.splice(0);
    }
    server.file = { ...server.file, headers: stale('2') };
    server.faults.push({ kind: 'stall', at: 0 });
    expectSound(await open(page, server.address, { stallMs: 300 }), sample, { source: 'store', isStale: true });
    await expectTidy(page);
  });

  test('answers from what is kept with { revalidate: "background" }, and has the newer version the next time', async () => {
    const [before, after] = [await packed(one), await packed(two)];
    await using server = await faultyServer({ bytes: before.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    const background = { revalidate: 'background' } as const;
    expectSound(await open(page, server.address, background), before);
    await page.evaluate(() => {
      const told: string[] = [];
      inpoint.models.addEventListener('update', ({ version }) => void told.push(version!));
      Object.assign(globalThis, { told });
    });
    expectSound(await open(page, server.address, background), before, { source: 'store' });
    await expect.poll(() => server.asked.length).toBe(2);
    server.file = { bytes: after.bytes, headers: stale('2') };
    expectSound(await open(page, server.address, background), before, { source: 'store' });
    const told = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
    await expect.poll(told).toHaveLength(1);
    const next = await open(page, server.address, { cache: 'only-if-cached' });
    expectSound(next, after, { source: 'store', version: (await told())[0] });
    // Nobody notices a server that is away.
    server.isDown = true;
    expectSound(await open(page, server.address, background), after, { source: 'store' });
    await expectTidy(page);
  });
});

describe('a newer version that is no good', () => {
  test('leaves what is kept as it is', async () => {
    const [sample, other] = [await packed(one), await packed(two)];
    const damaged = Buffer.from(other.bytes);
    damaged[2 * MiB]! ^= 1;
    const cases: [Served, string][] = [
      [{ bytes: other.bytes.subarray(0, 2 * MiB), headers: stale('2') }, 'archive-truncated'],
      [{ bytes: damaged, headers: stale('2') }, 'archive-corrupt'],
      [{ bytes: Buffer.alloc(0), headers: stale('2') }, 'archive-empty'],
      [{ bytes: gzipSync(Buffer.alloc(0)), headers: stale('2') }, 'archive-empty'],
    ];
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    for (const [bad, code] of cases) {
      server.file = { bytes: sample.bytes, headers: stale('1') };
      expectSound(await open(page, server.address), sample, {});
      server.file = bad;
      expect((await open(page, server.address)).error).toMatchObject({ name: 'ArtifactError', code });
      expectSound(await open(page, server.address, { revalidate: 'background' }), sample, { source: 'store' });
      await expectTidy(page);
    }
    expectSound(await open(page, server.address, { cache: 'force-cache' }), sample, { source: 'store' });
  });

  test('whose download breaks off for good is gone on with at the next visit; until then the old one does', async () => {
    const [before, after] = [await packed(one), await packed(two)];
    await using server = await faultyServer({ bytes: before.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), before);
    server.file = { bytes: after.bytes, headers: stale('2') };
    server.faults.push({ kind: 'cut', at: 3 * MiB });
    expectSound(await open(page, server.address), before, { source: 'store', isStale: true });
    expectSound(await open(page, server.address), after);
    expect(server.asked.at(-1)).toMatchObject({ status: 206, ifRange: '"2"' });
    await expectTidy(page);
  });
});

describe('integrity', () => {
  test('takes only the archive that it names', async () => {
    const [sample, other] = [await packed(one), await plain(two)];
    const of = ({ bytes }: Sample): string => `sha256-${createHash('sha256').update(bytes).digest('base64')}`;
    for (const right of [sample, other]) {
      const wrong = right === sample ? other : sample;
      await using server = await faultyServer({ bytes: right.bytes, headers: stale('1') });
      await using page = await openPage(profile.context, server);
      const refused = await open(page, server.address, { integrity: of(wrong) });
      expect(refused.error).toMatchObject({ name: 'ArtifactError', code: 'integrity-mismatch' });
      expect(refused.error!.message).toContain(of(right));
      await expectNothingKept(page);
      expectSound(await open(page, server.address, { integrity: of(right) }), right);
      // The same bytes need not be asked for.
      const before = server.asked.length;
      expectSound(await open(page, server.address, { integrity: of(right) }), right, { source: 'store' });
      expect(server.asked).toHaveLength(before);
      expect((await open(page, server.address, { integrity: of(wrong) })).error).toMatchObject({
        code: 'integrity-mismatch',
      });
      await expectTidy(page);
      expectSound(await open(page, server.address, { cache: 'only-if-cached' }), right, { source: 'store' });
    }
  });

  test('that is none is a TypeError before anything is asked for', async () => {
    await using server = await faultyServer({ bytes: (await packed(one)).bytes });
    await using page = await openPage(profile.context, server);
    for (const integrity of ['', 'sha256-', 'sha384-AAAA', `sha256-${'A'.repeat(43)}`, 'abc']) {
      expect((await open(page, server.address, { integrity })).error).toMatchObject({ name: 'TypeError' });
    }
    expect(server.asked).toEqual([]);
  });

  test('is checked of an archive that is gone on with', async () => {
    const sample = await packed(one);
    const integrity = `sha256-${createHash('sha256').update(sample.bytes).digest('base64')}`;
    await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
    await leaveAt(3 * MiB, server, { integrity, resume: 'always' });
    await using again = await openPage(profile.context, server);
    expectSound(await open(again, server.address, { integrity, resume: 'always' }), sample);
    expect(server.asked[1]).toMatchObject({ status: 206 });
    await expectTidy(again);
  });
});

describe('trust', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const stranger = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
  const strangersPem = stranger.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const signer: Signer = async (bytes) => sign(null, bytes, privateKey);

  test('opens what one of its keys has signed', async () => {
    const sample = await pack(one, signer);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    const files = { ...sample.files, 'inference.json.sig': expect.any(String) as string };
    for (const trust of [[pem], [raw], [strangersPem, raw]]) {
      expectSound(await open(page, server.address, { trust, cache: 'reload' }), { ...sample, files });
      expectSound(await open(page, server.address, { trust }), { ...sample, files }, { source: 'store' });
    }
    const { error } = await open(page, server.address, { trust: [strangersPem] });
    expect(error).toMatchObject({ name: 'ArtifactError', code: 'signature-invalid' });
    expect((await page.evaluate(() => inpoint.models.list()))[0]).toMatchObject({ isSigned: true });
    expect(await predict(page, server.address, { trust: [pem] })).toEqual({ value: expect.closeTo(rent, 2) });
    await expectTidy(page);
  });

  test('refuses all else before the model comes', async () => {
    const wrong = {
      'signature-missing': await packed(large),
      'signature-invalid': await pack(large, async () => sign(null, Buffer.from('{}'), privateKey)),
    };
    for (const [code, { bytes }] of Object.entries(wrong)) {
      await using server = await faultyServer({ bytes, headers: stale('1') });
      server.paceMs = 20;
      await using page = await openPage(profile.context, server);
      const { error } = await open(page, server.address, { trust: [pem] });
      expect(error).toMatchObject({ name: 'ArtifactError', code });
      await expectNothingKept(page);
      expect(server.sentSince(0)).toBeLessThan(MiB);
    }
  });

  test('refuses files that were changed or put in after signing, in any archive', async () => {
    const original = await pack(one, signer);
    const entries = await unpackTar(gunzipSync(original.bytes));
    const files = Object.fromEntries(entries.map(({ header, data }) => [header.name, Buffer.from(data!)]));
    const cases: [Files, string | undefined][] = [
      [files, undefined],
      [{ ...files, 'other.onnx': Buffer.from('x') }, 'signature-invalid'],
      [{ ...files, 'README.md': Buffer.from('x'.repeat(files['README.md']!.length)) }, 'archive-corrupt'],
      [
        { 'inference.json': files['inference.json']!, 'inference.json.sig': files['inference.json.sig']! },
        'archive-corrupt',
      ],
    ];
    for (const [content, code] of cases) {
      await using server = await faultyServer({ bytes: (await plain(content)).bytes, headers: stale('1') });
      await using page = await openPage(profile.context, server);
      const { error } = await open(page, server.address, { trust: [raw] });
      expect(error?.code).toBe(code);
      if (code) await expectNothingKept(page);
      else await expectTidy(page);
    }
  });

  test('refuses what was kept without it, and leaves that as it is', async () => {
    const sample = await packed(one);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), sample);
    expect((await open(page, server.address, { trust: [pem] })).error).toMatchObject({ code: 'signature-missing' });
    expect((await open(page, server.address, { trust: ['no key'] })).error).toMatchObject({ name: 'TypeError' });
    expectSound(await open(page, server.address), sample, { source: 'store' });
    await expectTidy(page);
  });

  test('refuses a newer version that is not signed, and leaves the older one as it is', async () => {
    const [first, second] = [await pack(one, signer), await packed(two)];
    await using server = await faultyServer({ bytes: first.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expect((await open(page, server.address, { trust: [pem] })).error).toBeUndefined();
    server.file = { bytes: second.bytes, headers: stale('2') };
    expect((await open(page, server.address, { trust: [pem] })).error).toMatchObject({ code: 'signature-missing' });
    const kept = await open(page, server.address, { trust: [pem], cache: 'force-cache' });
    expect(kept.value!.files).toMatchObject(first.files);
    await expectTidy(page);
  });
});

describe('versions', () => {
  test('that share a file keep it once', async () => {
    const [first, second] = [await packed(one), await packed(oneAgain)];
    await using server = await faultyServer({ bytes: first.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), first);
    server.file = { bytes: second.bytes, headers: stale('2') };
    expectSound(await open(page, server.address), second);
    expectSound(await open(page, server.address, { key: 'under another key' }), second);
    const sizes = Object.entries(await page.evaluate(() => opfs())).filter(([path]) => path.includes('/files/'));
    expect(sizes.filter(([, size]) => size === 3 * MiB)).toHaveLength(1);
    expect(await page.evaluate(() => inpoint.models.size())).toMatchObject({
      modelBytes: sizes.reduce((sum, [, size]) => sum + size, 0),
    });
    await expectTidy(page);
  });

  test('are rolled back, and stay so until the server has another one', async () => {
    const [first, second, third] = [await packed(one), await packed(two), await packed(oneAgain)];
    await using server = await faultyServer({ bytes: first.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    expectSound(await open(page, server.address), first);
    server.file = { bytes: second.bytes, headers: stale('2') };
    expectSound(await open(page, server.address), second);
    const rolledBack = await page.evaluate(([key]) => inpoint.models.rollback(key), [server.address] as const);
    const before = server.asked.length;
    expectSound(await open(page, server.address), first, { source: 'store', version: rolledBack.version });
    expectSound(await open(page, server.address, { cache: 'no-cache' }), first, { source: 'store' });
    expect(server.asked.slice(before).map(({ status }) => status)).toEqual([304, 304]);
    server.file = { bytes: third.bytes, headers: stale('3') };
    expectSound(await open(page, server.address), third);
    await expectTidy(page);
    const nothing = await page.evaluate(() => outcome(() => inpoint.models.rollback('nothing')));
    expect(nothing.error).toMatchObject({ name: 'StoreError', code: 'not-kept' });
  });

  test('are the same when the archive that is exported is opened again', async () => {
    await eachKind(async (make) => {
      const sample = await make(one);
      await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
      await using page = await openPage(profile.context, server);
      const kept = await open(page, server.address);
      const again = await page.evaluate(
        ([key]) =>
          outcome(async () => shown(await inpoint.openArtifact(await inpoint.models.export(key), { key: 'exported' }))),
        [server.address] as const,
      );
      expectSound(again, sample, { key: 'exported', version: kept.value!.storage.version });
      expect(again.value!.files).toEqual(kept.value!.files);
      await expectTidy(page);
    });
  });
});

test('prefetch() keeps a model that is served without a server later', async () => {
  const sample = await packed(one);
  await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
  await using page = await openPage(profile.context, server);
  const kept = await page.evaluate(([address]) => inpoint.models.prefetch(address), [server.address] as const);
  expect(kept).toMatchObject({
    key: server.address,
    task: 'tabular-regression',
    name: 'model.tar.gz',
    isSigned: false,
  });
  server.isDown = true;
  expectSound(await open(page, server.address, { cache: 'only-if-cached' }), sample, {
    source: 'store',
    version: kept.version,
  });
  expect(await predict(page, server.address, { cache: 'only-if-cached' })).toEqual({ value: expect.closeTo(rent, 2) });
  expect(server.asked).toHaveLength(1);
});

test('preflight() reads kilobytes, and keeps nothing', async () => {
  await eachKind(async (make, kind) => {
    const sample = await make(large);
    await using server = await faultyServer({ bytes: sample.bytes, headers: stale('1') });
    await using page = await openPage(profile.context, server);
    const told = await page.evaluate(([address]) => inpoint.preflight(address), [server.address] as const);
    expect(told).toMatchObject(
      kind === 'packed'
        ? { isPacked: true, task: 'tabular-regression', verdict: 'ready', downloadBytes: sample.bytes.length }
        : { isPacked: false, verdict: 'unknown', downloadBytes: sample.bytes.length },
    );
    expect(told.readBytes).toBeLessThan(256 * 1024);
    expect(server.sentSince(0)).toBeLessThanOrEqual(64 * 1024);
    await expectNothingKept(page);
  });
});

test('preflight() tells what is no archive, and what is not there', async () => {
  await using server = await faultyServer({ bytes: (await packed(one)).bytes });
  server.faults.push({ kind: 'page' }, { kind: 'status', status: 404 });
  await using page = await openPage(profile.context, server);
  const look = (): Promise<Outcome<unknown>> =>
    page.evaluate(([address]) => outcome(() => inpoint.preflight(address)), [server.address] as const);
  expect((await look()).error).toMatchObject({ name: 'ArtifactError', code: 'not-an-archive' });
  expect((await look()).error).toMatchObject({ name: 'ArtifactError', code: 'download-failed' });
  expect((await look()).value).toMatchObject({ isPacked: true });
});

test('an abort rejects with its reason at once, ends the connection and leaves nothing', async () => {
  const moments: Record<string, Fault> = {
    'while it comes': { kind: 'none' },
    'while it stalls': { kind: 'stall', at: 3 * MiB },
    'while it waits': { kind: 'status', status: 503, headers: { 'retry-after': '60' } },
  };
  await eachKind(async (make) => {
    const sample = await make(large);
    for (const [moment, fault] of Object.entries(moments)) {
      await using server = await faultyServer({ bytes: sample.bytes, headers: etag('1') });
      server.paceMs = 5;
      server.faults.push(fault);
      await using page = await openPage(profile.context, server);
      const told = await page.evaluate(
        async ([address, bytes]) => {
          const controller = new AbortController();
          const reason = new Error('enough');
          let abortedAt = 0;
          const abort = (): void => {
            abortedAt ||= performance.now();
            controller.abort(reason);
          };
          const onProgress = ({ loadedBytes }: { loadedBytes: number }): void => void (loadedBytes > bytes && abort());
          if (bytes === 0) setTimeout(abort, 1500);
          const opening = inpoint.openArtifact(address, { signal: controller.signal, onProgress });
          const caught: unknown = await opening.catch((error: unknown) => error);
          return { isReason: caught === reason, isSoon: performance.now() - abortedAt < 1000 };
        },
        [server.address, fault.kind === 'status' ? 0 : 2e6] as const,
      );
      expect(told, moment).toEqual({ isReason: true, isSoon: true });
      await expectNothingKept(page);
      expect(server.asked).toHaveLength(1);
      expect(server.sentSince(0)).toBeLessThan(sample.bytes.length / 2);
    }
  });
});
