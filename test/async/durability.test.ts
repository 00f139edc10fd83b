import { isDeepStrictEqual } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageBytes } from '../../src/index.ts';
import { launchProfile, type Profile } from '../chromium.ts';
import { Random } from '../mutations/random.ts';
import { modelServer, type ModelServer } from '../store/model-server.ts';
import { openPage } from '../store/open-page.ts';
import { kill } from '../store/visitor.ts';
import { answerOf, commits, deployQueue, digits, inputFiles, penguins, rowOf } from './queue-page.ts';

// Requests of tabs that are killed: none is lost, none is answered twice or wrongly. `INPOINT_ASYNC_DURABILITY=long` makes it
// 1,000 requests and 30 kills; INPOINT_SEED chooses other moments.

const isLong = process.env['INPOINT_ASYNC_DURABILITY'] === 'long';
const { requests, kills } = isLong ? { requests: 1000, kills: 30 } : { requests: 100, kills: 4 };
const seed = Number(process.env['INPOINT_SEED'] ?? 1);

let profile: Profile;
let context: BrowserContext;
let server: ModelServer;

beforeAll(async () => {
  profile = await launchProfile();
  ({ context } = profile);
  server = await modelServer({ '/model.tar.gz': penguins, '/digits.tar.gz': digits });
});
afterAll(async () => {
  await profile[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test(
  `${requests} requests of a tab that is killed ${kills} times: each is answered, committed once, and right`,
  async ({ annotate }) => {
    const name = 'durable';
    const chance = new Random(seed);
    /** Those of which the page was told that they are kept. */
    const kept = new Set<string>();
    const settled = new Set<string>();
    const ids = Array.from({ length: requests }, (_, index) => String(index));
    const died: string[] = [];
    /** Opens a tab that makes what is not known to be kept, until it is killed or all is answered. */
    const live = async (killAt: number): Promise<Page | undefined> => {
      const page = await openPage(context, server);
      let reached!: () => void;
      const atMoment = new Promise<void>((resolve) => (reached = resolve));
      const look = (): void => {
        if (kept.size + settled.size >= killAt) reached();
      };
      await page.exposeBinding('tellKept', (_, id: string) => (kept.add(id), look()));
      await page.exposeBinding('tellSettled', (_, id: string) => (settled.add(id), look()));
      const through = (async () => {
        await deployQueue(page, name);
        const open = ids.filter((id) => !kept.has(id));
        await page.evaluate(
          async ({ wanted, of }) => {
            const { tellKept, tellSettled } = globalThis as unknown as Record<string, (id: string) => void>;
            const found = new Set<string>();
            const reading = (async () => {
              for await (const { inferenceId } of queue.completions()) {
                tellSettled!(inferenceId);
                found.add(inferenceId);
                if (found.size === of) return;
              }
            })();
            for (const { id, row } of wanted) {
              await queue.invokeAsync(row, { inferenceId: id });
              tellKept!(id);
            }
            await reading;
          },
          { wanted: open.map((id) => ({ id, row: rowOf(Number(id)) })), of: ids.length },
        );
      })();
      through.catch(() => {});
      if (killAt === Infinity) {
        await through;
        return page;
      }
      await Promise.race([atMoment, through]);
      await new Promise((later) => setTimeout(later, chance.next() * 40));
      died.push(`${kept.size} kept and ${settled.size} answered`);
      await kill(page);
      return undefined;
    };
    for (let count = 0; count < kills; count++) await live(((count + chance.next()) / kills) * 2 * requests);
    const page = (await live(Infinity))!;
    expect(died).toHaveLength(kills);
    expect(kept.size).toBe(requests);
    const answers: unknown[] = [];
    for (const id of ids) answers.push(await answerOf(page, id));
    const own = await page.evaluate(
      async (rows) => {
        const all: unknown[] = [];
        for (const row of rows) all.push(await queue.invoke(row));
        return all;
      },
      ids.map((id) => rowOf(Number(id))),
    );
    const wrong = ids.filter((_, index) => !isDeepStrictEqual(answers[index], own[index]));
    const distinct = new Set(own.map((answer) => JSON.stringify(answer))).size;
    const again = await page.evaluate(
      async (all) => (await Promise.all(all.map((id) => queue.status(id)))).filter((one) => one!.attempts > 1).length,
      ids,
    );
    const committed = await commits(page, name);
    await annotate(
      `${requests} requests, ${kills} kills (${died.join('; ')}): ${committed} commits, ${wrong.length} wrong, ${again} executed more than once, ${distinct} different answers`,
    );
    expect(wrong).toEqual([]);
    expect(committed).toBe(requests);
    expect(distinct).toBeGreaterThan(requests * 0.9);
    expect(await page.evaluate(async () => (await queue.deadLetters()).length)).toBe(0);
    expect(await inputFiles(page, name)).toEqual([]);
    await page.close();
  },
  isLong ? 900_000 : 120_000,
);

/** Where a tab is stopped: at a step of a kind, such as a write to the database, counted from the first. */
interface Step {
  readonly at: number;
  /** Stops there. @returns what it does; undefined where there are fewer steps */
  reached: string | undefined;
}

test('a tab that is killed at any of its steps loses nothing that it was told is kept, and leaves no file behind', async ({
  annotate,
}) => {
  const seen: string[] = [];
  for (let at = 1; ; at += isLong ? 1 : 7) {
    const step = await dieAt(at);
    if (step.reached === undefined) break;
    seen.push(step.reached);
  }
  await annotate(`killed at ${seen.length} steps: ${[...new Set(seen)].join(', ')}`);
  expect(seen.length).toBeGreaterThan(isLong ? 40 : 5);
}, 600_000);

/** What the pages of these tabs have. */
interface PageOfSteps {
  tellKept(id: string): void;
  pictureOf(id: string): ImageBytes;
}

/** Pictures that all differ, the first of them so large that it has a file of its own. */
function givePictures(): void {
  const pictureOf = (id: string): ImageBytes => {
    const side = id === '0' ? 600 : 28;
    const data = new Uint8ClampedArray(side * side * 4).map((_, at) => (at * (Number(id) + 3)) % 256);
    return { data, width: side, height: side };
  };
  Object.assign(globalThis, { pictureOf });
}

/** Has a tab die at a step, and another one finish. */
async function dieAt(at: number): Promise<Step> {
  const name = `step-${at}`;
  const step: Step = { at, reached: undefined };
  const page = await openPage(context, server);
  const session = await context.newCDPSession(page);
  await session.send('Debugger.enable');
  const stopped = new Promise<void>((resolve) => session.once('Debugger.paused', () => resolve()));
  const kept: string[] = [];
  await page.exposeBinding('tellKept', (_, id: string) => void kept.push(id));
  page.on('console', (message) => {
    if (message.text().startsWith('step: ')) step.reached = message.text();
  });
  const through = (async () => {
    await page.evaluate((last) => {
      let count = 0;
      const stopAt = (what: string): void => {
        if (++count !== last) return;
        console.log(`step: ${what}`);
        // oxlint-disable-next-line no-debugger
        debugger;
      };
      for (const method of ['add', 'put', 'delete'] as const) {
        const own = IDBObjectStore.prototype[method] as (...given: unknown[]) => IDBRequest;
        IDBObjectStore.prototype[method] = function stopping(this: IDBObjectStore, ...given: unknown[]) {
          stopAt(`before ${method} in ${this.name}`);
          const request = own.apply(this, given);
          request.addEventListener('success', () => stopAt(`after ${method} in ${this.name}`));
          return request as never;
        };
      }
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = function stopping(message) {
        if (this.name.startsWith('inpoint/1/async/') && !this.name.includes('/serve/')) stopAt('telling');
        postMessage.call(this, message);
      };
      const { removeEntry } = FileSystemDirectoryHandle.prototype;
      FileSystemDirectoryHandle.prototype.removeEntry = function stopping(...given) {
        stopAt('before a file is removed');
        return removeEntry.apply(this, given);
      };
    }, at);
    await deployQueue(page, name, {}, '/digits.tar.gz');
    await page.evaluate(givePictures);
    await page.evaluate(async () => {
      const { tellKept, pictureOf } = globalThis as unknown as PageOfSteps;
      for (const id of ['0', '1', '2']) {
        await queue.invokeAsync(pictureOf(id), { inferenceId: id });
        tellKept(id);
      }
      await Promise.all(['0', '1', '2'].map((id) => queue.wait(id)));
    });
  })();
  through.catch(() => {});
  await Promise.race([stopped, through]);
  // What is at work besides the page's own thread goes on for a moment.
  await new Promise((later) => setTimeout(later, 30));
  await kill(page);
  const next = await openPage(context, server);
  await deployQueue(next, name, {}, '/digits.tar.gz');
  for (const id of kept) expect(await next.evaluate((of) => queue.status(of), id)).toBeDefined();
  await next.evaluate(givePictures);
  for (const id of ['0', '1', '2']) {
    const { answer, own } = await next.evaluate(async (of) => {
      const { pictureOf } = globalThis as unknown as PageOfSteps;
      await queue.invokeAsync(pictureOf(of), { inferenceId: of });
      return { answer: await queue.wait(of), own: await queue.invoke(pictureOf(of)) };
    }, id);
    expect(answer).toEqual(own);
  }
  expect(await commits(next, name)).toBe(3);
  await next.close();
  // Whatever had no record then is swept by whoever serves next.
  const last = await openPage(context, server);
  await deployQueue(last, name, {}, '/digits.tar.gz');
  expect(await answerOf(last, '0')).toBeDefined();
  expect(await inputFiles(last, name)).toEqual([]);
  await last.close();
  return step;
}
