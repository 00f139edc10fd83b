import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, Engine, Page } from './engine.ts';
import { start } from './process.ts';

/** By package of Debian. */
const parts = {
  'webkit2gtk-driver': '/usr/bin/WebKitWebDriver',
  'libwebkit2gtk-4.1-0': '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
  xvfb: '/usr/bin/Xvfb',
};

const missing = Object.entries(parts)
  .filter(([, path]) => !existsSync(path))
  .map(([name]) => name);

/**
 * WebKitGTK, which has Safari's engine and other parts around it: its MiniBrowser on a screen in memory, by WebDriver,
 * https://www.w3.org/TR/webdriver2/
 */
export const webkit: Engine = {
  name: 'WebKitGTK',
  missing: missing.join(' ') || undefined,
  patience: 5,
  crashesIn: /AudioData/,
  launch,
};

async function launch(): Promise<Browser> {
  const screen = start(parts.xvfb, ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp']);
  const [display] = await screen.says(/^\d+$/m);
  const port = await freePort();
  const driver = start(parts['webkit2gtk-driver'], ['--host=127.0.0.1', `--port=${port}`], { DISPLAY: `:${display}` });
  const { sessionId, capabilities } = (await untilItListens(() =>
    command(port, 'POST', '/session', {
      capabilities: {
        alwaysMatch: {
          pageLoadStrategy: 'none',
          'webkitgtk:browserOptions': { binary: parts['libwebkit2gtk-4.1-0'], args: ['--automation'] },
        },
      },
    }),
  )) as { sessionId: string; capabilities: { browserVersion: string } };
  const send = (method: string, path: string, body?: object): Promise<unknown> =>
    command(port, method, `/session/${sessionId}${path}`, body);
  return {
    version: capabilities.browserVersion,
    async open(address): Promise<Page> {
      await send('POST', '/url', { url: address });
      const closed = new AbortController();
      return {
        said: [],
        crashed: untilItFails(() => send('GET', '/title'), closed.signal),
        async [Symbol.asyncDispose]() {
          closed.abort();
          await send('POST', '/url', { url: 'about:blank' }).catch(() => {});
        },
      };
    },
    async [Symbol.asyncDispose]() {
      // A browser that crashed has no session to be ended, and one whose page is stuck does not answer.
      await send('DELETE', '').catch(() => {});
      await driver[Symbol.asyncDispose]();
      await screen[Symbol.asyncDispose]();
    },
  };
}

async function command(port: number, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(commandMs),
  });
  const { value } = (await response.json()) as { value: { error: string; message: string } };
  if (!response.ok) throw new Error(`${method} ${path}: ${value.error}, ${value.message}`);
  return value;
}

const commandMs = 30_000;

async function untilItListens<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (let look = 0; ; look++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TypeError) || look === 100) throw error;
      await wait(100);
    }
  }
}

/** The protocol has no event for a crash, but refuses what is asked of a crashed page. A busy one only does not answer. */
async function untilItFails(ask: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(2000);
    try {
      await ask();
    } catch (error) {
      if ((error as DOMException).name !== 'TimeoutError') return;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
