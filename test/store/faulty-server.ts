import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serve, type Site } from '../serve.ts';

/** An archive as a static server has it. */
export interface Served {
  readonly bytes: Buffer;
  /** `ETag`, `Last-Modified`, `Cache-Control` and the like. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether parts can be asked for; `blind` sends them whatever `If-Range` says. @default true */
  readonly ranges?: boolean | 'blind';
}

/** What goes wrong with one request. Places are bytes of the archive. */
export type Fault =
  /** Nothing: it is answered as it should be. */
  | { readonly kind: 'none' }
  /** The connection is gone at a place; before any answer, where there is no place. */
  | { readonly kind: 'cut'; readonly at?: number }
  /** Nothing more comes from a place on, until the client goes. */
  | { readonly kind: 'stall'; readonly at: number }
  /** The answer ends at a place as if that were its end. */
  | { readonly kind: 'short'; readonly at: number; readonly isLengthStated: boolean }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The page that servers of single-page applications have for every address. */
  | { readonly kind: 'page' };

/** One request, as it was asked and answered. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  /** 0 where there was no answer. */
  readonly status: number;
  /** Bytes of the body that were handed to the system. */
  readonly sentBytes: number;
}

/** Serves the repository, and at `address` one archive, as badly as it is told. */
export interface FaultyServer extends Site {
  readonly address: string;
  /** What it serves from now on. */
  file: Served;
  /** Of the next requests, one each; those after are answered as they should be. */
  readonly faults: Fault[];
  /** All requests for the archive, in their order. */
  readonly asked: readonly Asked[];
  /** Refuses addresses with 403: presigned ones, whose time is over. */
  isExpired: (address: URL) => boolean;
  /** Answers nothing: the nearest to being offline that leaves the page itself alone. */
  isDown: boolean;
  /** Milliseconds between 64 KiB, so that what a client does not read is not sent either. */
  paceMs: number;
  /** Bytes of archives that were sent, from a request on. */
  sentSince(request: number): number;
}

export interface FaultyServerOptions {
  /** Sent with each answer, `Access-Control-Allow-Origin` for one. */
  readonly headers?: Readonly<Record<string, string>>;
}

const path = '/faulty/model.tar.gz';

/** Bytes that are sent at once. */
const pieceBytes = 64 * 1024;

/** Starts a server with an archive. */
export async function faultyServer(file: Served, { headers = {} }: FaultyServerOptions = {}): Promise<FaultyServer> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fault = request.method === 'GET' ? (server.faults.shift() ?? { kind: 'none' }) : { kind: 'none' as const };
    const note = {
      method: request.method!,
      url: request.url!,
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
      ifNoneMatch: request.headers['if-none-match'],
      ifModifiedSince: request.headers['if-modified-since'],
      status: 0,
      sentBytes: 0,
    };
    asked.push(note);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const onSent = (bytes: number): void => void (note.sentBytes += bytes);
    const isExpired = server.isExpired(new URL(request.url!, server.url));
    const wrong: Fault = server.isDown ? { kind: 'cut' } : isExpired ? { kind: 'status', status: 403 } : fault;
    const sending = send(request, response, server.file, wrong, server.paceMs, onSent);
    if (response.headersSent) note.status = response.statusCode;
    await sending;
  };
  const site = await serve(fileURLToPath(new URL('../../', import.meta.url)), { routes: { [path]: answer } });
  const server: FaultyServer = {
    url: site.url,
    address: site.url + path,
    file,
    faults: [],
    asked,
    isExpired: () => false,
    isDown: false,
    paceMs: 0,
    sentSince: (request) => asked.slice(request).reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
  return server;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, headers = {}, ranges = true }: Served,
  fault: Fault,
  paceMs: number,
  onSent: (bytes: number) => void,
): Promise<void> {
  if (fault.kind === 'cut' && fault.at === undefined) return void response.destroy();
  if (fault.kind === 'status') {
    response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers });
    return void response.end(`This is a ${fault.status}.`);
  }
  if (fault.kind === 'page') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    return void response.end('<!doctype html><html lang="en"><title>App</title><div id="root"></div></html>');
  }
  // What the site sends with all else is not the archive's.
  response.removeHeader('cache-control');
  if (request.method !== 'GET') return void response.writeHead(405).end();
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (isUnchanged(request, headers)) return void response.writeHead(304).end();
  const part = ranges ? partOf(request, headers, ranges === 'blind') : undefined;
  const [from, end] = part ?? [0, bytes.length];
  if (from > 0 && from >= bytes.length) {
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  }
  const last = Math.min(end, bytes.length);
  const to = 'at' in fault ? Math.max(from, Math.min(fault.at!, last)) : last;
  const isShort = fault.kind === 'short';
  response.writeHead(part ? 206 : 200, {
    'content-type': 'application/gzip',
    ...(isShort && !fault.isLengthStated ? {} : { 'content-length': (isShort ? to : last) - from }),
    ...(part ? { 'content-range': `bytes ${from}-${last - 1}/${bytes.length}` } : {}),
  });
  response.flushHeaders();
  for (let at = from; at < to && !response.destroyed; at += pieceBytes) {
    const piece = bytes.subarray(at, Math.min(at + pieceBytes, to));
    onSent(piece.length);
    // The system has it by then, or the client is gone.
    await new Promise<void>((done) => response.write(piece, () => done()));
    if (paceMs > 0) await wait(paceMs);
  }
  if (fault.kind === 'stall') return;
  if (fault.kind !== 'cut') return void response.end();
  // A browser throws away what the page has not read yet.
  await wait(150 + (to - from) / 80_000);
  response.destroy();
}

/** `If-None-Match`, and else `If-Modified-Since` (RFC 9110, 13.2.2). */
function isUnchanged({ headers: asked }: IncomingMessage, headers: Readonly<Record<string, string>>): boolean {
  if (asked['if-none-match'] !== undefined) return asked['if-none-match'] === headers['etag'];
  return asked['if-modified-since'] !== undefined && asked['if-modified-since'] === headers['last-modified'];
}

/** The part that `Range` asks for, as long as `If-Range` names what is there (RFC 9110, 13.1.5). */
function partOf(
  { headers: asked }: IncomingMessage,
  headers: Readonly<Record<string, string>>,
  isBlind: boolean,
): [from: number, end: number] | undefined {
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? '') ?? [];
  const condition = asked['if-range'];
  const isSame =
    isBlind || condition === undefined || condition === headers['etag'] || condition === headers['last-modified'];
  return from !== undefined && isSame ? [Number(from), last ? Number(last) + 1 : Infinity] : undefined;
}
