import { StoreError } from '../errors.ts';
import { openKept } from './open-kept.ts';
import type { Artifact } from './artifact.ts';
import { manifestPath, signaturePath } from './packed-index.ts';
import {
  openStore,
  placeOf,
  roomNow,
  versionsOf,
  type KeptVersion,
  type ModelRecord,
  type ModelStore,
  type StorageKind,
} from './store/index.ts';

/** A model that is kept on this device. */
export interface KeptModel {
  readonly key: string;
  /** What the archive is called: the last part of its address, or a file's name. */
  readonly name: string;
  /** Where it came from, without a query, which may be secret; undefined of files. */
  readonly url: string | undefined;
  /** What the archive says that it is for. */
  readonly task: string | undefined;
  /** Bytes of its current version on disk. */
  readonly sizeBytes: number;
  /** Files of its current version. */
  readonly files: number;
  /** Digest of its contents, in 64 hexadecimal digits. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number;
  /** Whether an endpoint of any tab serves it, or a tab is downloading it. */
  readonly isInUse: boolean;
  readonly isSigned: boolean;
  /** What `rollback()` goes back to. */
  readonly previous: { readonly version: string; readonly storedAt: number } | undefined;
}

/** How much is kept, and how much may be. */
export interface StoreSize {
  readonly kind: StorageKind;
  /** Bytes of all models of the namespace; what two versions share counts once. */
  readonly modelBytes: number;
  /** Bytes that the origin keeps, whoever wrote them. */
  readonly usageBytes: number;
  /** Bytes that the browser allows the origin. */
  readonly quotaBytes: number;
}

/** All that is kept in a namespace, the model used last first. */
export async function listModels(namespace: string): Promise<KeptModel[]> {
  const { store } = await openStore(namespace);
  if (!store) return [];
  return Promise.all((await store.records()).map(({ record, lastUsedAt }) => shown(store, record, lastUsedAt)));
}

/** Whether anything is kept under a key. */
export async function isKept(namespace: string, key: string): Promise<boolean> {
  const { store } = await openStore(namespace);
  return (await store?.find(key)) !== undefined;
}

export async function storeSize(namespace: string): Promise<StoreSize> {
  const { store, kind } = await openStore(namespace);
  const records = (await store?.records()) ?? [];
  const pieces = records.flatMap(({ record }) => versionsOf(record).flatMap((version) => version.pieces));
  const sizes = new Map(pieces.map(({ address, size }) => [address, size]));
  const { usageBytes, quotaBytes } = await roomNow();
  return { kind, modelBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0), usageBytes, quotaBytes };
}

/** @throws {StoreError} `model-in-use` */
export async function removeModel(namespace: string, key: string): Promise<boolean> {
  const { store } = await openStore(namespace);
  return store ? store.remove(key) : false;
}

/**
 * Removes all models of a namespace, and what unfinished downloads left.
 *
 * @throws {StoreError} `model-in-use` of the first that is; all others are gone then
 */
export async function clearModels(namespace: string): Promise<void> {
  const { store } = await openStore(namespace);
  let inUse: unknown;
  for (const { record } of (await store?.records()) ?? []) {
    await store!.remove(record.key).catch((error: unknown) => (inUse ??= error));
  }
  // Of models that never came to be kept, too.
  await store?.removeAbandoned();
  if (inUse) throw inUse;
}

/** @throws {StoreError} `not-kept` where there is no version before */
export async function rollBack(namespace: string, key: string): Promise<KeptModel> {
  const { store } = await openStore(namespace);
  if (!store) throw nothingKept(key);
  await store.rollBack(key);
  return (await listModels(namespace)).find((model) => model.key === key)!;
}

/**
 * What is kept under a key, compared with its digests.
 *
 * @param version the current one, where nothing is said
 * @throws {StoreError} `not-kept`, and `store-failed` where it is damaged
 */
export async function readModel(namespace: string, key: string, version?: string): Promise<Artifact> {
  const { store } = await openStore(namespace);
  const record = await store?.find(key);
  const kept = record && versionsOf(record).find(({ digest }) => digest === (version ?? digest));
  if (!store || !kept) throw nothingKept(key);
  const { files, damaged } = await openKept(store.files, kept);
  if (damaged.length === 0) return { name: record.name, files, downloadedBytes: kept.downloadedBytes };
  throw new StoreError(
    'store-failed',
    `What is kept under ${JSON.stringify(key)} is damaged on this device. Deploy it, and it is downloaded again.`,
  );
}

function nothingKept(key: string): StoreError {
  return new StoreError('not-kept', `Nothing is kept under ${JSON.stringify(key)}. See models.list().`);
}

async function shown(store: ModelStore, record: ModelRecord, lastUsedAt: number): Promise<KeptModel> {
  const { key, name, url, current, previous } = record;
  return {
    key,
    name,
    url,
    task: await taskOf(store, current),
    sizeBytes: current.pieces.reduce((sum, { size }) => sum + size, 0),
    files: current.files.length,
    version: current.digest,
    storedAt: current.storedAt,
    lastUsedAt,
    isInUse: await store.isHeld(key, 'use'),
    isSigned: current.files.some(({ path }) => path === signaturePath),
    previous: previous && { version: previous.digest, storedAt: previous.storedAt },
  };
}

async function taskOf({ files }: ModelStore, version: KeptVersion): Promise<string | undefined> {
  const description = version.files.find(({ path }) => path === manifestPath);
  const piece = description && (await files.read(placeOf(version.pieces[description.piece]!)));
  try {
    const text = await piece?.slice(description!.at, description!.at + description!.size).text();
    const { task } = JSON.parse(text ?? '{}') as { task?: unknown };
    return typeof task === 'string' ? task : undefined;
  } catch {
    return undefined;
  }
}
