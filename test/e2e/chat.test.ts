import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, launchProfile } from '../chromium.ts';
import { serve, type Site } from '../serve.ts';
import { colours } from './archives.ts';
import { demoFolder } from './demo-folder.ts';
import { previewDemo } from './preview-demo.ts';
import { visit, type VisitOptions } from './visit.ts';

// The room to chat in, used as visitors use it. Whatever its model says will do: what is looked at is what becomes of it.

let browser: Browser;
let site: Site;
let folder: string;

beforeAll(async () => {
  browser = await launchChromium();
  folder = await withModel();
  site = await serve(folder);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
  if (folder && folder !== demoFolder) await rm(folder, { recursive: true });
});

const modelPath = 'models/chat/model.tar.gz';

/** The built demo with a model to chat with: its own, and where it has none yet, a small teller of stories. */
async function withModel(): Promise<string> {
  if (existsSync(join(demoFolder, modelPath))) return demoFolder;
  const copy = await mkdtemp(join(tmpdir(), 'inpoint-chat-'));
  await cp(demoFolder, copy, { recursive: true });
  await cp(
    fileURLToPath(new URL('../../../shared/archives/stories260K.tar.gz', import.meta.url)),
    join(copy, modelPath),
  );
  return copy;
}

const visitChat = (work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(browser, `${site.url}/#/chat`, work, options);

describe('a conversation', () => {
  test('is asked, streams, is stopped with what has come, edited, written anew, copied, and there after a reload', async () => {
    await visitChat(async (page) => {
      await ready(page);
      expect(await page.locator('#chat-send').getAttribute('aria-disabled')).toBe('true');
      await page.locator('.suggestions button').first().click();
      expect(await focused(page)).toBe('chat-question');
      await answered(page);
      const [question, answer] = await said(page);
      expect(answer!.length).toBeGreaterThan(0);
      expect(await stats(page)).toMatch(/^\d+ tokens.*tokens\/s.*first after [\d.,]+ ms.*of \d+ prompt tokens reused/);

      // A second question goes on with what was computed for the first one.
      // Whatever the model has to say, this is not said in a moment.
      await page.locator('#chat-json').check();
      await page.locator('#chat-schema').fill('{ "type": "array", "items": { "type": "integer" }, "minItems": 60 }');
      await ask(page, 'Tell me more, please.\nAs much as you can.');
      await stopWhileWriting(page);
      await page.locator('#chat-json').uncheck();
      const stopped = await said(page);
      expect(stopped.length).toBe(4);
      expect(stopped.slice(0, 2)).toEqual([question, answer]);
      expect(stopped[2]).toBe('Tell me more, please.\nAs much as you can.');
      expect(stopped[3]!.length).toBeGreaterThan(0);
      expect(await stats(page)).toContain('stopped');
      expect(await page.locator('.notice').count()).toBe(0);

      await page.getByRole('button', { name: 'Regenerate' }).focus();
      await page.keyboard.press('Enter');
      await answered(page);
      expect(await page.evaluate(() => document.activeElement!.className)).toBe('messages');
      expect((await said(page)).slice(0, 3)).toEqual(stopped.slice(0, 3));
      expect(await stats(page)).not.toContain('stopped');
      expect(await reused(page)).toBeGreaterThan(0);

      await page.getByRole('button', { name: 'Edit' }).first().click();
      await page.getByRole('textbox', { name: 'Your question' }).first().fill('How are you today?');
      await page.keyboard.press('Enter');
      await answered(page);
      const edited = await said(page);
      expect(edited.length).toBe(2);
      expect(edited[0]).toBe('How are you today?');

      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.locator('.message[data-role="user"]').getByRole('button', { name: 'Copy' }).click();
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('How are you today?');

      await page.reload();
      await page.locator('.messages').waitFor();
      expect(await said(page)).toEqual(edited);
      expect(await stats(page)).toMatch(/^\d+ tokens/);
      await ready(page);
      await ask(page, 'And now?');
      await answered(page);
      expect((await said(page)).slice(0, 3)).toEqual([...edited, 'And now?']);
    });
  });

  test('goes on without a network, on the page that was kept, with the model that was', async () => {
    await using server = await previewDemo(folder);
    await using profile = await launchProfile();
    const { context } = profile;
    const page = await context.newPage();
    await page.goto(`${server.url}/#/chat`);
    await ready(page);
    await ask(page, 'Hello there');
    await answered(page);
    const before = await said(page);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, { timeout: 60_000 });
    await context.setOffline(true);
    await page.reload();
    await page.locator('.messages').waitFor();
    expect(await said(page)).toEqual(before);
    await ready(page);
    // What the page says of the network stands in nobody's way.
    await page.locator('#chat-question').fill('Are you still there?');
    await page.locator('#chat-send').click();
    await answered(page);
    const after = await said(page);
    expect(after.slice(0, 3)).toEqual([...before, 'Are you still there?']);
    expect(after[3]!.length).toBeGreaterThan(0);
    expect(await page.locator('.site-notice').innerText()).toContain('You are offline');
  });

  test('is one of several: begun, named, saved to a file and read from it, branched, and deleted', async () => {
    await visitChat(async (page) => {
      await ready(page);
      await ask(page, 'The first one');
      await answered(page);
      const first = await said(page);
      await page.getByRole('button', { name: 'New', exact: true }).click();
      expect(await page.locator('.greeting').isVisible()).toBe(true);
      await ask(page, 'The second one');
      await answered(page);
      expect(await titles(page)).toEqual(['The second one', 'The first one']);

      await page.getByRole('button', { name: 'The first one' }).first().click();
      await expect.poll(() => said(page)).toEqual(first);
      await page.getByRole('button', { name: 'More about The first one' }).click();
      await page.getByRole('button', { name: 'Rename' }).click();
      await page.keyboard.type('Renamed');
      await page.keyboard.press('Enter');
      expect(await titles(page)).toEqual(['The second one', 'Renamed']);

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export' }).click(),
      ]);
      expect(download.suggestedFilename()).toBe('Renamed.json');
      const file = await readFile(await download.path(), 'utf8');
      expect(JSON.parse(file)).toMatchObject({ messages: [{ role: 'user', content: 'The first one' }, {}] });
      await page.locator('#chat-import').setInputFiles({
        name: 'Imported.json',
        mimeType: 'application/json',
        buffer: Buffer.from(file),
      });
      await expect.poll(() => titles(page)).toEqual(['Imported', 'The second one', 'Renamed']);
      expect(await said(page)).toEqual(first);

      await page.getByRole('button', { name: 'Branch' }).click();
      await expect.poll(() => titles(page)).toEqual(['The first one', 'Imported', 'The second one', 'Renamed']);
      await ask(page, 'A branch of it');
      await answered(page);
      expect((await said(page)).slice(0, 3)).toEqual([...first, 'A branch of it']);

      await page.getByRole('button', { name: 'Delete' }).click();
      await page.locator('.confirm').getByRole('button', { name: 'Delete' }).click();
      await expect.poll(() => titles(page)).toEqual(['The first one', 'Imported', 'The second one']);
      await page.reload();
      await page.locator('.messages').waitFor();
      expect(await titles(page)).toEqual(['The first one', 'Imported', 'The second one']);
      expect(await keptMessages(page)).toBe(3);
    });
  });
});

describe('an answer', () => {
  test('is JSON of the schema that the visitor types', async () => {
    await visitChat(async (page) => {
      await ready(page);
      await page.getByRole('switch', { name: 'Answer as JSON' }).check();
      const schema = page.getByRole('textbox', { name: 'JSON Schema of the answer' });
      await schema.fill('{ "type": ');
      await page.locator('#chat-question').fill('Is it good?');
      await page.keyboard.press('Enter');
      expect(await page.locator('#chat-schema-hint').innerText()).toContain('This is no JSON Schema');
      expect(await page.locator('.messages').count()).toBe(0);
      await schema.fill(
        JSON.stringify({
          type: 'object',
          properties: { good: { type: 'boolean' }, mark: { enum: ['low', 'high'] } },
          required: ['good', 'mark'],
          additionalProperties: false,
        }),
      );
      await page.locator('#chat-question').focus();
      await page.keyboard.press('Enter');
      await answered(page);
      const answer: unknown = JSON.parse((await lastAnswer(page).locator('pre').textContent())!);
      expect(answer).toEqual({
        good: expect.any(Boolean) as boolean,
        mark: expect.stringMatching(/^(low|high)$/) as string,
      });
      await page.reload();
      await ready(page);
      expect(await page.getByRole('switch', { name: 'Answer as JSON' }).isChecked()).toBe(true);
    });
  });

  test('is Markdown without a way out: markup stays text, addresses of scripts lead nowhere, images are not fetched', async () => {
    const content = [
      '# A *title*',
      '<img src=x onerror="alert(1)"> <script>alert(2)</script>',
      '[a script](javascript:alert(3)) [data](data:text/html,4) [a page](https://example.org/page)',
      '![a picture](https://example.org/picture.png)',
      '- one\n- two',
      '```html\n<b onclick="alert(5)">code</b>\n```',
      '| a | b |\n|---|---|\n| 1 | 2 |',
    ].join('\n\n');
    const messages = [
      { role: 'user', content: '<img src=x onerror="alert(0)">' },
      { role: 'assistant', content },
    ];
    await visitChat(async (page) => {
      await ready(page);
      await page.locator('#chat-import').setInputFiles({
        name: 'hostile.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify({ messages })),
      });
      const prose = page.locator('.prose');
      await prose.waitFor();
      expect(await page.locator('.message-bubble').innerText()).toBe('<img src=x onerror="alert(0)">');
      expect(await page.locator('.messages :is(img, script, b, iframe)').count()).toBe(0);
      expect(await prose.locator('h3').innerText()).toBe('A title');
      expect(await prose.innerText()).toContain('<img src=x onerror="alert(1)"> <script>alert(2)</script>');
      expect(await prose.innerText()).toContain('[a script](javascript:alert(3)) [data](data:text/html,4)');
      const links = await prose
        .locator('a')
        .evaluateAll((all) =>
          all.map((link) => [link.textContent, ...['href', 'target', 'rel'].map((name) => link.getAttribute(name))]),
        );
      expect(links).toEqual([['a page', 'https://example.org/page', '_blank', 'noopener noreferrer']]);
      expect(await prose.innerText()).toContain('a picture');
      expect(await prose.locator('li').allInnerTexts()).toEqual(['one', 'two']);
      expect(await prose.locator('pre').innerText()).toBe('<b onclick="alert(5)">code</b>');
      expect(await prose.locator('td').allInnerTexts()).toEqual(['1', '2']);
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await prose.getByRole('button', { name: 'Copy' }).click();
      await expect
        .poll(() => page.evaluate(() => navigator.clipboard.readText()))
        .toBe('<b onclick="alert(5)">code</b>');
    });
  });

  test('is as the settings have it, which stay for the next visit', async () => {
    await visitChat(async (page) => {
      await ready(page);
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('textbox', { name: 'System prompt' }).fill('You tell stories.');
      await page.getByRole('textbox', { name: 'Longest answer' }).fill('0');
      expect(await page.locator('#chat-maxTokens-hint').innerText()).toContain('from 1 to');
      await page.getByRole('textbox', { name: 'Longest answer' }).fill('5');
      await page.getByRole('textbox', { name: 'Temperature' }).fill('0.7');
      await page.getByRole('textbox', { name: 'Seed' }).fill('11');
      await page.keyboard.press('Escape');
      expect(await focused(page)).toBe('chat-settings-open');
      await ask(page, 'Tell me a story');
      await answered(page);
      expect(await stats(page)).toMatch(/^5 tokens.*cut off at the limit$/s);
      const [told, , answer] = await said(page, true);
      expect(told).toContain('You tell stories.');
      await page.getByRole('button', { name: 'Regenerate' }).click();
      await answered(page);
      expect((await said(page, true))[2]).toBe(answer);

      await page.reload();
      await ready(page);
      await page.getByRole('button', { name: 'Settings' }).click();
      expect(await page.getByRole('textbox', { name: 'Longest answer' }).inputValue()).toBe('5');
      expect(await page.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('You tell stories.');
      await page.getByRole('button', { name: 'Reset' }).click();
      expect(await page.getByRole('textbox', { name: 'Longest answer' }).inputValue()).toBe('');
    });
  });
});

test('Enter that ends a syllable sends nothing; Shift and Enter begin a line', async () => {
  await visitChat(
    async (page) => {
      await ready(page);
      const question = page.locator('#chat-question');
      await question.focus();
      const session = await page.context().newCDPSession(page);
      await session.send('Input.imeSetComposition', { text: '안녕', selectionStart: 2, selectionEnd: 2 });
      // What an input method takes for itself has this code (UI Events, 7.1), and no text.
      const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
      await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter });
      await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
      expect(await page.locator('.messages').count()).toBe(0);
      await session.send('Input.insertText', { text: '안녕' });
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.insertText('하세요');
      expect(await question.inputValue()).toBe('안녕\n하세요');
      await page.keyboard.press('Enter');
      await answered(page);
      expect((await said(page))[0]).toBe('안녕\n하세요');
    },
    { locale: 'ko' },
  );
});

test('once the model is there, the network may go before the first question', async () => {
  const work = async (page: Page): Promise<void> => {
    await ready(page);
    await page.waitForLoadState('networkidle');
    await page.context().setOffline(true);
    await ask(page, 'Still there?');
    await answered(page);
    expect((await said(page)).length).toBe(2);
  };
  // What is not needed, such as a try of WebGPU, is asked for in vain.
  await visitChat(work, { excused: /ERR_INTERNET_DISCONNECTED|fetching the script/ });
});

test('a question may be asked before the model is there', async () => {
  await visitChat(async (page) => {
    await ask(page, 'So soon?');
    await answered(page);
    expect((await said(page))[0]).toBe('So soon?');
  });
});

test('another model comes from a file or an address, is found again after a reload, and says what it is not for', async () => {
  const archive = await readFile(join(folder, modelPath));
  const work = async (page: Page): Promise<void> => {
    await ready(page);
    await choose(page, { name: 'mine.tar.gz', mimeType: 'application/gzip', buffer: archive });
    await ready(page, 'mine.tar.gz');
    await ask(page, 'Who are you?');
    await answered(page);
    const before = await said(page);
    await page.reload();
    await ready(page, 'mine.tar.gz');
    expect(await said(page)).toEqual(before);
    await ask(page, 'And still?');
    await answered(page);
    expect((await said(page)).length).toBe(4);

    await drop(page, await colours());
    const notice = page.locator('[data-room="chat"] .notice');
    await notice.waitFor();
    expect(await notice.innerText()).toContain('The model did not load');
    await page.getByRole('button', { name: 'Model', exact: true }).click();
    await page.getByRole('textbox', { name: 'Address of an archive' }).fill(`${site.url}/${modelPath}?again`);
    await page.keyboard.press('Enter');
    await ready(page);
    await ask(page, 'From an address?');
    await answered(page);
    expect((await said(page)).length).toBe(2);
  };
  await visitChat(work);
});

test('an archive of the room for those is chatted with', async () => {
  const archive = await readFile(join(folder, modelPath));
  await visitChat(async (page) => {
    await ready(page);
    await page.evaluate(() => (location.hash = '#/your-model'));
    await page
      .locator('#archive-file')
      .setInputFiles({ name: 'a.tar.gz', mimeType: 'application/gzip', buffer: archive });
    await page.getByRole('button', { name: 'Chat with it' }).click(patient);
    await ready(page, 'a.tar.gz');
    await ask(page, 'Hello?');
    await answered(page);
    expect((await said(page)).length).toBe(2);
  });
});

test('where the browser keeps nothing, a conversation is held all the same, and the page says that it will be gone', async () => {
  await visitChat(async (page) => {
    await page.addInitScript(() => {
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function (name, version) {
        if (name.endsWith('/chats')) throw new DOMException('The user denied permission.', 'InvalidStateError');
        return open.call(this, name, version);
      };
    });
    await page.reload();
    await ready(page);
    await ask(page, 'Will you remember?');
    await answered(page);
    await ask(page, 'And this?');
    await answered(page);
    expect((await said(page)).length).toBe(4);
    expect(await page.locator('.chat-end > .hint').innerText()).toContain('This browser keeps nothing');
    expect(await titles(page)).toEqual([]);
  });
});

test('on a phone the conversations are behind a button, and the page keeps to its width', async () => {
  const phone: BrowserContextOptions = { viewport: { width: 320, height: 640 }, hasTouch: true };
  await visitChat(async (page) => {
    await ready(page);
    await ask(page, `A long word: ${'a'.repeat(200)}`);
    await answered(page);
    await page.getByRole('button', { name: 'Chats' }).click();
    await page.locator('#chat-conversations').getByRole('button', { name: 'New', exact: true }).click();
    expect(await page.locator('.greeting').isVisible()).toBe(true);
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBeLessThanOrEqual(0);
    // The end of a long conversation is in sight, until the visitor goes up to read.
    await page.getByRole('button', { name: 'Chats' }).click();
    await page.locator('#chat-conversations .conversation-title').click();
    for (const text of ['More', 'And more']) {
      await ask(page, text);
      await answered(page);
    }
    await expect.poll(() => distanceToEnd(page)).toBeLessThan(64);
    await page.mouse.move(160, 200);
    await page.mouse.wheel(0, -300);
    await expect.poll(() => distanceToEnd(page)).toBeGreaterThan(200);
    await page.getByRole('button', { name: 'To the latest' }).click();
    await expect.poll(() => distanceToEnd(page)).toBeLessThan(64);
  }, phone);
});

test.each([
  ['en', { width: 320, height: 640 }, 'dark'],
  ['ko', { width: 1280, height: 900 }, 'light'],
] as const)('in %s, at %o, %s, all that it shows is free of what axe finds', async (locale, viewport, colorScheme) => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const messages = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Show me all that you can.' },
    { role: 'assistant', content: '# Title\n\n> quoted `code`\n\n1. one\n\n```ts\nlet x;\n```\n\n| a |\n|---|\n| 1 |' },
  ];
  const work = async (page: Page): Promise<void> => {
    await ready(page);
    await page.evaluate(axe);
    const narrow = page.locator('.chat-narrow');
    if (await narrow.isVisible()) await narrow.click();
    await page
      .locator('#chat-import:visible, #chat-conversations #chat-import')
      .last()
      .setInputFiles({
        name: 'all.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify({ messages })),
      });
    await page.locator('.prose').waitFor();
    await page.locator('#chat-json').check();
    const schema = page.locator('.schema');
    const isPhone = viewport.width < 640;
    expect(await schema.evaluate((details: HTMLDetailsElement) => details.open)).toBe(!isPhone);
    if (isPhone) await schema.locator('summary').click();
    expect(await violations(page)).toEqual([]);
    if (isPhone) await schema.locator('summary').click();
    await page.locator('.message[data-role="user"] .message-actions button').last().click();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    for (const button of ['#chat-model-open', '#chat-settings-open', '.chat-narrow']) {
      if (!(await page.locator(button).isVisible())) continue;
      await page.locator(button).click();
      await page.locator('.drawer[open]').waitFor();
      const more = page.locator('.drawer[open] .conversation-more');
      if (await more.isVisible()) await more.click();
      expect(await violations(page), button).toEqual([]);
      await page.keyboard.press('Escape');
    }
  };
  await visitChat(work, { locale, viewport, colorScheme });
});

/** What axe finds: the rule, and where. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
    const { violations: found } = await run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}

const patient = { timeout: 60_000 };

async function ready(page: Page, model?: string): Promise<void> {
  await page.locator('[data-room="chat"] .load[data-state=ready]').waitFor(patient);
  if (model) await expect.poll(() => page.locator('.chat-model-name').innerText(), patient).toBe(model);
}

async function ask(page: Page, question: string): Promise<void> {
  await page.locator('#chat-question').fill(question);
  await page.locator('#chat-question').press('Enter');
}

/** Waits until an answer is through. */
async function answered(page: Page): Promise<void> {
  await expect
    .poll(
      () =>
        page.evaluate(() => {
          const list = document.querySelector('.messages');
          return list?.getAttribute('aria-busy') === 'false' && list.lastElementChild?.getAttribute('data-role');
        }),
      patient,
    )
    .toBe('assistant');
}

/** Presses the button as soon as something of the answer is there, and waits for its end. */
async function stopWhileWriting(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          const notice = document.querySelector<HTMLElement>('[data-room="chat"] .notice');
          if (notice) reject(new Error(notice.innerText));
          else if (document.querySelector('.message[data-phase=writing] .prose')?.textContent) {
            document.querySelector<HTMLElement>('#chat-stop')!.click();
            resolve();
          } else requestAnimationFrame(look);
        };
        look();
      }),
  );
  await answered(page);
}

/** What was said by either side, as it is shown; with what the model was told first, where that is asked for. */
function said(page: Page, withSystem = false): Promise<string[]> {
  const parts = ['.message-bubble', '.prose', ...(withSystem ? ['.message-system'] : [])];
  return page.locator(`.messages :is(${parts.join()})`).evaluateAll((all) => all.map((one) => one.textContent.trim()));
}

async function stats(page: Page): Promise<string> {
  return (await lastAnswer(page).locator('.stats').innerText()).replaceAll('\n', ' ');
}

async function reused(page: Page): Promise<number> {
  return Number(/([\d,]+) of/.exec(await stats(page))![1]!.replace(',', ''));
}

function lastAnswer(page: Page): Locator {
  return page.locator('.message[data-role="assistant"]').last();
}

function titles(page: Page): Promise<string[]> {
  return page.locator('.chat-side .conversation-name').allInnerTexts();
}

/** How many conversations the library keeps in this browser. */
function keptMessages(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('inpoint/1/chats');
        opening.addEventListener('error', () => reject(opening.error!));
        opening.addEventListener('success', () => {
          const counting = opening.result.transaction('chats').objectStore('chats').count();
          counting.addEventListener('success', () => {
            opening.result.close();
            resolve(counting.result);
          });
        });
      }),
  );
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement!.id);
}

async function choose(page: Page, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.locator('#chat-model-file').setInputFiles(file);
}

/** Lets a file go over the conversation, as one that is dragged from a folder. */
async function drop(page: Page, { name, buffer }: { name: string; buffer: Buffer }): Promise<void> {
  const bytes = buffer.toString('base64');
  await page.evaluate(
    ([called, encoded]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(encoded!), (each) => each.charCodeAt(0))], called!));
      const target = document.querySelector('.chat')!;
      for (const type of ['dragover', 'drop'])
        target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [name, bytes],
  );
}

function distanceToEnd(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollHeight - innerHeight - scrollY);
}
