import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { Mailbox } from './mailbox.ts';

export interface BenchSiteOptions {
  /** Where each first part of a path leads, such as `{ models: '/tmp/models' }`. */
  readonly folders: Readonly<Record<string, string>>;
  /** Where what was compressed is kept. */
  readonly cache: string;
}

/** What went over the line: bytes of bodies as they were sent, compressed where they were. */
export interface Traffic {
  readonly requests: number;
  readonly bytes: number;
  /** Those under `/models/`. */
  readonly modelBytes: number;
  /** Files that had to be compressed first, which took a time that is no rival's. */
  readonly compressed: number;
}

/** A running server of the loopback. Disposing ends its connections too. */
export interface BenchSite extends AsyncDisposable {
  readonly url: string;
  /** Through which pages of browsers that cannot be asked directly are asked. */
  readonly mailbox: Mailbox;
  /**
   * Sets how many megabits a second go out, over all connections together; undefined: as many as the loopback takes. The
   * server does it, since what a browser's tools slow down need not be what its workers fetch.
   */
  limit(megabits: number | undefined): void;
  /** What went over the line since the last call. */
  takeTraffic(): Traffic;
}

/**
 * Serves what pages of the benchmark load, as a careful site does: cross-origin isolated, scripts and `.wasm` compressed by
 * brotli and cached for good, models as they are and asked for again at each visit by their `ETag`.
 */
export async function serveBench({ folders, cache }: BenchSiteOptions): Promise<BenchSite> {
  const mailbox = new Mailbox();
  let bytesPerMs: number | undefined;
  let freeAt = 0;
  let traffic = { requests: 0, bytes: 0, modelBytes: 0, compressed: 0 };
  const compressing = new Map<string, Promise<string>>();

  /** Waits for the turn of so many bytes on a line that all share. */
  async function pass(bytes: number): Promise<void> {
    if (bytesPerMs === undefined) return;
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + bytes / bytesPerMs;
    if (freeAt - now > 1) await wait(freeAt - now);
  }

  /** The same for all who ask for it at once. */
  function compressedFile(key: string, file: string): Promise<string> {
    let found = compressing.get(key);
    if (!found) {
      found = compress(file, cache, () => traffic.compressed++);
      compressing.set(key, found);
    }
    return found;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, 'http://127.0.0.1');
    if (await mailbox.answer(pathname, request, response)) return;
    const [, first = '', ...rest] = decodeURIComponent(pathname).split('/');
    const root = folders[first] && resolve(folders[first]);
    const file = root && join(root, ...rest);
    const found = file?.startsWith(`${root}${sep}`) ? await stat(file).catch(() => undefined) : undefined;
    traffic.requests++;
    if (!file || !found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(`There is no ${pathname}.`);
      return;
    }
    const isModel = first === 'models';
    const tag = `"${found.size.toString(36)}-${Math.floor(found.mtimeMs).toString(36)}"`;
    response.setHeader('etag', tag);
    response.setHeader(
      'cache-control',
      isModel || first === 'page' ? 'no-cache' : 'public, max-age=31536000, immutable',
    );
    response.setHeader('content-type', mediaTypes[extname(file)] ?? 'application/octet-stream');
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304).end();
      return;
    }
    const isCompressed = compressed.has(extname(file)) && /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
    const sent = isCompressed ? await compressedFile(`${file} ${tag}`, file) : file;
    const range = isCompressed ? undefined : rangeOf(request.headers.range, found.size);
    if (!isCompressed) response.setHeader('accept-ranges', 'bytes');
    const { size } = isCompressed ? await stat(sent) : found;
    response.writeHead(range ? 206 : 200, {
      'content-length': range ? range.end - range.start + 1 : size,
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
      ...(isCompressed && { 'content-encoding': 'br', vary: 'accept-encoding' }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    for await (const chunk of createReadStream(sent, { ...range, highWaterMark: chunkBytes })) {
      if (response.destroyed) return;
      const { length } = chunk as Buffer;
      await pass(length);
      traffic.bytes += length;
      if (isModel) traffic.modelBytes += length;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  }

  const server = createServer((request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    answer(request, response).catch((error: unknown) => {
      // A page that went away takes no answer.
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mailbox,
    limit(megabits) {
      bytesPerMs = megabits === undefined ? undefined : (megabits * 1e6) / 8 / 1000;
      freeAt = 0;
    },
    takeTraffic() {
      const taken = traffic;
      traffic = { requests: 0, bytes: 0, modelBytes: 0, compressed: 0 };
      return taken;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const chunkBytes = 16_384;

const compressed = new Set(['.js', '.mjs', '.wasm', '.json', '.html']);

/** Compresses a file once, and gives where that is. */
async function compress(file: string, cache: string, onWork: () => void): Promise<string> {
  const bytes = await readFile(file);
  const path = join(cache, `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.br`);
  if (await stat(path).catch(() => undefined)) return path;
  onWork();
  await mkdir(cache, { recursive: true });
  // As a site's build does; 11 would take minutes.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const part = `${path}.${process.pid}`;
  await writeFile(part, await promisify(brotliCompress)(bytes, { params }));
  await rename(part, path);
  return path;
}

/** Resolves when more may be written, or nobody reads any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((goOn) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      goOn();
    };
    response.once('drain', done).once('close', done);
  });
}

/** One range of bytes, as RFC 9110 has it; both ends are in it. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const start = Number(match[1]);
  const end = match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  return start <= end ? { start, end } : undefined;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.gz': 'application/gzip',
};
