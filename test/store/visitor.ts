import type { Page } from 'playwright-core';
import type { Endpoint, OpenArtifactOptions, StorageReport } from '../../src/index.ts';
import type { Profile } from '../chromium.ts';
import { model, modelServer, question, type Archive, type ModelServer } from './model-server.ts';
import { openPage, type Outcome, type Shown } from './open-page.ts';

/** A page on an origin of its own. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly server: ModelServer;
}

/** Opens a page on an origin where nothing is kept. */
export async function newVisit({ context }: Profile, archives: Readonly<Record<string, Archive>>): Promise<Visit> {
  const server = await modelServer(archives);
  const page = await openPage(context, server);
  return {
    page,
    server,
    async [Symbol.asyncDispose]() {
      await page.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Options that can be given to a page. */
export type PlainOptions = Omit<OpenArtifactOptions, 'assets' | 'signal' | 'onProgress' | 'refreshUrl'> & {
  /** What is changed of the browser in the archive worker; see `workers/patch.js`. */
  readonly patch?: string;
};

/** Opens a model in a page, and tells what is in it. */
export async function open(page: Page, options: PlainOptions = {}, address: string = model): Promise<Shown> {
  const { value, error } = await tryOpen(page, options, address);
  if (value) return value;
  throw new Error(`${error!.name} ${error!.code}: ${error!.message}`);
}

/** Opens a model in a page, and tells what is in it or why it was refused. */
export async function tryOpen(
  page: Page,
  options: PlainOptions = {},
  address: string = model,
): Promise<Outcome<Shown>> {
  return page.evaluate(
    async ({ from, options: { patch, ...given } }) => {
      const script = `/test/store/workers/patched.js?${patch}`;
      const archiveWorker = (): Worker => new Worker(script, { type: 'module' });
      const assets = patch ? { archiveWorker } : undefined;
      return outcome(async () => shown(await inpoint.openArtifact(from, { ...given, assets })));
    },
    { from: address, options },
  );
}

/** Deploys the model in a page, which goes on serving it as `endpoint`, and asks it. */
export async function predict(
  page: Page,
  options: Pick<PlainOptions, 'cache'> = {},
): Promise<{ progress: number[]; value: number; storage: StorageReport }> {
  return page.evaluate(
    async ({ address, row, given }) => {
      const progress: number[] = [];
      const endpoint = await inpoint.deploy(address, {
        ...given,
        task: 'tabular-regression',
        onProgress: (step) => step.phase === 'download' && progress.push(step.loadedBytes),
      });
      Object.assign(globalThis, { endpoint });
      const { value } = await endpoint.invoke(row);
      return { progress, value, storage: endpoint.storage! };
    },
    { address: model, row: question, given: options },
  );
}

/** Asks the endpoint that {@link predict} left in a page. */
export async function askAgain(page: Page): Promise<number> {
  return page.evaluate(async (row) => {
    const { endpoint } = globalThis as unknown as { endpoint: Endpoint<'tabular-regression'> };
    return (await endpoint.invoke(row)).value;
  }, question);
}

/** Ends a tab as a crash does, workers and all. */
export async function kill(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
}

/** What is done to a file of the origin private file system. */
export type Damage = 'flip' | 'truncate' | 'remove';

/** Damages a file, or removes a folder. */
export async function damage(page: Page, path: string, how: Damage): Promise<void> {
  await page.evaluate(
    async ({ names, how: what }) => {
      let folder = await navigator.storage.getDirectory();
      for (const name of names.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
      const name = names.at(-1)!;
      // A tab that was just closed has it open for a moment more.
      const whenFree = async <T>(work: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await work();
          } catch (error) {
            if ((error as DOMException).name !== 'NoModificationAllowedError') throw error;
            await new Promise((later) => setTimeout(later, 50));
          }
        }
      };
      if (what === 'remove') return whenFree(() => folder.removeEntry(name, { recursive: true }));
      const handle = await folder.getFileHandle(name);
      const file = await handle.getFile();
      const middle = Math.floor(file.size / 2);
      const writable = await whenFree(() => handle.createWritable({ keepExistingData: true }));
      if (what === 'truncate') await writable.truncate(middle);
      else {
        const [byte] = new Uint8Array(await file.slice(middle, middle + 1).arrayBuffer());
        await writable.write({ type: 'write', position: middle, data: Uint8Array.of(byte! ^ 1) });
      }
      await whenFree(() => writable.close());
    },
    { names: path.split('/'), how },
  );
}

/** Writes a file of the origin private file system. */
export async function put(page: Page, path: string, text: string): Promise<void> {
  await page.evaluate(
    async ({ names, content }) => {
      let folder = await navigator.storage.getDirectory();
      for (const name of names.slice(0, -1)) folder = await folder.getDirectoryHandle(name, { create: true });
      const handle = await folder.getFileHandle(names.at(-1)!, { create: true });
      const writable = await handle.createWritable();
      await writable.write(content);
      await writable.close();
    },
    { names: path.split('/'), content: text },
  );
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A tab whose archive worker stands still. */
export interface Frozen {
  thaw(): Promise<void>;
}

/** Stops the thread of a page's archive worker wherever it is, as a browser stops a tab in the background: what it holds it goes on holding. */
export async function freeze(page: Page): Promise<Frozen> {
  const session = await page.context().newCDPSession(page);
  const { targetInfo } = await session.send('Target.getTargetInfo');
  const { targetInfos } = await session.send('Target.getTargets');
  const worker = targetInfos.find(
    ({ type, url, parentId }) =>
      type === 'worker' && /archive-worker|patched/.test(url) && parentId === targetInfo.targetId,
  );
  const { sessionId } = await session.send('Target.attachToTarget', { targetId: worker!.targetId, flatten: false });
  let id = 0;
  const tell = (method: string): Promise<unknown> =>
    session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: ++id, method }) });
  const paused = new Promise<void>((resolve) => {
    session.on('Target.receivedMessageFromTarget', ({ message }) => message.includes('Debugger.paused') && resolve());
  });
  await tell('Debugger.enable');
  await tell('Debugger.pause');
  await paused;
  return {
    async thaw() {
      await tell('Debugger.disable');
      await session.detach();
    },
  };
}
