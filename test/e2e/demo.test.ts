import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval as every } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { serve, type Route, type Site } from '../serve.ts';
import { archive, colours, onnx, words, type Upload } from './archives.ts';
import { filesOf, taskFolder } from '../task-fixtures.ts';
import { draw, drawByFinger, prediction, ready, seven, type Stroke } from './draw.ts';
import { npmStart } from './npm-start.ts';
import { visit, type VisitOptions } from './visit.ts';

// The built demo as visitors have it: real mouse, keyboard, finger and files. Needs `dist/` and `dist-demo/`.

const repository = fileURLToPath(new URL('../../', import.meta.url));
const demo = join(repository, 'dist-demo');
const digits = join(demo, 'models/digits/model.tar.gz');
const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serve(demo);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const visitDemo = (work: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void> =>
  visit(browser, `${site.url}/`, work, options);

describe('an archive', () => {
  test('shows its tree, its card and a form that fits, and answers, be it chosen, sampled or dropped', async () => {
    const red = await picture('red');
    const folder = await mkdtemp(join(tmpdir(), 'inpoint-drop-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const dropped = join(folder, 'model.tar.gz');
    await writeFile(dropped, (await words()).buffer);
    await visitDemo(async (page) => {
      await choose(page, await colours());
      await page.locator('#image-file').setInputFiles(red);
      expect(await likeliest(page)).toBe('red');
      expect(await page.locator('#archive-tree .tree-name').allInnerTexts()).toEqual([
        'onnx/',
        'model.onnx',
        'config.json',
        'preprocessor_config.json',
        'README.md',
      ]);
      expect(await page.locator('#archive-status').innerText()).toContain('task image-classification');
      // What is in an archive is text, whatever it looks like.
      expect(await page.locator('.readme').innerText()).toContain('<img src=x');
      // For those who have no archive at hand, the page has one.
      await page.locator('#archive-sample').click();
      await expect
        .poll(() => page.locator('.readme').allInnerTexts(), patient)
        .toEqual([expect.stringMatching(/digit/)]);
      await page.locator('#image-file').setInputFiles(red);
      expect(await likeliest(page)).toMatch(/^\d$/);
      await drop(page, dropped);
      await page.locator('#text-input').click();
      await page.keyboard.type('a b');
      await page.keyboard.press('Control+Enter');
      expect(await likeliest(page)).toBe('ids');
      // The softmax of 1 + 2 and 0.
      expect(await page.locator('form.try [data-likeliest] .bar-score').innerText()).toBe('95.3%');
    });
  });

  test('takes tensors as JSON, and names the one that is wrong', async () => {
    await visitDemo(async (page) => {
      await choose(page, await archive({ 'model.onnx': await onnx('every-type') }));
      const json = page.locator('#tensor-json');
      const run = page.getByRole('button', { name: 'Run' });
      const problem = page.locator('form.try .problem:not(:empty)');
      await json.waitFor();
      const zeros = await json.inputValue();
      for (const [dims, said] of [
        ['[3]', '"float32_in": The dims [3] ask for 3 values, and data holds 1.'],
        ['[1, 1]', 'The tensor "float32_in" has the shape [1, 1], and the model takes [n].'],
        ['"one"', 'The dims of "float32_in" are a list of whole numbers, not "one".'],
      ] as const) {
        await json.fill(zeros.replace('[1]', dims));
        await run.click();
        await expect.poll(() => problem.innerText(), patient).toBe(said);
      }
      await json.fill(zeros.replace('"data": [0]', '"data": [2.5]').replace('[""]', '["day"]'));
      await run.click();
      await page.locator('.tensor-output').first().waitFor();
      expect(await problem.count()).toBe(0);
      const outputs = await page.locator('.tensor-output').allInnerTexts();
      expect(outputs.length).toBe(13);
      expect(outputs[0]).toMatch(/float32_out\s+float32 \[1\]\s+2\.5/);
      expect(outputs.at(-1)).toMatch(/string_out\s+string \[1\]\s+"day"/);
    });
  });

  test('of any task is tried with a form: as text, as JSON, or with a file', async () => {
    await visitDemo(async (page) => {
      await choose(page, await fixtureArchive('question-answering'));
      const text = page.locator('#record-text');
      await text.fill(JSON.stringify({ question: 'Who wrote it?', context: 'It was written by Ada Lovelace.' }));
      await page.locator('.try button').click();
      await expect
        .poll(() => page.locator('.answer pre').innerText(), patient)
        .toMatch(/"answers": \[\s+\{\s+"answer"/);
      await text.fill('{"question": "Who?"}');
      await page.locator('.try button').click();
      await expect.poll(() => page.locator('.answer .problem').innerText(), patient).toMatch(/context/);

      await choose(page, await fixtureArchive('pipeline'));
      await expect.poll(() => page.locator('.try h3').innerText(), patient).toContain('pipeline');
      await page.locator('#record-file').setInputFiles(join(taskFolder, 'pipeline/golden/lights.png'));
      await expect.poll(() => page.locator('.answer pre').innerText(), patient).toMatch(/"colors": \[/);
      await page.locator('#record-file').setInputFiles(join(taskFolder, 'pipeline/inference.json'));
      await expect.poll(() => page.locator('.answer .problem').innerText(), patient).toMatch(/not an image/);
    });
  });

  test('that is none, or that is not to be had, is refused in words, and a good one works after all of them', async () => {
    const good = await colours();
    const { promise: hungUp, resolve: hangUp } = withResolvers();
    const drip: Route = async (_, response) => {
      response.on('close', hangUp);
      response.write(good.buffer.subarray(0, good.buffer.length / 2));
      for await (const byte of every(20, '\0')) {
        if (response.closed) return;
        response.write(byte);
      }
    };
    await using server = await serve(demo, { routes: { '/slow/model.tar.gz': drip } });
    const red = await picture('red');
    const bad: [upload: Upload, said: RegExp][] = [
      [file('model.zip', zipSync({ 'model.onnx': await onnx('every-type') })), /not-an-archive.*zip file/s],
      [file('page.tar.gz', strToU8('<!doctype html><title>Sign in</title>')), /not-an-archive.*web page/s],
      [file('cut.tar.gz', good.buffer.subarray(0, good.buffer.length / 2)), /archive-truncated.*cut short/s],
      [file('bare.onnx', await onnx('every-type')), /not-an-archive.*tar czf model\.tar\.gz model\.onnx/s],
      [file('empty.tar.gz', new Uint8Array()), /Cannot unpack "empty\.tar\.gz"/],
    ];
    const work = async (page: Page): Promise<void> => {
      const notice = page.locator('#archive-error .notice');
      const status = page.locator('#archive-status');
      const cancel = page.locator('#archive-cancel');
      for (const [upload, said] of bad) {
        await choose(page, upload);
        await expect.poll(() => notice.allInnerTexts(), patient).toEqual([expect.stringMatching(said)]);
        expect(await notice.innerText()).toContain(JSON.stringify(upload.name));
        expect(await page.locator('#archive-tree').count()).toBe(0);
        expect(await cancel.isHidden()).toBe(true);
      }

      await choose(page, await archive({ 'model.pt': 'PK', 'code/inference.py': 'print()' }, 'torch.tar.gz'));
      await page.locator('#archive-tree').waitFor();
      expect(await page.locator('#archive-tree .tree-name').allInnerTexts()).toEqual([
        'code/',
        'inference.py',
        'model.pt',
      ]);
      await expect.poll(() => notice.allInnerTexts(), patient).toEqual([expect.stringMatching(/PyTorch model/)]);
      // Nothing but the command: it is there to be copied into a shell.
      expect(await notice.locator('.code').innerText()).toMatch(/^python -c "import torch;.*"$/);

      await openAddress(page, './nowhere/model.tar.gz');
      await expect.poll(() => notice.allInnerTexts(), patient).toEqual([expect.stringMatching(/404 Not Found/)]);

      await openAddress(page, './slow/model.tar.gz');
      await expect.poll(() => status.innerText(), patient).toContain('Downloading');
      expect(await notice.count()).toBe(0);
      await cancel.click();
      await expect.poll(() => status.innerText(), patient).toBe('Cancelled ./slow/model.tar.gz');
      await hungUp;
      expect(await cancel.isHidden()).toBe(true);
      expect(await notice.count()).toBe(0);

      // One that is chosen while another is on its way has the page.
      await openAddress(page, './slow/model.tar.gz');
      await expect.poll(() => status.innerText(), patient).toContain('Downloading');
      await choose(page, good);
      await page.locator('#image-file').setInputFiles(red);
      expect(await likeliest(page)).toBe('red');
      expect(await notice.count()).toBe(0);
      await ready(page);
      await draw(page, seven);
      expect(await prediction(page)).toBe('7');
    };
    await visit(browser, `${server.url}/`, work, { excused: /status of 404/ });
  });

  const known = existsSync(join(shared, 'archives'));
  if (!known) console.log('Skipped: the archives of ../shared in the demo, since ../shared is not there.');

  test.runIf(known)('of ../shared gives its known answer: sentiment.tar.gz, mobilenet_v1_0.5_160.tar.gz', async () => {
    await visitDemo(async (page) => {
      await page.locator('#archive-file').setInputFiles(join(shared, 'archives/sentiment.tar.gz'));
      await page.locator('#text-input').fill('This movie was wonderful, I loved every minute of it.');
      await page.getByRole('button', { name: 'Classify' }).click();
      expect(await likeliest(page)).toBe('POSITIVE');
      expect(await page.locator('form.try [data-likeliest] .bar-score').innerText()).toMatch(/^68\.[67]%$/);
      await page.locator('#archive-file').setInputFiles(join(shared, 'archives/mobilenet_v1_0.5_160.tar.gz'));
      await page.locator('#image-file').setInputFiles(join(shared, 'images/goldfish.jpg'));
      expect(await likeliest(page)).toBe('goldfish, Carassius auratus');
    });
  });
});

describe('the page', () => {
  const phone = { width: 320, height: 640 };
  const desk = { width: 1280, height: 900 };
  const long = 'a-name-that-is-longer-than-any-screen-is-wide-'.repeat(4);

  test('fits a phone and a desk, light and dark, with an answer, an archive or an error in it', async () => {
    const full = await archive({ [`${long}/${long}.txt`]: 'x', 'model.onnx': await onnx('every-type') }, `${long}.gz`);
    await visitDemo(async (page) => {
      await ready(page);
      await draw(page, seven);
      await prediction(page);
      const looks = async (): Promise<void> => {
        for (const viewport of [phone, desk]) {
          await page.setViewportSize(viewport);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            const { scrollWidth, clientWidth, background } = await layout(page);
            expect(scrollWidth, `at ${viewport.width}`).toBeLessThanOrEqual(clientWidth);
            expect(background > 127 ? 'light' : 'dark').toBe(colorScheme);
          }
        }
      };
      await looks();
      await choose(page, full);
      await page.getByRole('button', { name: 'Run' }).click();
      await page.locator('.tensor-output').first().waitFor();
      await looks();
      await choose(page, file(`${long}.tar.gz`, strToU8('<html>')));
      await page.locator('#archive-error .notice').waitFor();
      await looks();
    });
  });
});

describe('served', () => {
  test("by Vite's preview, which unpacks the gzip on the way, it works the same", async () => {
    const server = await preview({
      root: repository,
      configFile: join(repository, 'vite.config.ts'),
      preview: { port: 0 },
      logLevel: 'silent',
    });
    try {
      const [address] = server.resolvedUrls!.local;
      const response = await fetch(new URL('models/digits/model.tar.gz', address), { method: 'HEAD' });
      expect(response.headers.get('content-encoding')).toBe('gzip');
      await visit(browser, address!, answersSeven);
    } finally {
      await server.close();
    }
  });

  // It builds anew what the tests above have open: the last of them.
  test('by npm start, it works at the address that is printed, and Ctrl+C ends all of it', async () => {
    await using started = await npmStart(repository);
    expect((await fetch(started.address)).status).toBe(200);
    await visit(browser, started.address, answersSeven);
    const interrupted = performance.now();
    await started.interrupt();
    expect(performance.now() - interrupted).toBeLessThan(10_000);
    expect(started.isAlive()).toBe(false);
    await expect(fetch(started.address)).rejects.toThrow('fetch failed');
  });
});

/** For what takes a worker's answer, an announcement's pause or a download. */
const patient = { timeout: 10_000 };

const underline: readonly Stroke[] = [
  [
    [0.2, 0.9],
    [0.8, 0.9],
  ],
];

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function answersSeven(page: Page): Promise<void> {
  await ready(page);
  await draw(page, seven);
  expect(await prediction(page)).toBe('7');
}

interface Drawing {
  readonly digit: number;
  readonly strokes: readonly Stroke[];
}

/** The pen and the ink are the canvas's own. */
async function readDrawings(): Promise<readonly Drawing[]> {
  return JSON.parse(await readFile(join(repository, 'training/digits/strokes.json'), 'utf8')) as Drawing[];
}

/** All that screen readers are told, as it comes. */
async function hear(page: Page): Promise<readonly string[]> {
  const announced: string[] = [];
  await page.exposeFunction('hear', (text: string) => announced.push(text));
  await page.locator('#announcement').evaluate((element) => {
    const { hear: tell } = globalThis as unknown as { hear: (text: string) => void };
    new MutationObserver(() => tell(element.textContent)).observe(element, { childList: true });
  });
  return announced;
}

function file(name: string, bytes: Uint8Array): Upload {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
}

async function choose(page: Page, upload: Upload): Promise<void> {
  await page.locator('#archive-file').setInputFiles(upload);
}

async function openAddress(page: Page, address: string): Promise<void> {
  await page.locator('#archive-url').fill(address);
  await page.locator('#archive-url').press('Enter');
}

/** The first label of the answer, once there is one. */
function likeliest(page: Page): Promise<string> {
  return page.locator('form.try [data-likeliest] .bar-label').innerText();
}

/** A file dragged in from outside the browser, and let go over the title. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const title = page.locator('h1');
  await title.hover();
  const { x, y } = (await title.boundingBox())!;
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await session.send('Input.dispatchDragEvent', { type, x: x + 5, y: y + 5, data });
  }
}

/** A PNG of one colour. */
async function picture(colour: string): Promise<Upload> {
  const page = await browser.newPage({ viewport: { width: 40, height: 30 } });
  await page.setContent(`<body style="background: ${colour}">`);
  const buffer = await page.screenshot();
  await page.close();
  return { name: `${colour}.png`, mimeType: 'image/png', buffer };
}

function layout(page: Page): Promise<{ scrollWidth: number; clientWidth: number; background: number }> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const [red] = /\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)!;
    return { scrollWidth, clientWidth, background: Number(red) };
  });
}

/** A folder of test/fixtures/tasks as an archive. */
async function fixtureArchive(name: string): Promise<Upload> {
  const folder = join(taskFolder, name);
  const files = filesOf(folder).map(async (path) => [path, await readFile(join(folder, path))] as const);
  return archive(Object.fromEntries(await Promise.all(files)), `${name}.tar.gz`);
}
