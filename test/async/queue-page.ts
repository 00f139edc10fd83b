import { readFileSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import type { AsyncEndpoint, AsyncStatus, DeployOptions } from '../../src/index.ts';
import type { Archive } from '../store/model-server.ts';

/** What {@link deployQueue} leaves in a page. */
declare global {
  var queue: AsyncEndpoint;
}

/** A row of the penguins' table. */
export type Row = Readonly<Record<string, string | number | boolean>>;

/** The demo model that tells penguins apart. */
export const penguins: Archive = {
  bytes: readFileSync(new URL('../../public/models/penguins/model.tar.gz', import.meta.url)),
  files: {},
};

/** The demo model that reads digits. */
export const digits: Archive = {
  bytes: readFileSync(new URL('../../public/models/digits/model.tar.gz', import.meta.url)),
  files: {},
};

/** Rows that all differ, and so do their answers. */
export function rowOf(index: number): Row {
  return {
    island: ['Biscoe', 'Dream', 'Torgersen'][index % 3]!,
    bill_length_mm: 33 + ((index * 7) % 251) / 10,
    bill_depth_mm: 13 + ((index * 11) % 83) / 10,
    flipper_length_mm: 172 + ((index * 13) % 590) / 10,
    body_mass_g: 2700 + ((index * 37) % 3600),
    sex: ['female', 'male'][index % 2]!,
  };
}

/** Deploys a model with a queue in a page, as `queue`. */
export async function deployQueue(
  page: Page,
  name: string,
  options: Pick<DeployOptions, 'takeOverMs' | 'cache'> = {},
  address: string = '/model.tar.gz',
): Promise<void> {
  await page.evaluate(
    async ({ from, given }) => {
      globalThis.queue = await inpoint.deploy(from, { ...given, mode: 'async', device: 'wasm', selfTest: 'off' });
    },
    { from: address, given: { ...options, name } },
  );
}

/** Makes a request. */
export async function ask(page: Page, inferenceId: string, input: Row, ttlMs?: number): Promise<boolean> {
  return page.evaluate(async ({ given, options }) => (await queue.invokeAsync(given, options)).isDuplicate, {
    given: input,
    options: { inferenceId, ttlMs },
  });
}

export async function statusOf(page: Page, inferenceId: string): Promise<AsyncStatus | undefined> {
  return page.evaluate((id) => queue.status(id), inferenceId);
}

/** Waits for an answer. */
export async function answerOf(page: Page, inferenceId: string): Promise<unknown> {
  return page.evaluate((id) => queue.wait(id), inferenceId);
}

/** What the model says of a row when it is asked at once. */
export async function ownAnswer(page: Page, input: Row): Promise<unknown> {
  return page.evaluate((given) => queue.invoke(given), input);
}

/** How often anything was settled in a queue, which each commit counts. */
export async function commits(page: Page, name: string): Promise<number> {
  return page.evaluate(async (of) => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('inpoint/1/async');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error!);
    });
    const reading = db
      .transaction('counters')
      .objectStore('counters')
      .get(['settled', `default/${of}`]);
    const value = await new Promise((resolve) => (reading.onsuccess = () => resolve(reading.result)));
    db.close();
    return (value as number | undefined) ?? 0;
  }, name);
}

/** Files that the requests of a queue have beside the database. */
export async function inputFiles(page: Page, name: string): Promise<string[]> {
  return Object.keys(await page.evaluate(() => opfs())).filter((path) => path.includes(`/+inputs/default%2F${name}/`));
}

/** A tab whose main thread stands still, as the browser does it to one in the background: what it holds it goes on holding. */
export interface FrozenPage {
  /** Resolves once it does. */
  readonly frozen: Promise<void>;
  thaw(): Promise<void>;
}

/** Has a page stand still where it comes to a `debugger` statement. */
export async function freezeAtDebugger(page: Page): Promise<FrozenPage> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('Debugger.enable');
  const frozen = new Promise<void>((resolve) => session.once('Debugger.paused', () => resolve()));
  return {
    frozen,
    async thaw() {
      await session.send('Debugger.disable');
      await session.detach();
    },
  };
}
