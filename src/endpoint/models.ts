import type { KeptModel, StoreSize } from '../artifact/kept-models.ts';
import { StoreError } from '../errors.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { Preflight } from '../manifest/preflight.ts';
import { archiveFor, openHeld, resolveSource, type OpenArtifactOptions } from './artifact.ts';
import type { Assets } from './assets.ts';
import { targetOf, type ModelEvent } from './store-events.ts';

/** How much is kept on this device, and whether the browser may clear it. */
export interface KeptSize extends StoreSize {
  /** Whether the browser asks the visitor before it clears what this site keeps. */
  readonly isPersisted: boolean;
}

/** Where the page's archive worker is. */
export interface ModelsOptions {
  assets?: Assets;
}

/**
 * The models that are kept on this device, all of one namespace.
 *
 * ```ts
 * for (const { key, sizeBytes } of await models.list()) console.log(key, sizeBytes);
 * ```
 */
export class Models {
  readonly #namespace: string;

  /** @param namespace of an app that shares its origin with others */
  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** The models of another namespace: what is removed in one stays in the others. */
  in(namespace: string): Models {
    return new Models(namespace);
  }

  /** All that is kept, the model used last first. */
  async list({ assets }: ModelsOptions = {}): Promise<KeptModel[]> {
    return archiveFor(assets?.archiveWorker).ask((control) => control.list(this.#namespace));
  }

  /** How much is kept, in bytes. */
  async size({ assets }: ModelsOptions = {}): Promise<KeptSize> {
    const size = await archiveFor(assets?.archiveWorker).ask((control) => control.size(this.#namespace));
    return { ...size, isPersisted: (await storage()?.persisted?.()) ?? false };
  }

  /**
   * Removes all that is kept under a key, what an unfinished download left too.
   *
   * @returns whether there was anything
   * @throws {StoreError} `model-in-use` while an endpoint of any tab serves it
   */
  async remove(key: string, { assets }: ModelsOptions = {}): Promise<boolean> {
    return archiveFor(assets?.archiveWorker).ask((control) => control.remove(this.#namespace, key));
  }

  /**
   * Removes all models.
   *
   * @throws {StoreError} `model-in-use` where one of them is; the others are gone then
   */
  async clear({ assets }: ModelsOptions = {}): Promise<void> {
    await archiveFor(assets?.archiveWorker).ask((control) => control.clear(this.#namespace));
  }

  /**
   * Downloads a model for later, without loading it.
   *
   * @throws {ArtifactError} @throws {StoreError} `store-failed` where this browser keeps nothing here
   */
  async prefetch(source: ModelSource, options: Omit<OpenArtifactOptions, 'namespace'> = {}): Promise<KeptModel> {
    const { artifact, release } = await openHeld(source, { ...options, namespace: this.#namespace });
    release();
    const key = artifact.storage?.key;
    const kept = (await this.list(options)).find((model) => model.key === key);
    if (kept) return kept;
    throw new StoreError(
      'store-failed',
      `This browser keeps no files here: ${artifact.storage?.reason ?? 'give a { key }.'}`,
    );
  }

  /**
   * The archive of a kept model, to be saved as a `model.tar.gz`.
   *
   * @throws {StoreError} `not-kept`
   */
  async export(key: string, { assets }: ModelsOptions = {}): Promise<Blob> {
    return archiveFor(assets?.archiveWorker).ask((control) => control.export(this.#namespace, key));
  }

  /**
   * Makes the version before the current one, until the server has another than the one that was rolled back.
   *
   * @throws {StoreError} `not-kept` where there is none
   */
  async rollback(key: string, { assets }: ModelsOptions = {}): Promise<KeptModel> {
    return archiveFor(assets?.archiveWorker).ask((control) => control.rollBack(this.#namespace, key));
  }

  /** Asks the browser not to clear what this site keeps without asking the visitor; some ask them now. */
  async persist(): Promise<boolean> {
    try {
      return (await storage()?.persist?.()) ?? false;
    } catch {
      // A page without an origin keeps nothing.
      return false;
    }
  }

  /**
   * Tells of what becomes of kept models, in whichever tab.
   *
   * @param type `update`: a newer version is there; `heal`: damage was repaired; `evict`: it had to make room
   */
  addEventListener(
    type: ModelEvent['type'],
    listener: (event: ModelEvent) => void,
    options?: AddEventListenerOptions,
  ): void {
    targetOf(this.#namespace).addEventListener(type, listener as (event: Event) => void, options);
  }

  /** Tells a listener no more. */
  removeEventListener(type: ModelEvent['type'], listener: (event: ModelEvent) => void): void {
    targetOf(this.#namespace).removeEventListener(type, listener as (event: Event) => void);
  }
}

/** The models that are kept on this device, but for those of other namespaces. */
export const models: Models = /* @__PURE__ */ new Models('default');

/**
 * Reads the first kilobytes of an archive, and tells what it is, how large, and what this device can do with it. Of archives
 * that `inpoint pack` did not make that is little.
 *
 * @throws {ArtifactError} `download-failed`, and `not-an-archive` of a web page in its place
 */
export async function preflight(
  source: string | URL | Blob,
  options: Omit<OpenArtifactOptions, 'onProgress' | 'revalidate'> = {},
): Promise<Preflight> {
  return archiveFor(options.assets?.archiveWorker).preflight(resolveSource(source), options);
}

function storage(): StorageManager | undefined {
  const { storage: manager } = navigator as { storage?: StorageManager };
  return manager;
}
