import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackArtifact } from '../../src/artifact/index.ts';
import { packArtifact } from '../../src/pack/index.ts';
import { serve, type Site } from '../serve.ts';
import { taskFolder } from '../task-fixtures.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const fixture = join(taskFolder, 'tabular-regression');

/** Where the archive is that most tests open. */
export const model: string = '/model.tar.gz';

/** An archive, and what must come out of it. */
export interface Archive {
  readonly bytes: Uint8Array;
  /** SHA-256 of each file in hexadecimal, by its path. */
  readonly files: Readonly<Record<string, string>>;
}

/** A row for the model, and what it answers. */
export const question: Readonly<Record<string, string | number | boolean>> = {
  'area (m²)': 245.4,
  rooms: 8,
  age: 17,
  heating: 'gas',
  garage: true,
};
export const answer: number = 1725.480_168_457_29;

/** The sizes in bytes of the two large files that {@link packModel} adds. */
export const largeBytes: Readonly<Record<'first.bin' | 'second.bin', number>> = {
  'first.bin': 3 * 2 ** 20,
  'second.bin': 1.2e6,
};

/**
 * Packs a model that answers {@link question}, with large files beside it that hold noise.
 *
 * @param version noise of `second.bin`: two versions share the other files
 * @param family noise of `first.bin`
 * @param sizes of those of the two that it has
 */
export async function packModel(
  version = 1,
  family = 1,
  sizes: Partial<typeof largeBytes> = largeBytes,
): Promise<Archive> {
  const seeds = { 'first.bin': family, 'second.bin': version };
  const contents = Object.entries(sizes).map(
    ([path, size]) => [path, noise(seeds[path as 'first.bin'], size)] as const,
  );
  const small = ['golden.json', 'model.onnx'].map((path) => [path, readFileSync(join(fixture, path))] as const);
  const files = [...contents, ...small].map(([path, bytes]) => ({ path, blob: new Blob([bytes]) }));
  const manifest = JSON.parse(readFileSync(join(fixture, 'inference.json'), 'utf8')) as Record<string, unknown>;
  const chunks: Uint8Array[] = [];
  for await (const chunk of packArtifact(files, { manifest: { ...manifest, version: String(version) } }))
    chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const unpacked = await unpackArtifact(new Blob([bytes]));
  const digests = unpacked.files.map(async ({ path, blob }) => [path, sha256(await bytesOf(blob))] as const);
  return { bytes, files: Object.fromEntries(await Promise.all(digests)) };
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

function noise(seed: number, size: number): Buffer<ArrayBuffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return Buffer.from(cipher.update(Buffer.alloc(size)));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One answer of a {@link ModelServer}. */
export interface Sent {
  readonly path: string;
  readonly range: string | undefined;
  readonly status: number;
  /** Bytes of the body that have left so far. */
  bytes: number;
}

/** Serves the repository, and archives at the speed of a line; all of it can be changed while it runs. */
export interface ModelServer extends Site {
  /** What is at an address, as `/model.tar.gz`; 404 of all else that ends so. */
  readonly archives: Map<string, Archive>;
  /** Each answer with an archive since it was last emptied. */
  readonly sent: Sent[];
  /** Sent with each archive. @default no-cache */
  cacheControl: string;
  /** Bytes of an archive at which the line stands still. */
  stopAt: number;
  /** Milliseconds between 32 KiB: with 1 buffers hold little, so that what is not read is not sent. @default 0 */
  paceMs: number;
  /** Whether connections for archives are ended at once. */
  isAway: boolean;
  /** Bytes of archives that were sent since `sent` was last emptied. */
  sentBytes(): number;
}

/** Bytes that leave at once. */
const pieceBytes = 32 * 1024;

export async function modelServer(archives: Readonly<Record<string, Archive>>): Promise<ModelServer> {
  const own = new Map(Object.entries(archives));
  const state = { cacheControl: 'no-cache', stopAt: Infinity, paceMs: 0, isAway: false };
  const sent: Sent[] = [];

  async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, 'http://127.0.0.1');
    if (state.isAway) return void response.destroy();
    const archive = own.get(pathname);
    if (!archive) return void response.writeHead(404).end();
    const { bytes } = archive;
    const etag = `"${sha256(bytes).slice(0, 16)}"`;
    const { range, 'if-range': ifRange, 'if-none-match': known } = request.headers;
    const headers = { etag, 'cache-control': state.cacheControl, 'accept-ranges': 'bytes' };
    const log = (status: number): Sent => {
      const entry = { path: pathname, range, status, bytes: 0 };
      sent.push(entry);
      return entry;
    };
    if (known === etag) {
      log(304);
      return void response.writeHead(304, headers).end();
    }
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const isPart = first !== undefined && (ifRange === undefined || ifRange === etag);
    const start = isPart ? Number(first) : 0;
    const end = isPart && last ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
    const entry = log(isPart ? 206 : 200);
    const part = { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` };
    response.writeHead(entry.status, { ...headers, 'content-length': end - start, ...(isPart && part) });
    response.flushHeaders();
    const gone = new Promise((resolve) => response.once('close', resolve));
    for (let at = start; at < end;) {
      const to = Math.min(at + pieceBytes, end, Math.max(at, state.stopAt));
      if (to > at) response.write(bytes.subarray(at, to));
      entry.bytes += to - at;
      at = to;
      if (state.paceMs > 0 || at >= state.stopAt) await new Promise((later) => setTimeout(later, state.paceMs));
      else if (response.writableNeedDrain) await Promise.race([once(response, 'drain'), gone]);
      if (response.destroyed || state.isAway) return void response.destroy();
    }
    response.end();
  }

  const paths = [model, ...own.keys()];
  const routes = Object.fromEntries(paths.map((path) => [path, send]));
  const site = await serve(repository, { routes });
  return Object.assign(state, site, {
    archives: own,
    sent,
    sentBytes: () => sent.reduce((sum, { bytes }) => sum + bytes, 0),
  });
}
