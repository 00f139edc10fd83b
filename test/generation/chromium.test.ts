import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as Inpoint from '../../src/index.ts';
import { packArtifact } from '../../src/pack/index.ts';
import { launchChromium, launchProfile } from '../chromium.ts';
import { serve, type Site } from '../serve.ts';
import { artifactOf } from '../task-fixtures.ts';

/** What `page/page.js` gives to `page.evaluate()`. */
declare global {
  var workers: Worker[];
  var read: (
    stream: AsyncIterable<Inpoint.TextPiece | Inpoint.GenerationEnd>,
    onPiece?: (piece: Inpoint.TextPiece, text: string) => void,
  ) => Promise<{ text: string; count: number; end: Inpoint.GenerationEnd }>;
}

/** WebGPU that a processor plays. */
const software = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

const repository = fileURLToPath(new URL('../../', import.meta.url));
const stories = new URL('../../../shared/archives/stories260K.tar.gz', import.meta.url);

let browser: Browser;
let site: Site;
beforeAll(async () => {
  const { files } = artifactOf(fileURLToPath(new URL('../fixtures/tasks/text-generation/', import.meta.url)));
  const chunks: Uint8Array[] = [];
  for await (const chunk of packArtifact(files, { manifest: {} })) chunks.push(chunk);
  const chat = Buffer.concat(chunks);
  const speech = artifactOf(
    fileURLToPath(new URL('../fixtures/tasks/automatic-speech-recognition--whisper/', import.meta.url)),
  );
  const packed: Uint8Array[] = [];
  for await (const chunk of packArtifact(speech.files, { manifest: {} })) packed.push(chunk);
  site = await serve(repository, {
    routes: {
      '/chat.tar.gz': (_, response) => void response.end(chat),
      '/speech.tar.gz': (_, response) => void response.end(Buffer.concat(packed)),
      '/stories.tar.gz': (_, response) => void response.end(readFileSync(stories)),
    },
  });
  browser = await launchChromium(software);
});
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

async function openPage(context: Browser | BrowserContext = browser): Promise<Page & AsyncDisposable> {
  const page = await context.newPage();
  await page.goto(`${site.url}/test/generation/page/`);
  await page.waitForFunction(() => document.title === 'ready');
  return Object.assign(page, { [Symbol.asyncDispose]: () => page.close() });
}

describe('in a page', () => {
  test('a recording is written down piece by piece, by a decoder and by CTC', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const folder = '/test/fixtures/tasks/automatic-speech-recognition';
      const transcribe = async (source: string, sound: string) => {
        const endpoint = await inpoint.deploy(source, { task: 'automatic-speech-recognition', device: 'wasm' });
        const whole = await endpoint.invoke(sound, { timestamps: true });
        let text = '';
        let count = 0;
        let end: object = {};
        for await (const piece of endpoint.invokeStream(sound, { timestamps: true })) {
          text += piece.text;
          if (piece.done) end = piece;
          else count++;
        }
        await endpoint.close();
        return { whole, text, count, end };
      };
      return {
        whisper: await transcribe('/speech.tar.gz', `${folder}--whisper/golden/long.wav`),
        ctc: await transcribe(`${folder}/`, `${folder}/golden/stereo.wav`),
      };
    });
    for (const { whole, text, end } of Object.values(told)) {
      expect(whole.chunks!.length).toBeGreaterThan(1);
      expect(text).toBe(whole.text);
      expect(end).toEqual({ ...whole, text: '', done: true });
    }
    expect(told.whisper.count).toBeGreaterThan(10);
    expect(told.ctc.count).toBe(1);
  });

  test('a folder with an encoder and a decoder is served from its address', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const folder = '/test/fixtures/tasks/automatic-speech-recognition--whisper/';
      const sound = `${folder}golden/short.wav`;
      const ask = async (source: string) => {
        const endpoint = await inpoint.deploy(source, { task: 'automatic-speech-recognition', device: 'wasm' });
        const answer = await endpoint.invoke(sound);
        await endpoint.close();
        return answer;
      };
      return [await ask(folder), await ask('/speech.tar.gz')];
    });
    expect(told[0]!.text).not.toBe('');
    expect(told[0]).toEqual(told[1]);
  });

  test('a text streams while nothing holds the main thread, and stops with the loop', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device: 'wasm' });
      let longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      }).observe({ type: 'longtask' });
      const whole = await read(endpoint.invokeStream('The parcel', { maxTokens: 300 }));
      const reader = endpoint.invokeStream('The parcel', { maxTokens: 600 }).getReader();
      await reader.read();
      await reader.cancel();
      const start = performance.now();
      const next = await endpoint.invoke('The parcel', { maxTokens: 2 });
      return { whole, after: performance.now() - start, longest, next };
    });
    expect(told.whole.text).toBe(told.whole.end.generatedText);
    expect(told.whole.count).toBeGreaterThan(200);
    expect(told.longest).toBe(0);
    // Six hundred tokens would take longer.
    expect(told.after).toBeLessThan(2000);
    expect(told.next.usage.completionTokens).toBe(2);
  });

  test('an engine that is lost in the middle of a text costs none of it', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device: 'wasm' });
      const prompts = ['One', 'Two', 'The third of them'];
      const options = { maxTokens: 200, temperature: 3, seed: 9 };
      const expected = [];
      for (const prompt of prompts) expected.push((await endpoint.invoke(prompt, options)).generatedText);
      let isLost = false;
      const all = await Promise.all(
        prompts.map((prompt) =>
          read(endpoint.invokeStream(prompt, options), (_, text) => {
            if (isLost || text.length < 20) return;
            isLost = true;
            for (const worker of workers) worker.terminate();
          }),
        ),
      );
      return { texts: all.map(({ text }) => text), expected, losses: endpoint.report.losses.length };
    });
    expect(told.losses).toBe(1);
    expect(told.texts).toEqual(told.expected);
  });

  test('WebGPU writes what WASM writes, and keeps its cache to itself', async () => {
    await using page = await openPage();
    const [onWasm, onWebgpu] = await page.evaluate(async () => {
      const all = [];
      for (const device of ['wasm', 'webgpu'] as const) {
        const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device, selfTest: 'off' });
        if (endpoint.report.device !== device) throw new Error(`It is on ${endpoint.report.device}.`);
        const first = await endpoint.invoke('The parcel', { maxTokens: 40 });
        const next = await endpoint.invoke(`The parcel${first.generatedText} and`, { maxTokens: 10 });
        const other = await endpoint.invoke('The parrot', { maxTokens: 10 });
        const both = await Promise.all(['A', 'B'].map((text) => endpoint.invoke(text, { maxTokens: 10 })));
        all.push(
          [first, next, other, ...both].map(({ generatedText, usage }) => ({
            generatedText,
            reused: usage.reusedTokens,
          })),
        );
        await endpoint.close();
      }
      return all;
    });
    expect(onWebgpu).toEqual(onWasm);
    expect(onWasm![1]!.reused).toBeGreaterThan(5);
  });

  test.skipIf(!existsSync(stories))('stories260K writes what llama2.c writes (skipped without ../shared)', async () => {
    await using page = await openPage();
    const text = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/stories.tar.gz', { task: 'text-generation' });
      const { generatedText } = await endpoint.invoke('Once upon a time', { maxTokens: 196, temperature: 0 });
      return `Once upon a time${generatedText}`;
    });
    const golden = new URL('../../../shared/models/stories260K/golden-greedy-200.txt', import.meta.url);
    expect(text).toBe(readFileSync(golden, 'utf8').trim());
  });
});

describe('a chat', () => {
  test('sends, writes anew, edits, forks and is exported; what was computed is used again', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device: 'wasm' });
      const chat = await endpoint.chat({ system: 'Be brief.', maxTokens: 12 });
      const roles = (): string => chat.messages.map(({ role }) => role[0]).join('');
      const first = await read(chat.send('Where is it?'));
      const second = await read(chat.send('And now?'));
      const beforeFork = roles();
      const fork = chat.fork(3);
      await read(fork.send('Something else.'));
      await read(chat.regenerate({ temperature: 2, seed: 1 }));
      const afterRegenerate = roles();
      const edited = await read(chat.edit(1, 'Where was it?'));
      let refused: string | undefined;
      const busy = read(chat.send('One'));
      try {
        chat.send('Two');
      } catch (error) {
        refused = (error as { code: string }).code;
      }
      await busy;
      const again = await endpoint.chat({ messages: chat.export().messages, maxTokens: 12 });
      return {
        first: first.end.usage,
        second: second.end.usage,
        edited: edited.end.usage,
        beforeFork,
        afterRegenerate,
        fork: fork.messages.length,
        exported: again.messages.length,
        messages: chat.messages.length,
        refused,
      };
    });
    expect(told).toMatchObject({ beforeFork: 'suaua', afterRegenerate: 'suaua', fork: 5, messages: 5, exported: 5 });
    expect(told.refused).toBe('input-invalid');
    expect(told.first.reusedTokens).toBe(0);
    // What weights of chance say are bytes that no text has, and are spelled in other tokens when they come again.
    expect(told.second.reusedTokens).toBeGreaterThanOrEqual(told.first.promptTokens);
    expect(told.edited.reusedTokens).toBeGreaterThan(20);
  });

  test('that is stopped keeps what was said, and goes on', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device: 'wasm' });
      const chat = await endpoint.chat();
      const stop = new AbortController();
      let text = '';
      try {
        for await (const piece of chat.send('Tell me all.', { maxTokens: 600, signal: stop.signal })) {
          text += piece.text;
          if (text.length > 10) stop.abort();
        }
      } catch (error) {
        if ((error as Error).name !== 'AbortError') throw error;
      }
      const messages = [...chat.messages];
      const next = await read(chat.send('And?', { maxTokens: 5 }));
      return { messages, text, next: next.end.usage.completionTokens };
    });
    expect(told.messages).toHaveLength(2);
    expect((told.messages[1] as { content: string }).content.startsWith(told.text.slice(0, 8))).toBe(true);
    expect(told.next).toBeGreaterThan(0);
  });

  test('goes on at once after its loop was left, and after what was refused', async () => {
    await using page = await openPage();
    const told = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device: 'wasm' });
      const chat = await endpoint.chat();
      const roles = (): string => chat.messages.map(({ role }) => role[0]).join('');
      for await (const { text } of chat.send('Tell me all.', { maxTokens: 600 })) if (text.length > 0) break;
      const left = roles();
      const next = await read(chat.send('And?', { maxTokens: 5 }));
      const before = roles();
      const refused: unknown[] = [];
      for (const stream of [
        () => chat.send('long '.repeat(900)),
        () => chat.regenerate({ temperature: -1 }),
        () => chat.edit(0, 'Who?', { topP: 7 }),
      ]) {
        await read(stream()).catch((error: unknown) => refused.push((error as { field: string }).field));
      }
      return { left, next: next.end.usage, before, refused, after: roles() };
    });
    expect(told).toMatchObject({ left: 'ua', before: 'uaua', after: 'uaua' });
    expect(told.refused).toEqual(['messages', 'temperature', 'topP']);
    expect(told.next.completionTokens).toBe(5);
  });

  test('that is durable is there again after a reload, and not after it is deleted', async () => {
    await using profile = await launchProfile();
    const page = await openPage(profile.context);
    const open = (question: string | undefined): Promise<unknown> =>
      page.evaluate(async (asked) => {
        const endpoint = await inpoint.deploy('/chat.tar.gz', { task: 'text-generation', device: 'wasm' });
        const chat = await endpoint.chat({ durable: 'first', maxTokens: 6 });
        const before = chat.messages.length;
        if (asked) await read(chat.send(asked));
        else await chat.delete();
        await chat.saved();
        return before;
      }, question);
    expect(await open('Hello?')).toBe(0);
    await page.reload();
    await page.waitForFunction(() => document.title === 'ready');
    expect(await open('And again?')).toBe(2);
    await page.reload();
    await page.waitForFunction(() => document.title === 'ready');
    expect(await open(undefined)).toBe(4);
    expect(await open('Anew')).toBe(0);
  });

  test('with a model of another task is refused in words', async () => {
    await using page = await openPage();
    const said = await page.evaluate(async () => {
      const endpoint = await inpoint.deploy('/public/models/digits/model.tar.gz');
      return endpoint.chat().catch((error: unknown) => String(error));
    });
    expect(said).toContain('has no texts to write');
  });
});
