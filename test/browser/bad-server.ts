import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Addresses where an archive is served as servers, proxies and networks really do it, well or badly. */
export function badRoutes(archivePath: URL): Record<string, Route> {
  const archive = readFile(archivePath);
  let openStalls = 0;
  const half = async (response: ServerResponse): Promise<void> => {
    const bytes = await archive;
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2));
  };
  return {
    /** The connection is gone half-way. */
    '/bad/cut': async (_, response) => {
      await half(response);
      await wait(50);
      response.destroy();
    },
    /** Half of it, and then nothing, until the client goes. */
    '/bad/stall': async (_, response) => {
      openStalls++;
      response.on('close', () => openStalls--);
      await half(response);
    },
    '/bad/open-stalls': (_, response) => void response.end(JSON.stringify({ open: openStalls })),
    /** The headers never come. */
    '/bad/silent': () => {},
    /** Half of it as if it were all. */
    '/bad/short': async (_, response) => {
      const bytes = await archive;
      response.end(bytes.subarray(0, bytes.length / 2));
    },
    '/bad/empty': (_, response) => void response.end(),
    /** What single-page servers answer to an address that they do not know. */
    '/bad/html': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><html><title>App</title><div id="root"></div></html>');
    },
    '/bad/s3-error': (_, response) => {
      response.end(
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>',
      );
    },
    '/bad/404': (_, response) => void response.writeHead(404).end('no'),
    '/bad/403': (_, response) => void response.writeHead(403).end('no'),
    '/bad/500': (_, response) => void response.writeHead(500).end('no'),
    /** Pieces of 7 bytes. */
    '/bad/drip': async (_, response) => {
      const bytes = await archive;
      for (let at = 0; at < bytes.length; at += 7) {
        response.write(bytes.subarray(at, at + 7));
        if (at % 700 === 0) await wait(1);
      }
      response.end();
    },
    /** The gzip is taken for a transfer encoding, as Vite's servers do: the page gets a bare tar. */
    '/bad/encoded': async (_, response) => {
      const bytes = await archive;
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length });
      response.end(bytes);
    },
    '/bad/auth': async (request, response) => {
      if (request.headers['x-token'] === 'secret') response.end(await archive);
      else response.writeHead(401).end();
    },
    '/bad/cookie': async (request, response) => {
      if (request.headers.cookie?.includes('visitor=1')) response.end(await archive);
      else response.writeHead(401).end();
    },
    '/bad/redirect': (_, response) => void response.writeHead(302, { location: '/bad/drip' }).end(),
    /** A script that is served as text, as misconfigured servers do. */
    '/bad/worker.js': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end('postMessage(1)');
    },
    '/bad/throwing-worker.js': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      response.end('throw new Error("I will not start")');
    },
    /** A worker of another version, as a cache keeps it. */
    '/bad/stale-worker.js': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      response.end(
        'addEventListener("message", () => postMessage({ inpoint: "ready", protocol: 0, version: "0.0.1", locked: false }))',
      );
    },
    /** A worker that starts, and is gone at the first call. */
    '/bad/wasm/ort-wasm-simd-threaded.js': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html>');
    },
  };
}
