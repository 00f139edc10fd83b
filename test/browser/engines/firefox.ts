import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Engine, Page } from './engine.ts';
import { start } from './process.ts';

const path = [process.env['INPOINT_FIREFOX'], '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (one) => one && existsSync(one),
);

/** The system's Firefox, headless, by WebDriver BiDi: https://www.w3.org/TR/webdriver-bidi/ */
export const firefox: Engine = { name: 'Firefox', missing: path ? undefined : 'firefox-esr', launch };

async function launch(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'inpoint-firefox-'));
  await writeFile(join(profile, 'user.js'), preferences.map((line) => `user_pref(${line});\n`).join(''));
  const running = start(path!, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']);
  const [, endpoint] = await running.says(/WebDriver BiDi listening on (ws:\S+)/);
  const bidi = await connect(`${endpoint}/session`);
  const { capabilities } = await bidi.send('session.new', { capabilities: {} });
  await bidi.send('session.subscribe', { events: ['log.entryAdded', 'browsingContext.contextDestroyed'] });
  return {
    version: capabilities.browserVersion,
    async open(address): Promise<Page> {
      const { context } = await bidi.send('browsingContext.create', { type: 'tab' });
      const said: string[] = [];
      const crashed = new Promise<void>((resolve) => {
        bidi.listen((method, params) => {
          if (method === 'log.entryAdded' && params.source.context === context) said.push(params.text);
          if (method === 'browsingContext.contextDestroyed' && params.context === context) resolve();
        });
        void running.ended.then(resolve);
      });
      await bidi.send('browsingContext.navigate', { context, url: address, wait: 'none' });
      return {
        said,
        crashed,
        [Symbol.asyncDispose]: async () => void (await bidi.send('browsingContext.close', { context })),
      };
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** It asks nobody for anything. */
const preferences = [
  '"app.update.disabledForTesting", true',
  '"browser.safebrowsing.update.enabled", false',
  '"datareporting.policy.dataSubmissionEnabled", false',
  '"network.captive-portal-service.enabled", false',
  '"network.connectivity-service.enabled", false',
  '"services.settings.server", "data:,"',
  '"toolkit.telemetry.enabled", false',
];

interface BiDi {
  // eslint-disable-next-line typescript/no-explicit-any -- each command has its own.
  send(method: string, params: object): Promise<any>;
  // eslint-disable-next-line typescript/no-explicit-any -- each event has its own.
  listen(listener: (method: string, params: any) => void): void;
}

async function connect(address: string): Promise<BiDi> {
  const socket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`Firefox does not answer at ${address}.`)));
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners: Parameters<BiDi['listen']>[0][] = [];
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result, error, message, method, params } = JSON.parse(data as string);
    if (type === 'event') for (const listener of listeners) listener(method, params);
    else if (type === 'success') waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`${error}: ${message}`));
  });
  let count = 0;
  return {
    send(method, params) {
      const id = ++count;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      socket.send(JSON.stringify({ id, method, params }));
      return answer.promise;
    },
    listen: (listener) => void listeners.push(listener),
  };
}
