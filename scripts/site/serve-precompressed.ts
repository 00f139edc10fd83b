import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Connect, Plugin } from 'vite';

/**
 * Has `vite preview` serve the `.br` beside a file to browsers that take it, names with a hash as unchanging, all else
 * to be asked for again, and archives as they are. Vite's own server does none of that; what is not there is left to it.
 * In development it is only the archives: Vite has browsers unpack them, which read no further than the first member.
 */
export function servePrecompressed(): Plugin {
  return {
    name: 'inpoint:serve-precompressed',
    configurePreviewServer({ config, middlewares }) {
      middlewares.use(answering(resolve(config.root, config.build.outDir), config.preview.headers));
    },
    configureServer({ config, middlewares }) {
      const archives = answering(config.publicDir, config.server.headers);
      middlewares.use((request, response, next) =>
        /\.gz(?:\?|$)/.test(request.url!) ? archives(request, response, next) : next(),
      );
    },
  };
}

function answering(root: string, headers: OutgoingHttpHeaders): Connect.NextHandleFunction {
  return async (request, response, next) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value!);
    try {
      if (!(await answer(root, request, response))) next();
    } catch (error) {
      // A reader that went away is no failure of the server.
      if (!response.destroyed) next(error);
    }
  };
}

/** False where there is no such file. */
async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = pathOf(request);
  const file = path === undefined ? undefined : join(root, path.endsWith('/') ? `${path}index.html` : path);
  if (!file?.startsWith(root + sep)) return false;
  const takesBrotli = /\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers['accept-encoding'] ?? '');
  const [plain, brotli] = await Promise.all([statFile(file), statFile(`${file}.br`)]);
  if (!plain) return false;
  const [chosen, name] = takesBrotli && brotli ? [brotli, `${file}.br`] : [plain, file];
  const etag = `"${chosen.size.toString(36)}-${Math.floor(chosen.mtimeMs).toString(36)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', hashed.test(path!) ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (brotli) response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return true;
  }
  response.setHeader('Content-Type', mediaTypes[extname(file)] ?? 'application/octet-stream');
  response.setHeader('Content-Length', chosen.size);
  if (chosen === brotli) response.setHeader('Content-Encoding', 'br');
  response.writeHead(200);
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(name), response);
  return true;
}

function pathOf(request: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent(new URL(request.url!, 'http://127.0.0.1').pathname);
  } catch {
    return undefined;
  }
}

async function statFile(file: string): Promise<Stats | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

/** As the build names files: with a hash of what is in them. */
const hashed = /^\/assets\/.+-[\w-]{8}\.\w+$/;

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.gz': 'application/gzip',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};
