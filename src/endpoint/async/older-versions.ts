import type { RequestServer } from './request-server.ts';

/** Milliseconds between two looks for requests of other versions. */
const lookMs = 5000;

/** Milliseconds until it is tried again to serve a version that could not be. */
const againMs = 60_000;

/** What requests of other versions are served with. */
export interface OlderParts {
  /** That of the model which is deployed. */
  readonly version: string;
  /** Versions that there are open requests for. */
  wanted(): Promise<ReadonlySet<string>>;
  /** Serves a version. @throws where it is not kept on this device */
  serve(version: string): Promise<OlderServer>;
}

/** Serves one version, and has its model in memory only while it does. */
export interface OlderServer extends Pick<RequestServer, 'close'> {
  /** Gives the model's memory back. */
  leave(): Promise<void>;
}

/**
 * Serves requests that were made for another version of the model than the one that is deployed, as long as there are any and
 * that version is still kept on this device.
 */
export class OlderVersions {
  readonly #parts: OlderParts;
  readonly #servers = new Map<string, Promise<OlderServer>>();
  /** Why versions cannot be served, and when it is looked again whether they can. */
  readonly #missing = new Map<string, { readonly why: string; readonly until: number }>();
  readonly #timer: ReturnType<typeof setInterval>;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: OlderParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#lookSoon(), lookMs);
    this.#lookSoon();
  }

  /** Why requests of a version are not served here; undefined where nothing is known against it. */
  whyNot(version: string): string | undefined {
    return this.#missing.get(version)?.why;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#looking;
    await Promise.all([...this.#servers.keys()].map((version) => this.#end(version)));
  }

  #lookSoon(): void {
    // What the database says against it is told by the one who serves the deployed version.
    this.#looking = this.#looking.then(() => this.#look()).catch(() => {});
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const wanted = await this.#parts.wanted();
    for (const version of this.#servers.keys()) if (!wanted.has(version)) await this.#end(version);
    for (const version of wanted) {
      if (version === this.#parts.version || this.#servers.has(version)) continue;
      if (performance.now() < (this.#missing.get(version)?.until ?? 0)) continue;
      const serving = this.#parts.serve(version);
      this.#servers.set(version, serving);
      try {
        await serving;
        this.#missing.delete(version);
      } catch (error) {
        this.#servers.delete(version);
        // There may have been no room for it, or it may be brought back.
        this.#missing.set(version, { why: (error as Error).message, until: performance.now() + againMs });
      }
    }
  }

  async #end(version: string): Promise<void> {
    const server = await this.#servers.get(version);
    this.#servers.delete(version);
    await server?.close();
    await server?.leave();
  }
}
