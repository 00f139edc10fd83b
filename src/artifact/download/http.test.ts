import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { ArtifactError } from '../../errors.ts';
import { downloadIfThere, isUnreachable, openHttp, SourceChanged, type Download, type HttpOptions } from './index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** What a server was asked for. */
interface Asked {
  readonly url: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
  /** Answers that the client can still read from. */
  readonly open: () => number;
}

/** A server on loopback that answers as it is told, keeps no connection, and writes down what it was asked. */
async function serve(answer: Answer): Promise<Server> {
  const asked: Asked[] = [];
  let unfinished = 0;
  const server = createServer((request, response) => {
    const { headers, url } = request;
    asked.push({
      url: url!,
      range: headers.range,
      ifRange: headers['if-range'] as string | undefined,
      ifNoneMatch: headers['if-none-match'],
      ifModifiedSince: headers['if-modified-since'],
    });
    unfinished++;
    response.on('close', () => unfinished--);
    response.setHeader('connection', 'close');
    answer(request, response, asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/model.tar.gz`,
    asked,
    open: () => unfinished,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const content = randomBytes(200_000);
const etag = '"v1"';
const lastModified = 'Sat, 01 Nov 2025 10:00:00 GMT';

interface Sent {
  /** Bytes of the body after which the connection is cut. */
  cut?: number;
  bytes?: Buffer;
  headers?: Record<string, string>;
  /** @default true */
  ranges?: boolean;
}

/** Answers as a static server does: with ranges, as long as If-Range allows. */
function send(request: IncomingMessage, response: ServerResponse, sent: Sent = {}): void {
  const { cut, bytes = content, headers = { etag }, ranges = true } = sent;
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const condition = request.headers['if-range'];
  const goesOn = condition === undefined || Object.values(headers).includes(condition as string);
  const start = from !== undefined && ranges && goesOn ? Number(from) : 0;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (start > bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const body = bytes.subarray(start);
  const range = start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(range ? 206 : 200, { 'content-length': body.length, ...range });
  if (cut === undefined) response.end(body);
  else response.write(body.subarray(0, cut), () => setImmediate(() => response.destroy()));
}

const quick = { backoffMs: 1, stallMs: 5000 } satisfies HttpOptions;

async function open(url: string, options: HttpOptions = {}): Promise<Download> {
  const answer = await openHttp(url, { ...quick, ...options });
  if ('kind' in answer) throw new Error('It was said not to be modified.');
  return answer;
}

async function read({ chunks }: Download): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk.slice());
  return Buffer.concat(all);
}

async function fetched(url: string, options: HttpOptions = {}): Promise<Buffer> {
  return read(await open(url, options));
}

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('It did not reject.');
    },
    (error: unknown) => error,
  );
}

/** As if the page were of another origin, which hides what it may not see. */
function elsewhere(): void {
  vi.stubGlobal('location', { origin: 'https://page.example' });
}

afterEach(() => vi.unstubAllGlobals());

test('openHttp() tells the name, the length and what the server said', async () => {
  await using server = await serve((request, response) =>
    send(request, response, { headers: { etag, 'last-modified': lastModified, 'cache-control': 'max-age=60' } }),
  );
  const before = Date.now();
  const answer = await open(`${server.url}?secret=1`);
  expect(answer).toMatchObject({
    name: 'model.tar.gz',
    totalBytes: content.length,
    offset: 0,
    response: { validators: { etag, lastModified }, encoded: false },
  });
  expect(answer.response!.freshUntil! - before).toBeGreaterThanOrEqual(60_000);
  expect(answer.response!.freshUntil! - Date.now()).toBeLessThanOrEqual(60_000);
  expect((await read(answer)).equals(content)).toBe(true);
});

test('openHttp() goes on from the last byte of each of 20 connections that are cut', async () => {
  const cuts = Array.from({ length: 20 }, (_, index) => 1 + ((index * 7919) % 9973));
  let place = 0;
  const places: number[] = [];
  await using server = await serve((request, response, count) => {
    if (count > 1) places.push((place += cuts[count - 2]!));
    send(request, response, { cut: cuts[count - 1] });
  });
  expect((await fetched(server.url)).equals(content)).toBe(true);
  expect(places).toHaveLength(20);
  expect(server.asked[0]).toMatchObject({ range: undefined, ifRange: undefined });
  expect(server.asked.slice(1).map(({ range, ifRange }) => ({ range, ifRange }))).toEqual(
    places.map((bytes) => ({ range: `bytes=${bytes}-`, ifRange: etag })),
  );
});

test.each([
  ['a strong tag', { etag, 'last-modified': lastModified }, etag],
  ['a date beside a weak tag', { etag: 'W/"v1"', 'last-modified': lastModified }, lastModified],
  ['nothing beside a weak tag alone', { etag: 'W/"v1"' }, undefined],
  ['nothing without any validator', {}, undefined],
] as const)('openHttp() asks for the rest with %s', async (_, headers, ifRange) => {
  await using server = await serve((request, response, count) =>
    send(request, response, { headers, cut: count === 1 ? 5000 : undefined }),
  );
  expect((await fetched(server.url)).equals(content)).toBe(true);
  expect(server.asked[1]).toMatchObject({ range: 'bytes=5000-', ifRange });
});

test('openHttp() sends another origin no header that it would have to be asked for', async () => {
  elsewhere();
  await using server = await serve((request, response, count) =>
    send(request, response, { headers: { 'last-modified': lastModified }, cut: count === 1 ? 5000 : undefined }),
  );
  const known = { lastModified: 'Sat, 01 Nov 2025 09:00:00 GMT' };
  expect((await fetched(server.url, { known })).equals(content)).toBe(true);
  expect(server.asked).toMatchObject([
    { range: undefined, ifModifiedSince: undefined },
    { range: 'bytes=5000-', ifRange: undefined },
  ]);
});

test('openHttp() passes over what it has where a server knows no ranges', async () => {
  await using server = await serve((request, response, count) =>
    send(request, response, { ranges: false, cut: count < 4 ? count * 30_000 : undefined }),
  );
  expect((await fetched(server.url)).equals(content)).toBe(true);
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, 'bytes=30000-', 'bytes=60000-', 'bytes=90000-']);
});

test('openHttp() asks for no range of what is compressed on the way', async () => {
  // Small: the fetch() of Node 24 has an assertion that fails when a connection ends while its reader holds it up.
  const text = Buffer.from(content.subarray(0, 6000).toString('hex'));
  const bytes = gzipSync(text);
  await using server = await serve((request, response, count) =>
    send(request, response, {
      bytes,
      headers: { etag: 'W/"v1"', 'content-encoding': 'gzip' },
      cut: count < 3 ? count * 2000 : undefined,
    }),
  );
  const answer = await open(server.url);
  expect(answer).toMatchObject({ totalBytes: undefined, response: { encoded: true } });
  expect((await read(answer)).equals(text)).toBe(true);
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, undefined, undefined]);
});

const other = randomBytes(200_000);

test.each([
  ['by a strong tag', { etag }, { etag: '"v2"' }, other],
  ['by a weak tag', { etag: 'W/"v1"' }, { etag: 'W/"v2"' }, other],
  ['by its date', { 'last-modified': lastModified }, { 'last-modified': 'Sun, 02 Nov 2025 10:00:00 GMT' }, other],
  ['by its length alone', {}, {}, Buffer.concat([other, other])],
  ['to one that ends before the place', { etag: 'W/"v1"' }, { etag: 'W/"v1"' }, other.subarray(0, 10)],
  ['to a web page', { etag }, { 'content-type': 'text/html' }, Buffer.from('<!doctype html>')],
] as const)('openHttp() throws SourceChanged of a file that changed %s', async (_, before, after, bytes) => {
  await using server = await serve((request, response, count) =>
    count === 1
      ? send(request, response, { headers: before, cut: 5000 })
      : send(request, response, { headers: after, bytes }),
  );
  expect(await rejection(fetched(server.url))).toBeInstanceOf(SourceChanged);
  expect(server.asked).toHaveLength(2);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test.each([408, 429, 500, 502, 503, 504])(
  'openHttp() asks again after %i, before the first byte and later',
  async (status) => {
    await using server = await serve((request, response, count) => {
      if (count % 2 === 1) response.writeHead(status, { 'retry-after': '0' }).end('busy');
      else send(request, response, { cut: count === 2 ? 5000 : undefined });
    });
    expect((await fetched(server.url)).equals(content)).toBe(true);
    expect(server.asked).toHaveLength(4);
  },
);

test('openHttp() waits as long as Retry-After says', async () => {
  const times: number[] = [];
  await using server = await serve((request, response, count) => {
    times.push(performance.now());
    if (count === 1) response.writeHead(503, { 'retry-after': '1' }).end();
    else send(request, response);
  });
  await fetched(server.url);
  expect(times[1]! - times[0]!).toBeGreaterThan(950);
});

test('openHttp() gives a connection up that brings nothing, before the answer and in the middle of it', async () => {
  await using server = await serve((request, response, count) => {
    if (count === 1) return;
    if (count > 2) return send(request, response);
    response.writeHead(200, { etag, 'content-length': content.length }).write(content.subarray(0, 5000));
  });
  expect((await fetched(server.url, { stallMs: 100 })).equals(content)).toBe(true);
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, undefined, 'bytes=5000-']);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('openHttp() does not take a slow reader for a stalled server', async () => {
  await using server = await serve((request, response) => send(request, response));
  const { chunks } = await open(server.url, { stallMs: 50 });
  let loaded = (await chunks.next()).value!.length as number;
  await new Promise((later) => setTimeout(later, 150));
  for await (const chunk of chunks) loaded += chunk.length;
  expect(loaded).toBe(content.length);
  expect(server.asked).toHaveLength(1);
});

/** A response whose body ends, without an error, before its Content-Length: some browsers let that through. */
test('openHttp() asks for the rest of a body that ended early without an error', async () => {
  await using server = await serve((request, response) => send(request, response));
  let count = 0;
  const early: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (++count > 1) return response;
    await response.body!.cancel();
    return new Response(content.subarray(0, 5000), response);
  };
  expect((await fetched(server.url, { fetch: early })).equals(content)).toBe(true);
  expect(server.asked[1]).toMatchObject({ range: 'bytes=5000-', ifRange: etag });
});

test('openHttp() gets a new address when the old one has expired in the middle', async () => {
  await using server = await serve((request, response) => {
    const isNew = request.url!.includes('new');
    if (request.headers.range && !isNew) response.writeHead(403).end('expired');
    else send(request, response, { cut: isNew ? undefined : 5000 });
  });
  const refreshUrl = vi.fn(async () => `${server.url}?new`);
  expect((await fetched(server.url, { refreshUrl })).equals(content)).toBe(true);
  expect(refreshUrl).toHaveBeenCalledOnce();
  expect(server.asked.at(-1)).toMatchObject({ url: '/model.tar.gz?new', range: 'bytes=5000-' });
});

test.each([400, 401, 403, 410])('openHttp() gets a new address once after %i, and then says so', async (status) => {
  await using server = await serve((_, response) => void response.writeHead(status).end('expired'));
  const refreshUrl = vi.fn(async () => `${server.url}?again`);
  const error = await rejection(open(server.url, { refreshUrl }));
  expect(error).toMatchObject({ code: 'download-failed', message: expect.stringContaining(String(status)) as string });
  expect(error).toBeInstanceOf(ArtifactError);
  expect(refreshUrl).toHaveBeenCalledOnce();
  expect(server.asked).toHaveLength(2);
});

test('openHttp() says why there is no new address', async () => {
  await using server = await serve((_, response) => void response.writeHead(403).end());
  for (const [refreshUrl, why] of [
    [() => Promise.reject(new Error('no session')), /no session/],
    [() => Promise.resolve('no address'), /no address|Invalid URL/],
  ] as const) {
    expect(await rejection(open(server.url, { refreshUrl }))).toMatchObject({ code: 'download-failed', message: why });
  }
});

test('openHttp() is told by 304 that what is kept is unchanged, and up to when', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(304, { 'cache-control': 'max-age=60' }).end();
  });
  const answer = await openHttp(server.url, { ...quick, known: { etag, lastModified } });
  expect(answer).toMatchObject({ kind: 'not-modified', response: { validators: { etag, lastModified } } });
  expect(answer.response!.freshUntil).toBeGreaterThan(Date.now() + 50_000);
  expect(server.asked[0]).toMatchObject({ ifNoneMatch: etag });
});

test.each([
  ['a tag', { etag }, { etag }],
  ['a weak tag', { etag: 'W/"v1"' }, { etag: 'W/"v1"' }],
  ['a date, where the tag is hidden', { 'last-modified': lastModified }, { etag, lastModified }],
])(
  'openHttp() sees by %s of another origin that what is kept is unchanged, and reads no more',
  async (_, headers, known) => {
    elsewhere();
    await using server = await serve((_request, response) => {
      response.writeHead(200, { ...headers, 'content-length': content.length }).write('x');
    });
    expect(await openHttp(server.url, { ...quick, known })).toMatchObject({ kind: 'not-modified' });
    expect(server.asked[0]).toMatchObject({ ifNoneMatch: undefined, ifModifiedSince: undefined });
    await vi.waitFor(() => expect(server.open()).toBe(0));
  },
);

test('openHttp() downloads what is another than what is kept', async () => {
  await using server = await serve((request, response) => send(request, response));
  expect((await fetched(server.url, { known: { etag: '"v0"' } })).equals(content)).toBe(true);
});

test('openHttp() goes on where an earlier visit ended', async () => {
  await using server = await serve((request, response) => send(request, response));
  const answer = await open(server.url, {
    from: { bytes: 150_000, validators: { etag }, totalBytes: content.length },
  });
  expect(answer).toMatchObject({ offset: 150_000, totalBytes: content.length });
  expect((await read(answer)).equals(content.subarray(150_000))).toBe(true);
  expect(server.asked).toMatchObject([{ range: 'bytes=150000-', ifRange: etag }]);
});

test('openHttp() does not go on with another file than that of the earlier visit', async () => {
  await using server = await serve((request, response) => send(request, response, { headers: { etag: '"v2"' } }));
  const from = { bytes: 150_000, validators: { etag }, totalBytes: content.length };
  const answer = await open(server.url, { from });
  expect(answer.offset).toBe(0);
  expect((await read(answer)).equals(content)).toBe(true);
});

test('openHttp() gives up after the attempts in a row that brought nothing, and tells how far it was', async () => {
  await using server = await serve((request, response, count) => {
    if (count <= 4) send(request, response, { cut: 5000 });
    else response.destroy();
  });
  const error = await rejection(fetched(`${server.url}?secret=1`, { retries: 3 }));
  expect(error).toBeInstanceOf(ArtifactError);
  expect(error).toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(/it broke off after 20\.0 kB of 200\.0 kB/) as string,
  });
  expect((error as Error).message).not.toContain('secret');
  expect(isUnreachable(error)).toBe(true);
  // Four that brought something, the last of which failed in the end, and three in a row that did not.
  expect(server.asked).toHaveLength(4 + 3);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('openHttp() makes no second attempt with { retries: 0 }', async () => {
  await using server = await serve((request, response) => send(request, response, { cut: 5000 }));
  expect(await rejection(fetched(server.url, { retries: 0 }))).toMatchObject({ code: 'download-failed' });
  expect(server.asked).toHaveLength(1);
});

test.each([404, 403, 401, 451])('openHttp() takes %i for an answer', async (status) => {
  await using server = await serve((_, response) => void response.writeHead(status).write('no'));
  const error = await rejection(open(server.url));
  expect(error).toMatchObject({ code: 'download-failed', message: expect.stringContaining(String(status)) as string });
  expect(isUnreachable(error)).toBe(false);
  expect(server.asked).toHaveLength(1);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('openHttp() gives up redirects that never end', async () => {
  await using server = await serve((request, response) => {
    response.writeHead(302, { location: `${request.url}x` }).end();
  });
  expect(await rejection(open(server.url, { retries: 1 }))).toMatchObject({
    code: 'download-failed',
    message: expect.stringContaining('could not be reached') as string,
  });
});

test('openHttp() says that 204 has no bytes, and gives none of an empty body', async () => {
  await using none = await serve((_, response) => void response.writeHead(204).end());
  expect(await rejection(open(none.url))).toMatchObject({ code: 'download-failed', message: /204/ });
  await using empty = await serve((_, response) => void response.writeHead(200).end());
  expect(await fetched(empty.url)).toHaveLength(0);
});

const reason = new Error('enough');

/** Aborts as soon as the server was asked `times` times, and 50 ms have gone by. */
async function aborted(server: Server, times: number, options: HttpOptions = {}): Promise<void> {
  const controller = new AbortController();
  const work = fetched(server.url, { ...options, signal: controller.signal });
  work.catch(() => {});
  await vi.waitFor(() => expect(server.asked.length).toBeGreaterThanOrEqual(times));
  await new Promise((later) => setTimeout(later, 50));
  const start = performance.now();
  controller.abort(reason);
  expect(await rejection(work)).toBe(reason);
  expect(performance.now() - start).toBeLessThan(200);
  await vi.waitFor(() => expect(server.open()).toBe(0));
  const { length } = server.asked;
  await new Promise((later) => setTimeout(later, 50));
  expect(server.asked).toHaveLength(length);
}

test('openHttp() rejects at once with the reason of an abort: before it began', async () => {
  await using server = await serve((request, response) => send(request, response));
  expect(await rejection(open(server.url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(server.asked).toHaveLength(0);
});

test('openHttp() rejects at once with the reason of an abort: while it waits for an answer', async () => {
  await using server = await serve(() => {});
  await aborted(server, 1);
});

test('openHttp() rejects at once with the reason of an abort: in the middle of the bytes', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('x');
  });
  await aborted(server, 1);
});

test('openHttp() rejects at once with the reason of an abort: between two attempts', async () => {
  await using server = await serve((_, response) => void response.writeHead(503, { 'retry-after': '60' }).end());
  await aborted(server, 1);
});

test('openHttp() rejects at once with the reason of an abort: while it waits for a new address', async () => {
  await using server = await serve((_, response) => void response.writeHead(403).end());
  await aborted(server, 1, { refreshUrl: () => new Promise(() => {}) });
});

test('openHttp() leaves no connection open when nobody reads what came', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('x');
  });
  const { chunks } = await open(server.url);
  await chunks.return(undefined);
  await vi.waitFor(() => expect(server.open()).toBe(0));
  expect(await chunks.next()).toEqual({ done: true, value: undefined });
});

test('openHttp() leaves no connection open when reading ends in the middle', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('x');
  });
  for await (const chunk of (await open(server.url)).chunks) {
    expect(chunk.length).toBe(1);
    break;
  }
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('openHttp() ends a read that waits when its reader is closed', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('x');
  });
  const { chunks } = await open(server.url);
  await chunks.next();
  const waiting = chunks.next();
  await Promise.all([chunks.return(undefined), waiting]);
  expect(await waiting).toEqual({ done: true, value: undefined });
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('openHttp() asks without conditions where a redirect leads to an origin that does not take them', async () => {
  await using target = await serve((request, response) => {
    // What a browser does when the preflight is refused.
    if (request.headers['if-none-match'] ?? request.headers['if-range']) response.destroy();
    else send(request, response);
  });
  await using server = await serve((_, response) => void response.writeHead(302, { location: target.url }).end());
  vi.stubGlobal('location', { origin: new URL(server.url).origin });
  expect((await fetched(server.url, { known: { etag: '"v0"' } })).equals(content)).toBe(true);
});

test('downloadIfThere() leaves no connection open to a web page that is sent for a file', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': 1000 }).write('<');
  });
  expect(await downloadIfThere(new URL(server.url), quick)).toBeUndefined();
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test.each([403, 404, 410])('downloadIfThere() gives nothing where the server answers %i', async (status) => {
  await using server = await serve((_, response) => void response.writeHead(status).end());
  expect(await downloadIfThere(new URL(server.url), quick)).toBeUndefined();
});
