import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchProfile, type Profile } from '../chromium.ts';
import { modelServer, packModel, question, type ModelServer } from '../store/model-server.ts';
import { openPage } from '../store/open-page.ts';
import { kill } from '../store/visitor.ts';
import {
  answerOf,
  ask,
  commits,
  deployQueue,
  digits,
  freezeAtDebugger,
  inputFiles,
  ownAnswer,
  penguins,
  rowOf,
  statusOf,
} from './queue-page.ts';

// The queue of an asynchronous endpoint, in one tab and in several, of which some die or stand still.

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

async function openTab(): Promise<Page & AsyncDisposable> {
  const page = await openPage(context, server);
  return Object.assign(page, { [Symbol.asyncDispose]: () => page.close() });
}

describe('one tab', () => {
  test('a request is answered as invoke() answers, and is there until it is acknowledged', async () => {
    await using page = await openTab();
    await deployQueue(page, 'plain');
    expect(await ask(page, 'a', rowOf(1))).toBe(false);
    expect(await answerOf(page, 'a')).toEqual(await ownAnswer(page, rowOf(1)));
    expect(await statusOf(page, 'a')).toMatchObject({ status: 'Completed', attempts: 1, reason: undefined });
    expect(await page.evaluate(() => queue.acknowledge('a'))).toBe(true);
    expect(await page.evaluate(() => queue.acknowledge('a'))).toBe(false);
    expect(await statusOf(page, 'a')).toBeUndefined();
    expect(await page.evaluate(() => outcome(() => queue.result('a')))).toMatchObject({
      error: { name: 'InputError', code: 'input-invalid' },
    });
  });

  test('the same inferenceId twice is one request: the first', async () => {
    await using page = await openTab();
    await deployQueue(page, 'twice');
    expect(await ask(page, 'a', rowOf(1))).toBe(false);
    expect(await ask(page, 'a', rowOf(2))).toBe(true);
    expect(await answerOf(page, 'a')).toEqual(await ownAnswer(page, rowOf(1)));
    expect(await ask(page, 'a', rowOf(2))).toBe(true);
    expect(await commits(page, 'twice')).toBe(1);
  });

  test('completions() gives each, those of before too, until they are acknowledged', async () => {
    await using page = await openTab();
    await deployQueue(page, 'iterated');
    const seen = await page.evaluate(async (rows) => {
      await queue.invokeAsync(rows[0], { inferenceId: '0' });
      await queue.wait('0');
      const ids: string[] = [];
      for await (const { inferenceId, status } of queue.completions()) {
        ids.push(`${inferenceId} ${status}`);
        await queue.acknowledge(inferenceId);
        if (ids.length === rows.length) break;
        await queue.invokeAsync(rows[ids.length], { inferenceId: String(ids.length) });
      }
      return ids;
    }, [0, 1, 2].map(rowOf));
    expect(seen).toEqual(['0 Completed', '1 Completed', '2 Completed']);
  });

  test('what the model refuses is a dead letter with its reason and its input, until it is acknowledged', async () => {
    await using page = await openTab();
    await deployQueue(page, 'refused');
    const dead = await page.evaluate(async () => {
      await queue.invokeAsync({ no: 'such column' }, { inferenceId: 'bad' });
      const waited = await outcome(() => queue.wait('bad'));
      const [letter] = await queue.deadLetters();
      const input = await letter!.input();
      const { inferenceId, status, reason, attempts, error } = letter!;
      const isInputError = error instanceof inpoint.InputError;
      const isRemoved = await queue.acknowledge('bad');
      return {
        waited,
        inferenceId,
        status,
        reason,
        attempts,
        isInputError,
        input,
        isRemoved,
        left: await queue.deadLetters(),
      };
    });
    expect(dead).toMatchObject({
      waited: { error: { name: 'InputError' } },
      inferenceId: 'bad',
      status: 'Failed',
      attempts: 1,
      isInputError: true,
      input: { no: 'such column' },
      isRemoved: true,
      left: [],
    });
    expect(dead.reason).toBe(dead.waited.error!.message);
  });

  test('what cannot be cloned is refused before anything is written', async () => {
    await using page = await openTab();
    await deployQueue(page, 'uncloneable');
    const refused = await page.evaluate(() =>
      outcome(() => queue.invokeAsync({ large: new Uint8Array(2 ** 21), call: () => {} })),
    );
    expect(refused.error).toMatchObject({ name: 'InputError', code: 'input-invalid' });
    expect(await inputFiles(page, 'uncloneable')).toEqual([]);
  });

  test('an input is kept as it was at the moment of the call, and a dead letter has it until it is acknowledged', async () => {
    await using page = await openTab();
    await deployQueue(page, 'moment');
    const kept = await page.evaluate(async () => {
      const input = { data: Float32Array.of(1, 2), canvas: new OffscreenCanvas(1, 1) };
      const context2d = input.canvas.getContext('2d')!;
      context2d.fillStyle = '#ff0000';
      context2d.fillRect(0, 0, 1, 1);
      const making = queue.invokeAsync(input, { inferenceId: 'a' });
      input.data.fill(3);
      context2d.fillStyle = '#0000ff';
      context2d.fillRect(0, 0, 1, 1);
      await making;
      await outcome(() => queue.wait('a'));
      const [letter] = await queue.deadLetters();
      const { data, canvas } = (await letter!.input()) as { data: Float32Array; canvas: ImageData };
      await queue.acknowledge('a');
      const gone = await outcome(() => letter!.input());
      return { data: [...data], pixel: [...canvas.data], gone: gone.error?.code };
    });
    expect(kept).toEqual({ data: [1, 2], pixel: [255, 0, 0, 255], gone: 'store-failed' });
  });

  test('an answer that is acknowledged while it is read is none, and not an empty one', async () => {
    await using page = await openTab();
    await deployQueue(page, 'raced');
    await ask(page, 'a', rowOf(1));
    await answerOf(page, 'a');
    const refused = await page.evaluate(() => {
      const { transaction } = IDBDatabase.prototype;
      let isOver = false;
      IDBDatabase.prototype.transaction = function raced(this: IDBDatabase, ...given) {
        if (given[0] === 'answers' && !isOver) {
          isOver = true;
          // As another tab does between two transactions of this one.
          const other = transaction.call(this, ['requests', 'answers'], 'readwrite');
          for (const name of ['requests', 'answers']) other.objectStore(name).clear();
        }
        return transaction.apply(this, given);
      };
      return outcome(() => queue.wait('a'));
    });
    expect(refused.error).toMatchObject({ name: 'InputError', code: 'input-invalid' });
  });

  test('a request that is being made while the endpoint closes is kept, and says so', async () => {
    await using page = await openTab();
    await deployQueue(page, 'closing');
    const made = await page.evaluate(async () => {
      const making = outcome(() => queue.invokeAsync(new Blob([new Uint8Array(2 ** 25)]), { inferenceId: 'a' }));
      await queue.close();
      const { value, error } = await making;
      return { value: value?.inferenceId, error };
    });
    expect(made).toEqual({ value: 'a', error: undefined });
    await deployQueue(page, 'closing');
    expect(await page.evaluate(() => outcome(() => queue.wait('a')))).toMatchObject({ error: { name: 'InputError' } });
  });

  test('what takes too long is executed again as often as it may be, and is a dead letter then', async () => {
    await using page = await openTab();
    await deployQueue(page, 'slow', {}, '/digits.tar.gz');
    const letter = await page.evaluate(async () => {
      const picture = { data: new Uint8ClampedArray(4 * 4000 * 4000), width: 4000, height: 4000 };
      await queue.invokeAsync(picture, { inferenceId: 'slow', timeoutMs: 1, retries: 1 });
      const { error } = await outcome(() => queue.wait('slow'));
      const { attempts, status } = (await queue.status('slow'))!;
      return { code: error!.code, attempts, status };
    });
    expect(letter).toEqual({ code: 'timed-out', attempts: 2, status: 'Failed' });
  });

  test('one whose time is over between two executions tells what the last one failed with', async () => {
    await using page = await openTab();
    await deployQueue(page, 'slower', {}, '/digits.tar.gz');
    const reason = await page.evaluate(async () => {
      const picture = { data: new Uint8ClampedArray(4 * 4000 * 4000), width: 4000, height: 4000 };
      await queue.invokeAsync(picture, { inferenceId: 'slow', timeoutMs: 1, retries: 100, ttlMs: 4000 });
      await outcome(() => queue.wait('slow'));
      const { status, reason: why, attempts } = (await queue.status('slow'))!;
      return { status, why, isBegun: attempts > 0 };
    });
    expect(reason).toMatchObject({ status: 'Expired', isBegun: true });
    expect(reason.why).toMatch(
      /was not answered within the 4 s that it was given\. Its last execution failed: .+ Make the request anew/,
    );
  });

  test('where there is no room a request is refused, and nothing of it is left', async () => {
    await using page = await openTab();
    await deployQueue(page, 'full');
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 2 ** 20 });
    try {
      const refused = await page.evaluate(() =>
        outcome(() => queue.invokeAsync(new Blob([new Uint8Array(8 * 2 ** 20)]), { inferenceId: 'large' })),
      );
      expect(refused.error).toMatchObject({ name: 'QuotaError', code: 'quota-exceeded' });
      expect(await inputFiles(page, 'full')).toEqual([]);
      expect(await statusOf(page, 'large')).toBeUndefined();
    } finally {
      await session.send('Storage.overrideQuotaForOrigin', { origin: server.url });
    }
    await ask(page, 'small', rowOf(1));
    expect(await answerOf(page, 'small')).toEqual(await ownAnswer(page, rowOf(1)));
  });

  test('the visitor is notified of a request that asked for it, where they have allowed that', async () => {
    await using page = await openTab();
    await context.grantPermissions(['notifications'], { origin: server.url });
    await deployQueue(page, 'notified');
    const shown = await page.evaluate(async (row) => {
      const titles: string[] = [];
      globalThis.Notification = class extends Notification {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          titles.push(`${title}: ${options?.body}`);
        }
      };
      await queue.invokeAsync(row, { inferenceId: 'silent' });
      await queue.invokeAsync(row, {
        inferenceId: 'told',
        notify: { title: 'Penguins', body: 'They are told apart.' },
      });
      await Promise.all([queue.wait('silent'), queue.wait('told')]);
      await queue.invokeAsync(row, {
        inferenceId: 'late',
        ttlMs: 0.001,
        notify: { title: 'Late', body: 'It is over.' },
      });
      await outcome(() => queue.wait('late'));
      await new Promise((later) => setTimeout(later, 100));
      return titles;
    }, rowOf(1));
    await context.clearPermissions();
    expect(shown).toEqual(['Penguins: They are told apart.', 'Late: It is over.']);
  });

  test('a request that is removed is answered no more', async () => {
    await using page = await openTab();
    await deployQueue(page, 'cancelled');
    const told = await page.evaluate(async (row) => {
      await queue.invokeAsync(row, { inferenceId: 'a' });
      const waiting = outcome(() => queue.wait('a'));
      const isCancelled = await queue.cancel('a');
      const { error } = await waiting;
      return { isCancelled, twice: await queue.cancel('a'), name: error?.name, status: await queue.status('a') };
    }, rowOf(1));
    expect(told).toEqual({ isCancelled: true, twice: false, name: 'InputError', status: undefined });
  });

  test('large parts of an input are in files, come back as they were, and are removed with the answer', async () => {
    await using page = await openTab();
    await deployQueue(page, 'large');
    const kept = await page.evaluate(async (row) => {
      // Refused by the model, so that it stays to be looked at.
      const bytes = new Uint8Array(3 * 2 ** 20).map((_, at) => at % 251);
      const input = {
        row,
        view: new Float32Array(bytes.buffer),
        blob: new Blob([bytes], { type: 'x/y' }),
        file: new File([bytes], 'a.bin', { type: 'x/z', lastModified: 5 }),
        buffer: bytes.buffer,
        within: [{ pixels: new ImageData(1024, 512) }],
        small: new Uint8Array(3),
      };
      await queue.invokeAsync(input, { inferenceId: 'large' });
      await outcome(() => queue.wait('large'));
      const files = Object.entries(await opfs()).filter(([path]) => path.includes('/+inputs/default%2Flarge/'));
      const [letter] = await queue.deadLetters();
      const back = (await letter!.input()) as typeof input;
      const same = (one: Uint8Array, other: Uint8Array): boolean => one.every((value, at) => value === other[at]);
      const told = {
        sizes: files.map(([, size]) => size).toSorted((a, b) => a - b),
        view: back.view instanceof Float32Array && same(new Uint8Array(back.view.buffer), bytes),
        blob: back.blob.type === 'x/y' && same(new Uint8Array(await back.blob.arrayBuffer()), bytes),
        file: [back.file.name, back.file.type, back.file.lastModified, back.file.size],
        buffer: same(new Uint8Array(back.buffer), bytes),
        pixels: [back.within[0]!.pixels.width, back.within[0]!.pixels.height],
        small: back.small.length,
        row: back.row,
      };
      await queue.acknowledge('large');
      return told;
    }, rowOf(1));
    expect(kept).toEqual({
      sizes: [2 * 2 ** 20, ...Array.from({ length: 4 }, () => 3 * 2 ** 20)],
      view: true,
      blob: true,
      file: ['a.bin', 'x/z', 5, 3 * 2 ** 20],
      buffer: true,
      pixels: [1024, 512],
      small: 3,
      row: rowOf(1),
    });
    expect(await inputFiles(page, 'large')).toEqual([]);
  });
});

describe('several tabs', () => {
  test('one serves; events and answers come to all', async () => {
    await using first = await openTab();
    await using second = await openTab();
    await Promise.all([deployQueue(first, 'shared'), deployQueue(second, 'shared')]);
    const heard = await Promise.all(
      [first, second].map((page) =>
        page.evaluateHandle(() => {
          const ids: string[] = [];
          queue.addEventListener('completion', ({ inferenceId }) => ids.push(inferenceId));
          return ids;
        }),
      ),
    );
    // They are told of what comes after they have begun to listen.
    await Promise.all(
      [first, second].map((page) => page.evaluate(() => new Promise((later) => setTimeout(later, 100)))),
    );
    await Promise.all([ask(first, 'a', rowOf(1)), ask(second, 'b', rowOf(2)), ask(second, 'a', rowOf(1))]);
    for (const page of [first, second]) {
      expect(await answerOf(page, 'a')).toEqual(await ownAnswer(first, rowOf(1)));
      expect(await answerOf(page, 'b')).toEqual(await ownAnswer(first, rowOf(2)));
    }
    for (const ids of heard)
      await vi.waitFor(async () => expect((await ids.jsonValue()).toSorted()).toEqual(['a', 'b']), 5000);
    expect(await commits(first, 'shared')).toBe(2);
    const { held } = await first.evaluate(async () => {
      const { held: all = [], pending = [] } = await navigator.locks.query();
      const of = (locks: LockInfo[]): number => locks.filter(({ name }) => name!.includes('/shared/serve/')).length;
      return { held: [of(all), of(pending)] };
    });
    expect(held).toEqual([1, 1]);
  });

  test('the one that serves is killed: another takes over at once', async () => {
    const first = await openTab();
    await using second = await openTab();
    await deployQueue(first, 'killed');
    await deployQueue(second, 'killed');
    const many = Array.from({ length: 200 }, (_, index) => index);
    await second.evaluate(async (rows) => {
      await Promise.all(rows.map((row, index) => queue.invokeAsync(row, { inferenceId: String(index) })));
    }, many.map(rowOf));
    await answerOf(first, '0');
    await kill(first);
    const answers = await second.evaluate((ids) => Promise.all(ids.map((id) => queue.wait(id))), many.map(String));
    const own = await second.evaluate((rows) => Promise.all(rows.map((row) => queue.invoke(row))), many.map(rowOf));
    expect(answers).toEqual(own);
    expect(await commits(second, 'killed')).toBe(many.length);
  });

  test('the one that serves is closed: what it was at is put back, and another goes on', async () => {
    await using first = await openTab();
    await using second = await openTab();
    await deployQueue(first, 'closed');
    await deployQueue(second, 'closed');
    const ids = Array.from({ length: 60 }, (_, index) => String(index));
    await second.evaluate(
      async (rows) => {
        await Promise.all(rows.map((row, index) => queue.invokeAsync(row, { inferenceId: String(index) })));
      },
      ids.map((id) => rowOf(Number(id))),
    );
    const refused = await first.evaluate(async () => {
      await queue.wait('0');
      const waiting = outcome(() => queue.wait('59'));
      await queue.close();
      return waiting;
    });
    expect(refused).toMatchObject({ error: { name: 'EndpointError', code: 'endpoint-closed' } });
    const told = await second.evaluate(async (all) => {
      await Promise.all(all.map((id) => queue.wait(id)));
      return Promise.all(all.map(async (id) => (await queue.status(id))!.attempts));
    }, ids);
    // That is no fault of theirs.
    expect(new Set(told)).toEqual(new Set([1]));
    expect(await commits(second, 'closed')).toBe(ids.length);
  });

  test('the one that serves is frozen: another takes over, and what the first commits when it wakes up is refused', async () => {
    await using first = await openTab();
    await using second = await openTab();
    const options = { takeOverMs: 3000 };
    await deployQueue(first, 'frozen', options);
    await deployQueue(second, 'frozen', options);
    const { frozen, thaw } = await freezeAtDebugger(first);
    await first.evaluate(() => {
      Object.assign(globalThis, { answers: 0 });
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function counted(...given) {
        if (this.name === 'answers') (globalThis as unknown as { answers: number }).answers++;
        return put.apply(this, given);
      };
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = function frozenOnce(message) {
        // It has begun to execute the request, and tells of that.
        // oxlint-disable-next-line no-debugger
        if (this.name.endsWith('/frozen')) debugger;
        postMessage.call(this, message);
      };
    });
    await ask(second, 'a', rowOf(4));
    await frozen;
    const answer = await answerOf(second, 'a');
    expect(answer).toEqual(await ownAnswer(second, rowOf(4)));
    await thaw();
    // It has learnt that it was overtaken, and waits for its turn again.
    await ask(first, 'b', rowOf(5));
    expect(await answerOf(first, 'b')).toEqual(await ownAnswer(first, rowOf(5)));
    expect(await answerOf(first, 'a')).toEqual(answer);
    expect(await commits(second, 'frozen')).toBe(2);
    expect(await statusOf(second, 'a')).toMatchObject({ attempts: 2 });
    // The second goes on to serve, and the first has committed nothing.
    expect(await first.evaluate(() => (globalThis as unknown as { answers: number }).answers)).toBe(0);
  });

  test('a hidden tab, whose timers come late, takes over from a frozen one too', async () => {
    await using first = await openTab();
    await using second = await openTab();
    await deployQueue(first, 'hidden', { takeOverMs: 3000 });
    // A minute apart in a browser, of tabs that have been hidden for long.
    await second.evaluate(() => {
      const { setInterval: often } = globalThis;
      globalThis.setInterval = ((work: () => void, ms: number) => often(work, 5 * ms)) as typeof setInterval;
    });
    await deployQueue(second, 'hidden', { takeOverMs: 3000 });
    const { frozen, thaw } = await freezeAtDebugger(first);
    void first.evaluate(() => {
      setTimeout(() => {
        // oxlint-disable-next-line no-debugger
        debugger;
      });
    });
    await frozen;
    await ask(second, 'a', rowOf(4));
    const waited = await second.evaluate(() => outcome(() => queue.wait('a', { signal: AbortSignal.timeout(30_000) })));
    await thaw();
    expect(waited).toEqual({ value: await ownAnswer(second, rowOf(4)) });
  });

  /** Has servers in a page be overtaken when they have begun to execute a request, so many times. */
  async function overtake(page: Page, name: string, times: number): Promise<void> {
    await page.evaluate(
      ({ of, most }) => {
        const { put } = IDBObjectStore.prototype;
        let count = 0;
        IDBObjectStore.prototype.put = function overtaken(...given) {
          const [{ state }] = given as unknown as [{ state?: string }];
          if (state === 'InProgress' && count++ < most) {
            const key = ['turn', `default/${of}`, queue.storage!.version!];
            const { db } = this.transaction;
            // Comes before the commit, since it was asked for before.
            queueMicrotask(() => {
              const counters = db.transaction('counters', 'readwrite').objectStore('counters');
              put.call(counters, 1000 * count, key);
            });
          }
          return put.apply(this, given);
        };
      },
      { of: name, most: times },
    );
  }

  test('a commit of a turn that was overtaken is refused within its transaction, and the request executed once more', async () => {
    await using page = await openTab();
    await deployQueue(page, 'fenced');
    await overtake(page, 'fenced', 1);
    await ask(page, 'a', rowOf(6));
    expect(await answerOf(page, 'a')).toEqual(await ownAnswer(page, rowOf(6)));
    expect(await statusOf(page, 'a')).toMatchObject({ status: 'Completed', attempts: 2 });
    expect(await commits(page, 'fenced')).toBe(1);
  });

  test('a request whose servers end again and again has failed', async () => {
    await using page = await openTab();
    await deployQueue(page, 'deadly');
    await overtake(page, 'deadly', Infinity);
    await ask(page, 'a', rowOf(6));
    const refused = await page.evaluate(() => outcome(() => queue.wait('a')));
    expect(refused.error).toMatchObject({ name: 'WorkerError', code: 'worker-lost' });
    expect(await statusOf(page, 'a')).toMatchObject({ status: 'Failed', attempts: 10 });
  });
});

describe('another version of the model', () => {
  /** Leaves a request that nobody has begun to execute, and one whose time is over soon. */
  async function leaveRequests(own: ModelServer, name: string): Promise<string> {
    const page = await openPage(context, own);
    await deployQueue(page, name);
    const version = await page.evaluate(() => queue.storage!.version!);
    await page.evaluate(() => {
      const { getAll } = IDBIndex.prototype;
      IDBIndex.prototype.getAll = function notToday(...given) {
        if (this.name === 'due') throw new DOMException('Not today.', 'UnknownError');
        return getAll.apply(this, given);
      };
    });
    await ask(page, 'a', rowOf(8));
    await ask(page, 'hasty', rowOf(9), 1);
    await kill(page);
    return version;
  }

  test('requests are answered by the one that they were made for, as long as it is kept', async () => {
    await using own = await modelServer({ '/model.tar.gz': penguins, '/other.tar.gz': penguins });
    await leaveRequests(own, 'updated');
    own.archives.set('/model.tar.gz', await packModel());
    const page = await openPage(context, own);
    await deployQueue(page, 'updated');
    const answer = await answerOf(page, 'a');
    expect(answer).toMatchObject({ labels: expect.any(Array) as unknown });
    // The new one gives values, and knows nothing of penguins.
    expect(await ownAnswer(page, question)).toMatchObject({ value: expect.any(Number) as unknown });
    expect(await statusOf(page, 'a')).toMatchObject({ status: 'Completed', attempts: 1 });
    const other = await openPage(context, own);
    await deployQueue(other, 'others', {}, '/other.tar.gz');
    expect(answer).toEqual(await ownAnswer(other, rowOf(8)));
    await Promise.all([page.close(), other.close()]);
  });

  test('requests wait for one that is not kept, and say which it is; those whose time is over are dead letters', async () => {
    const other = await packModel();
    await using own = await modelServer({ '/model.tar.gz': penguins, '/other.tar.gz': other });
    const version = await leaveRequests(own, 'missing');
    const later = await openPage(context, own);
    await deployQueue(later, 'missing', {}, '/other.tar.gz');
    await vi.waitFor(async () => expect((await statusOf(later, 'a'))!.reason).toContain('Nothing is kept'), 10_000);
    const status = await statusOf(later, 'a');
    expect(status).toMatchObject({ status: 'Waiting', version, attempts: 0 });
    expect(status!.reason).toContain(version.slice(0, 12));
    await vi.waitFor(async () => expect(await statusOf(later, 'hasty')).toMatchObject({ status: 'Expired' }), 10_000);
    const dead = await later.evaluate(async () =>
      (await queue.deadLetters()).map(({ inferenceId, error }) => [inferenceId, (error as { code?: string }).code]),
    );
    expect(dead).toEqual([['hasty', 'request-expired']]);
    const again = await openPage(context, own);
    await deployQueue(again, 'missing');
    expect(await answerOf(later, 'a')).toEqual(await ownAnswer(again, rowOf(8)));
    await Promise.all([later.close(), again.close()]);
  });
});

describe('a browser without files', () => {
  test('large inputs are kept in the database', async () => {
    await using page = await openTab();
    await deployQueue(page, 'before');
    await page.evaluate(() => {
      navigator.storage.getDirectory = () => Promise.reject(new DOMException('Not here.', 'SecurityError'));
    });
    await deployQueue(page, 'fileless', {}, '/digits.tar.gz');
    const [answer, own] = await page.evaluate(async () => {
      const side = 700;
      const data = new Uint8ClampedArray(side * side * 4).map((_, at) => (at * 7) % 256);
      const picture = { data, width: side, height: side };
      await queue.invokeAsync(picture, { inferenceId: 'a' });
      return [await queue.wait('a'), await queue.invoke(picture)];
    });
    expect(answer).toEqual(own);
  });
});

describe('a page that can keep nothing', () => {
  test('is refused by name: no IndexedDB, a model that is not kept, no name', async () => {
    await using page = await openTab();
    const refused = await page.evaluate(async () => {
      const address = '/model.tar.gz';
      const unkept = await outcome(() => inpoint.deploy(address, { mode: 'async', name: 'a', cache: 'no-store' }));
      const unnamed = await outcome(() => inpoint.deploy(address, { mode: 'async' } as never));
      indexedDB.open = () => {
        throw new DOMException('The user denied permission.', 'SecurityError');
      };
      const denied = await outcome(() => inpoint.deploy(address, { mode: 'async', name: 'a' }));
      return { unkept, unnamed, denied };
    });
    expect(refused.unkept.error).toMatchObject({ name: 'StoreError', code: 'queue-unavailable' });
    expect(refused.unnamed.error).toMatchObject({ name: 'TypeError' });
    expect(refused.denied.error).toMatchObject({ name: 'StoreError', code: 'queue-unavailable' });
    expect(refused.denied.error!.message).toContain('The user denied permission.');
  });
});
