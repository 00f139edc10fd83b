import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TransformOptions } from '../../src/index.ts';
import { launchProfile, type Profile } from '../chromium.ts';
import { serve, type Site } from '../serve.ts';
import { kill } from '../store/visitor.ts';
import { model, openPage } from './open-page.ts';

// Transform jobs in a real page, through the penguins model. npm run test:transform makes the tables large and the kills many.

const isLong = process.env['INPOINT_LONG'] === '1';

let profile: Profile;
let site: Site;
let page: Page;

beforeAll(async () => {
  profile = await launchProfile();
});
// On an origin of its own, so that none finds what another one that failed has left.
beforeEach(async () => {
  site = await serve(fileURLToPath(new URL('../../', import.meta.url)));
  page = await openPage(profile.context, site);
});
afterEach(async () => {
  await Promise.all(profile.context.pages().map((open) => open.close()));
  await site[Symbol.asyncDispose]();
});
afterAll(async () => {
  await profile[Symbol.asyncDispose]();
});

test('transform() answers a table as invoke() does, and gives back what it deployed', async () => {
  const rows = isLong ? 100_000 : 10_000;
  const seen = await page.evaluate(
    async ([address, count]) => {
      const progress: number[] = [];
      const done = await inpoint.transform(address, penguins(count), {
        output: 'file',
        invokeOptions: { topK: 1 },
        deploy: { device: 'wasm' },
        onProgress: ({ bytes, totalBytes }) => progress.push(bytes / totalBytes!),
      });
      const { file, ...outcome } = await done.result;
      const lines = (await file!.text()).trimEnd().split('\n');
      const endpoint = await inpoint.deploy(address, { task: 'tabular-classification', device: 'wasm' });
      const table = (await penguins(count).text()).trimEnd().split('\n').slice(1);
      const differ: number[] = [];
      for (let at = 0; at < count; at += 97) {
        const answer = await endpoint.invoke(table[at]!, { topK: 1 });
        if (lines[at] !== JSON.stringify(answer)) differ.push(at);
      }
      await endpoint.close();
      await done.remove();
      return {
        outcome,
        lines: lines.length,
        differ,
        last: progress.at(-1),
        status: done.status,
        left: await jobFiles(),
      };
    },
    [model, rows] as const,
  );
  expect(seen).toEqual({
    outcome: { status: 'Completed', records: rows, failed: 0 },
    lines: rows,
    differ: [],
    last: 1,
    status: 'Completed',
    left: 0,
  });
});

test('transform() of an endpoint that is open leaves it open, and a slow reader slows it down', async () => {
  const seen = await page.evaluate(async (address) => {
    const endpoint = await inpoint.deploy(address, { device: 'wasm' });
    const running = await inpoint.transform(endpoint, penguins(20_000), { batchSize: 100, maxConcurrentTransforms: 2 });
    const reader = running.readable.getReader();
    await reader.read();
    await new Promise((later) => setTimeout(later, 500));
    const { invocations } = endpoint.metrics();
    let bytes = 0;
    for (;;) {
      const next = await reader.read();
      if (next.done) break;
      bytes += next.value.length;
    }
    const { records } = await running.result;
    const answer = await endpoint.invoke('Dream,40,18,190,3500,male');
    await endpoint.close();
    return { invocations, records, hasBytes: bytes > 0, labels: (answer as { labels: unknown[] }).labels.length };
  }, model);
  expect(seen).toMatchObject({ records: 20_000, hasBytes: true, labels: 3 });
  expect(seen.invocations).toBeLessThanOrEqual(1000);
});

test('a job pauses, goes on and stops; leaving its loop ends it', async () => {
  const seen = await page.evaluate(async (address) => {
    const endpoint = await inpoint.deploy(address, { device: 'wasm' });
    const running = await inpoint.transform(endpoint, penguins(20_000), { output: 'file' });
    running.pause();
    await new Promise((later) => setTimeout(later, 300));
    const paused = { status: running.status, records: running.progress.records };
    await new Promise((later) => setTimeout(later, 300));
    const still = running.progress.records;
    running.resume();
    await running.stop();
    const stopped = await running.result;
    const left = await inpoint.transform(endpoint, penguins(20_000), { batchSize: 10 });
    let count = 0;
    for await (const { index } of left) if (index === 24 && ++count) break;
    const ended = await left.result;
    const wrong = await inpoint.transform(endpoint, penguins(20_000, { badEvery: 600 }), { output: 'file' });
    const failure = await outcome(() => wrong.result);
    await Promise.all([running.remove(), wrong.remove(), endpoint.close()]);
    return {
      paused,
      still,
      stopped,
      ended,
      failure,
      status: [running.status, left.status, wrong.status],
      left: await jobFiles(),
    };
  }, model);
  expect(seen.paused.status).toBe('Paused');
  expect(seen.still).toBe(seen.paused.records);
  expect(seen.stopped.status).toBe('Stopped');
  expect(seen.stopped.records).toBeLessThan(20_000);
  expect(seen.ended.status).toBe('Stopped');
  expect(seen.failure.error).toMatchObject({ name: 'InputError', code: 'input-invalid' });
  expect(seen.failure.error!.message).toMatch(/^Record 600 of "penguins.csv": The row has 7 values/);
  expect(seen.status).toEqual(['Stopped', 'Stopped', 'Failed']);
  expect(seen.left).toBe(0);
});

/** Options that can be given to a page. */
type PlainOptions = Omit<TransformOptions, 'deploy' | 'output' | 'signal' | 'onProgress'>;

interface Begun {
  readonly name: string;
  readonly rows: number;
  readonly options: PlainOptions;
}

/** Calls for a job, and leaves it running. */
async function begin(to: Page, begun: Begun): Promise<void> {
  await to.evaluate(
    async ([address, { name, rows, options }]) => {
      const source = penguins(rows, { badEvery: 1013 });
      globalThis.job = await inpoint.transform(address, source, {
        name,
        onError: 'record',
        deploy: { device: 'wasm' },
        ...options,
      });
    },
    [model, begun] as const,
  );
}

/** Waits for it, and tells what its output is. */
async function finish(from: Page): Promise<{ digest: string; size: number; records: number; failed: number }> {
  return from.evaluate(async () => {
    const { file, records, failed } = await job.result;
    return { digest: await sha256(file!), size: file!.size, records, failed };
  });
}

describe.each<[format: string, options: PlainOptions]>([
  ['JSON Lines', { joinSource: 'input', invokeOptions: { topK: 1 } }],
  ['CSV', { outputFormat: 'csv', outputFilter: '$.labels[0]', batchSize: 100 }],
  ['Parquet', { outputFormat: 'parquet', outputFilter: '$.labels[0]', batchSize: 1000 }],
])('a job whose tab is killed, with an output in %s,', (format, options) => {
  test('goes on from its checkpoint, and its output is that of an undisturbed one byte for byte', async () => {
    const rows = isLong ? 100_000 : 40_000;
    const kills = isLong ? 10 : 2;
    await begin(page, { name: `${format}, whole`, rows, options });
    const whole = await finish(page);
    expect(whole).toMatchObject({ records: rows, failed: Math.floor(rows / 1013) });
    const name = `${format}, killed`;
    const wentOnAt: number[] = [];
    for (let moment = 1; moment <= kills; moment++) {
      const victim = await openPage(profile.context, site);
      await victim.evaluate(() => hurryClock(20));
      await begin(victim, { name, rows, options });
      wentOnAt.push(await victim.evaluate(() => job.progress.records));
      const until = Math.floor((rows * moment) / (kills + 1));
      await victim.evaluate(
        async ([records, kept]) => {
          const isThere = async (): Promise<boolean> =>
            job.progress.records >= records && (await checkpoints(kept)) > 0;
          while (job.status === 'InProgress' && !(await isThere())) await new Promise((later) => setTimeout(later, 5));
        },
        [until, name] as const,
      );
      await kill(victim);
    }
    const last = await openPage(profile.context, site);
    await begin(last, { name, rows, options });
    wentOnAt.push(await last.evaluate(() => job.progress.records));
    expect(await finish(last)).toEqual(whole);
    // Some of them did go on, and none from before the one before it.
    expect(wentOnAt.at(-1)).toBeGreaterThan(0);
    expect(wentOnAt).toEqual(wentOnAt.toSorted((a, b) => a - b));
    // Called for once more, it is there at once.
    await begin(last, { name, rows, options });
    expect(await finish(last)).toEqual(whole);
    await last.evaluate(() => job.remove());
    await last.close();
    await page.evaluate(() => job.remove());
    expect(await page.evaluate(() => jobFiles())).toBe(0);
  });
});

test('a job of one name runs in one tab, and is not gone on with from something else', async () => {
  const other = await openPage(profile.context, site);
  const begun = { name: 'one', rows: 30_000, options: {} };
  await begin(page, begun);
  await page.evaluate(() => job.pause());
  const attempt = (where: Page, options: PlainOptions, rows = 30_000): Promise<string | undefined> =>
    where.evaluate(
      async ([address, count, given]) => {
        const tried = await outcome(async () => {
          const source = penguins(count, { badEvery: 1013 });
          const made = await inpoint.transform(address, source, { name: 'one', onError: 'record', ...given });
          return made.stop();
        });
        return tried.error && `${tried.error.name} ${tried.error.code}: ${tried.error.message}`;
      },
      [model, rows, options] as const,
    );
  expect(await attempt(other, {})).toMatch(/^StoreError job-running: .*"one" is running already/);
  await page.evaluate(() => job.stop());
  expect(await attempt(other, { batchSize: 128 })).toMatch(/^StoreError job-changed: .*batchSize was 256 and is 128/);
  expect(await attempt(other, {}, 29_999)).toMatch(/^StoreError job-changed: .*input was /);
  expect(await attempt(other, { invokeOptions: { topK: 2 } })).toMatch(/job-changed: .*model was /);
  expect(await attempt(other, {})).toBeUndefined();
  expect(await attempt(other, { batchSize: 128, restart: true })).toBeUndefined();
  await page.evaluate(() => job.remove());
  await other.close();
  expect(await page.evaluate(() => jobFiles())).toBe(0);
});

test('a tab that lost its job to another one writes nothing more', async () => {
  const other = await openPage(profile.context, site);
  const begun = { name: 'taken', rows: 60_000, options: {} };
  await begin(page, begun);
  // As a browser does that gives up a frozen tab.
  await other.evaluate(() => navigator.locks.request('inpoint/1/@transforms/taken', { steal: true }, () => {}));
  await begin(other, begun);
  const lost = await page.evaluate(() => outcome(() => job.result));
  expect(lost.error).toMatchObject({ name: 'StoreError', code: 'job-running' });
  const whole = await finish(other);
  expect(whole.records).toBe(60_000);
  await other.evaluate(() => job.remove());
  await begin(other, { ...begun, name: 'undisturbed' });
  expect(await finish(other)).toEqual(whole);
  await other.evaluate(() => job.remove());
  await other.close();
});

test('a job of an address goes on where it was, by a range where the server has them', async () => {
  const table = await page.evaluate(() => penguins(40_000).text());
  const asked: (string | undefined)[] = [];
  await using tables = await serve(fileURLToPath(new URL('../../', import.meta.url)), {
    routes: {
      '/table.csv'(request, response) {
        const { range } = request.headers;
        asked.push(range);
        const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
        response.setHeader('etag', '"one"').setHeader('content-length', table.length - from);
        response.writeHead(range === undefined ? 200 : 206).end(table.slice(from));
      },
    },
  });
  const visitor = await openPage(profile.context, tables);
  const run = (name: string): Promise<string> =>
    visitor.evaluate(
      async ([address, title]) => {
        const made = await inpoint.transform(address, '/table.csv', { name: title, deploy: { device: 'wasm' } });
        if (title === 'part' && made.progress.records === 0) {
          while (made.progress.records < 10_000) await new Promise((later) => setTimeout(later, 5));
          await made.stop();
          return '';
        }
        const { file } = await made.result;
        const digest = await sha256(file!);
        await made.remove();
        return digest;
      },
      [model, name] as const,
    );
  const whole = await run('whole');
  expect(await run('part')).toBe('');
  asked.length = 0;
  expect(await run('part')).toBe(whole);
  expect(asked).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  await visitor.close();
});

test('a job writes into a file that the visitor chose, and leaves it as it was where it fails', async () => {
  const texts = await page.evaluate(async (address) => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('chosen.csv', { create: true });
    const read = async (): Promise<string> => (await handle.getFile()).text();
    const options = {
      output: handle,
      outputFormat: 'csv',
      outputFilter: '$.labels[0]',
      deploy: { device: 'wasm' },
    } as const;
    const done = await inpoint.transform(address, penguins(100), options);
    const { file } = await done.result;
    const first = await read();
    const isSame = (await file!.text()) === first;
    const wrong = await inpoint.transform(address, penguins(1000, { badEvery: 900 }), options);
    const failure = await outcome(() => wrong.result);
    const second = await read();
    const named = await inpoint.transform(address, penguins(50), { ...options, name: 'chosen' });
    await named.result;
    await named.remove();
    const third = await read();
    await folder.removeEntry('chosen.csv');
    return {
      isSame,
      first,
      second,
      failed: failure.error?.code,
      third: third.split('\n').length,
    };
  }, model);
  expect(texts.first).toMatch(/^label,score\n(\w+,[\d.e-]+\n){100}$/);
  expect(texts).toMatchObject({ isSame: true, second: texts.first, failed: 'input-invalid', third: 52 });
});

test('a job may be removed twice, and one without a name that failed leaves nothing behind', async () => {
  const left = await page.evaluate(async (address) => {
    const endpoint = await inpoint.deploy(address, { device: 'wasm' });
    const named = await inpoint.transform(endpoint, penguins(300), { name: 'removed' });
    await named.result;
    await Promise.all([named.remove(), named.remove()]);
    await named.remove();
    const removed = await jobFiles();
    hurryClock(1000);
    const failed = await inpoint.transform(endpoint, penguins(5000, { badEvery: 4000 }), { output: 'file' });
    const failure = await outcome(() => failed.result);
    await endpoint.close();
    return { removed, code: failure.error?.code, failed: await jobFiles(), status: failed.status };
  }, model);
  expect(left).toEqual({ removed: 0, code: 'input-invalid', failed: 0, status: 'Failed' });
});

test('a stream that a job with a name was to write into ends where the job does, and the job can go on', async () => {
  const told = await page.evaluate(async (address) => {
    const endpoint = await inpoint.deploy(address, { device: 'wasm' });
    const into = (): { text: Promise<string>; output: WritableStream<Uint8Array> } => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const text = new Response(readable).text();
      text.catch(() => {});
      return { text, output: writable };
    };
    const first = into();
    const stopped = await inpoint.transform(endpoint, penguins(5000), { name: 'streamed', output: first.output });
    await stopped.stop();
    const refused = await outcome(() => first.text);
    const second = into();
    const done = await inpoint.transform(endpoint, penguins(5000), { name: 'streamed', output: second.output });
    const text = await second.text;
    const isSame = (await (await done.result).file!.text()) === text;
    await done.remove();
    await endpoint.close();
    return { isRefused: refused.error !== undefined, lines: text.trimEnd().split('\n').length, isSame };
  }, model);
  expect(told).toEqual({ isRefused: true, lines: 5000, isSame: true });
});

test('a damaged part of a job is computed again', async () => {
  const begun = { name: 'damaged', rows: 30_000, options: {} };
  await begin(page, begun);
  const whole = await finish(page);
  const damaged = await page.evaluate(async () => {
    let folder = await navigator.storage.getDirectory();
    for (const name of ['inpoint', '1', '@transforms']) folder = await folder.getDirectoryHandle(name);
    let count = 0;
    for await (const kept of folder.values()) {
      for await (const handle of (kept as FileSystemDirectoryHandle).values()) {
        if (!/^[1-9]/.test(handle.name)) continue;
        const writable = await (handle as FileSystemFileHandle).createWritable({ keepExistingData: true });
        await writable.write({ type: 'write', position: 10, data: 'X' });
        await writable.close();
        count++;
      }
    }
    return count;
  });
  expect(damaged).toBeGreaterThan(0);
  await begin(page, begun);
  expect(await page.evaluate(() => job.progress.records)).toBeLessThan(30_000);
  expect(await finish(page)).toEqual(whole);
  await page.evaluate(() => job.remove());
});
