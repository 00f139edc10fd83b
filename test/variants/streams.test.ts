import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packArtifact } from '../../src/pack/index.ts';
import { launchChromium } from '../chromium.ts';
import { openLab } from '../runtime-faults/open-lab.ts';
import { artifactOf } from '../task-fixtures.ts';
import { expectEngines } from './expect-engines.ts';

vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;
let chat: Buffer;

beforeAll(async () => {
  const { files } = artifactOf(fileURLToPath(new URL('../fixtures/tasks/text-generation/', import.meta.url)));
  const chunks: Uint8Array[] = [];
  for await (const chunk of packArtifact(files, { manifest: {} })) chunks.push(chunk);
  chat = Buffer.concat(chunks);
  browser = await launchChromium();
});
afterAll(() => browser.close());

test('update() costs no stream a piece, and leaves a chat where it began until the old archive ends', async () => {
  await using open = await openLab(browser);
  for (const name of ['/chat-1.tar.gz', '/chat-2.tar.gz'])
    open.routes[name] = (_, response) => void response.setHeader('content-length', chat.length).end(chat);
  const found = await open.page.evaluate(async () => {
    const options = { maxTokens: 300, temperature: 3, seed: 9 };
    const endpoint = await inpoint.deploy('/chat-1.tar.gz', {
      task: 'text-generation',
      device: 'wasm',
      assets: { engineWorker: '/test/runtime-faults/workers/engine.js' },
    });
    const expected = (await endpoint.invoke('The parcel', options)).generatedText;
    const wrong: string[] = [];
    let [streams, isOver] = [0, false];
    const readers = Array.from({ length: 3 }, async () => {
      // Whoever began the readers ends them.
      // oxlint-disable-next-line eslint/no-unmodified-loop-condition
      while (!isOver) {
        let text = '';
        for await (const piece of endpoint.invokeStream('The parcel', options)) text += piece.text;
        streams++;
        if (text !== expected) wrong.push(text);
      }
    });
    const conversation = await endpoint.chat({ maxTokens: 5 });
    const say = async (content: string): Promise<string> => {
      let text = '';
      for await (const piece of conversation.send(content)) text += piece.text;
      return text;
    };
    await say('Hello');
    const update = endpoint.update('/chat-2.tar.gz', { terminationWaitMs: 1500 });
    await lab.until(() => endpoint.variants[0]!.updateShare === 1);
    isOver = true;
    await Promise.all(readers);
    // From here on there is the chat, and nothing else.
    for (let turn = 0; turn < 3; turn++) await say('And then?');
    const report = await update;
    const last = await say('And now?');
    return { wrong, streams, report, last, storage: endpoint.storage?.key };
  });
  expect(found.wrong).toEqual([]);
  expect(found.streams).toBeGreaterThan(3);
  expect(found.report).toMatchObject({ status: 'Succeeded', after: { errors: 0 } });
  expect(found.report.before.invocations).toBe(3);
  expect(found.storage).toContain('chat-2');
  await expectEngines(open.page, 1);
});
