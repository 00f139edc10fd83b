import type { KeptReport } from './keep-message.ts';
import { filesOfWorker, withoutHash } from './inpoint-file.ts';

/** The number rises when what is in it changes its form. Caches of other numbers are ours, too, and of no more use. */
const cacheName = 'inpoint-files-1';
const anyCacheName = /^inpoint-files-\d+$/;

export interface KeptFilesOptions {
  /** How many pages of this origin are open. */
  countWindows: () => Promise<number>;
}

/**
 * The files that a service worker keeps in the Cache API, by their addresses. Where nothing can be kept, they come from
 * the network as they would without, and the report says why.
 */
export class KeptFiles {
  readonly #countWindows: () => Promise<number>;
  /** Names without their hash, with the address of the version that was asked for last. */
  readonly #current = new Map<string, string>();
  readonly #failures = new Map<string, string>();
  readonly #writing = new Set<Promise<void>>();
  #refreshing: Promise<void> | undefined;

  constructor({ countWindows }: KeptFilesOptions) {
    this.#countWindows = countWindows;
  }

  /**
   * @param later told of work that goes on behind the answer
   * @throws the network's error where nothing is kept
   */
  async answer(
    address: string,
    network: () => Promise<Response>,
    later: (work: Promise<void>) => void,
  ): Promise<Response> {
    const isFirstUse = this.#noteUse(address);
    const kept = await this.#find(address);
    if (kept && isImmutable(address, kept)) {
      if (isFirstUse) later(this.sweep());
      return kept;
    }
    let fresh: Response;
    try {
      fresh = await network();
    } catch (error) {
      if (kept) return kept;
      throw error;
    }
    if (kept && isNoAnswer(address, fresh)) return kept;
    if (kept && isGone(fresh)) later(this.#write(address, () => remove(address)));
    else if (isKeepable(address, fresh)) {
      const copy = fresh.clone();
      const work = kept ? this.#update(address, kept, copy) : this.#put(address, copy).then(() => this.sweep());
      later(this.#write(address, () => work));
    }
    return fresh;
  }

  /** Fetches those that are not kept. The browser's HTTP cache still has what the page came with. */
  async keep(addresses: readonly string[]): Promise<void> {
    await Promise.all(
      addresses.map(async (address) => {
        this.#noteUse(address);
        if (await this.#find(address)) return;
        await this.#write(address, async () => this.#put(address, await fetch(address)));
      }),
    );
  }

  /** What the scripts among kept files fetch when they are workers. A page does not see that, nor where it is. */
  async filesOfWorker(addresses: readonly string[]): Promise<string[]> {
    const scripts = addresses.filter((address) => /\.m?js$/.test(new URL(address).pathname));
    const found = await Promise.all(
      scripts.map(async (address) => filesOfWorker((await (await this.#find(address))?.text()) ?? '', address)),
    );
    return [...new Set(found.flat())];
  }

  /** Deletes other versions of files that the only page open has asked for: another page may be of an earlier version. */
  async sweep(): Promise<void> {
    await this.#write(cacheName, async () => {
      if ((await this.#countWindows()) > 1) return;
      const cache = await caches.open(cacheName);
      const addresses = (await cache.keys()).map(({ url }) => url);
      for (const address of addresses) {
        const current = this.#current.get(withoutHash(address) ?? '');
        const isReplaced = current !== undefined && current !== address && addresses.includes(current);
        if (isReplaced) await cache.delete(address);
      }
    });
  }

  /** Deletes what earlier forms of this cache have left. */
  async deleteOutdated(): Promise<void> {
    await this.#write(cacheName, async () => {
      for (const name of await caches.keys()) {
        if (name !== cacheName && anyCacheName.test(name)) await caches.delete(name);
      }
    });
  }

  /** What is kept once all that has begun is done. */
  async report(): Promise<KeptReport> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
    const failures = [...this.#failures].map(([address, reason]) => ({ address, reason }));
    try {
      const requests = await (await caches.open(cacheName)).keys();
      return { files: requests.map(({ url }) => url), failures };
    } catch (error) {
      return { files: [], failures: [...failures, { address: cacheName, reason: String(error) }] };
    }
  }

  /** @returns whether this version was not the current one before */
  #noteUse(address: string): boolean {
    const name = withoutHash(address);
    if (name === undefined || this.#current.get(name) === address) return false;
    this.#current.set(name, address);
    return true;
  }

  async #find(address: string): Promise<Response | undefined> {
    try {
      // One file answers scripts and workers, which say of themselves different things.
      return await (await caches.open(cacheName)).match(address, { ignoreVary: true });
    } catch (error) {
      this.#failures.set(address, String(error));
      return undefined;
    }
  }

  /** Never rejects: a file that cannot be kept is for the report. */
  #write(address: string, work: () => Promise<void>): Promise<void> {
    const writing = work()
      .then(
        () => void this.#failures.delete(address),
        (error: unknown) => void this.#failures.set(address, String(error)),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    return writing;
  }

  async #put(address: string, response: Response): Promise<void> {
    if (!isKeepable(address, response)) throw new Error(`It was answered with ${describe(response)}.`);
    await (await caches.open(cacheName)).put(address, response);
  }

  async #update(address: string, kept: Response, fresh: Response): Promise<void> {
    if (isPage(fresh)) {
      // A page may be another at each visit, and yet of the same version.
      const [before, after] = await Promise.all([linksOf(kept), linksOf(fresh.clone())]);
      await this.#put(address, fresh);
      if (before === after) return;
    } else if (await isSame(kept, fresh)) return;
    await (this.#refreshing ??= refresh().finally(() => (this.#refreshing = undefined)));
  }
}

/**
 * Fetches anew all that pages load and whose names do not say of which version it is, and then replaces it: a page that
 * lost its network half through an update finds files of one version. What the server has no more is deleted.
 */
async function refresh(): Promise<void> {
  const cache = await caches.open(cacheName);
  const addresses: string[] = [];
  for (const { url } of await cache.keys()) {
    const kept = await cache.match(url, { ignoreVary: true });
    if (kept && !isPage(kept) && withoutHash(url) === undefined) addresses.push(url);
  }
  const renewed = await Promise.all(
    addresses.map(async (address) => {
      const response = await fetch(address, { cache: 'no-cache' });
      // All of it is there before anything is replaced.
      await response.clone().blob();
      return { address, response, isGone: isGone(response) || isPageForFile(address, response) };
    }),
  );
  const bad = renewed.find(({ address, response, isGone: gone }) => !gone && !isKeepable(address, response));
  if (bad) throw new Error(`${bad.address} was answered with ${describe(bad.response)}.`);
  // A site has something left. A network's own page, which asks to log in, comes in place of everything.
  if (renewed.every((one) => one.isGone)) throw new Error('No file of the site can be had.');
  for (const { address, response, isGone: gone } of renewed) {
    if (gone) await cache.delete(address, { ignoreVary: true });
    else await cache.put(address, response);
  }
}

async function remove(address: string): Promise<void> {
  await (await caches.open(cacheName)).delete(address, { ignoreVary: true });
}

function isImmutable(address: string, kept: Response): boolean {
  return withoutHash(address) !== undefined || /(?:^|[\s,])immutable/i.test(kept.headers.get('cache-control') ?? '');
}

/** Whole, readable, and no server's own page in place of a file. Redirected answers do not do for navigations. */
function isKeepable(address: string, response: Response): boolean {
  const isReadable = response.type === 'basic' || response.type === 'cors';
  return response.status === 200 && isReadable && !response.redirected && !isPageForFile(address, response);
}

/** A server that is down, or a network's own page that asks to log in. */
function isNoAnswer(address: string, response: Response): boolean {
  return response.status >= 500 || isPageForFile(address, response);
}

function isGone({ status }: Response): boolean {
  return status === 404 || status === 410;
}

function isPageForFile(address: string, response: Response): boolean {
  return isPage(response) && /\.(?:m?js|wasm|css|json)$/.test(new URL(address).pathname);
}

function isPage({ headers }: Response): boolean {
  return /^text\/html/i.test(headers.get('content-type') ?? '');
}

/** What a page loads and leads to, as it is written. */
async function linksOf(page: Response): Promise<string> {
  return [...(await page.text()).matchAll(/\b(?:src|href)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi)].join(' ');
}

async function isSame(kept: Response, fresh: Response): Promise<boolean> {
  const tag = kept.headers.get('etag');
  if (tag !== null && tag === fresh.headers.get('etag')) {
    await fresh.body?.cancel();
    return true;
  }
  // Several servers of one site may tag the same file differently, or not at all.
  const [before, after] = await Promise.all([bytesOf(kept), bytesOf(fresh)]);
  if (before.length !== after.length) return false;
  for (let at = 0; at < before.length; at++) if (before[at] !== after[at]) return false;
  return true;
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

function describe({ status, type, redirected, headers }: Response): string {
  if (type === 'opaque') return 'an opaque response, which may be an error: have it sent with CORS headers';
  return `${status} ${headers.get('content-type') ?? 'without a type'}${redirected ? ' after a redirection' : ''}`;
}
