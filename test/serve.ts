import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface ServeOptions {
  /** Sent with every answer. */
  headers?: Record<string, string>;
  /** What answers a path itself, query aside, such as `'/slow.tar.gz'`; the headers above are set already. */
  routes?: Record<string, Route>;
  /** Sees each request before it is answered. */
  onRequest?: (request: IncomingMessage) => void;
}

export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A running server. Disposing ends its connections too. */
export interface Site extends AsyncDisposable {
  /** Its origin, as `http://127.0.0.1:41234`: no slash at its end. */
  readonly url: string;
}

/** Makes a page cross-origin isolated, and lets its workers start under that. */
export const isolation: Record<string, string> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Serves a folder on a free port of the loopback: `index.html` for a folder, no caching, no compression, 404 for what is not there. */
export async function serve(
  folder: string,
  { headers = {}, routes = {}, onRequest }: ServeOptions = {},
): Promise<Site> {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    onRequest?.(request);
    for (const [name, value] of Object.entries({ 'cache-control': 'no-store', ...headers }))
      response.setHeader(name, value);
    answer(request, response).catch((error: unknown) => {
      // A reader that went away is the test's own doing.
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, 'http://127.0.0.1');
    const route = routes[pathname];
    if (route) return route(request, response);
    const path = decodeURIComponent(pathname);
    const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
    const found = file.startsWith(root + sep) ? await stat(file).catch(() => undefined) : undefined;
    if (!found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(`There is no ${path}.`);
      return;
    }
    response.writeHead(200, {
      'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream',
      'content-length': found.size,
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
  }
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** By file extension. An archive is `application/gzip`, never `Content-Encoding: gzip`. */
const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.gz': 'application/gzip',
  '.tar': 'application/x-tar',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
};
