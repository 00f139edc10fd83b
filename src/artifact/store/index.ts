import { storeRoot } from '../../use-lock.ts';
import { cacheStore } from './cache-storage.ts';
import type { FileStore, StorageKind } from './file-store.ts';
import { ModelStore } from './model-store.ts';
import { opfsStore } from './opfs.ts';

export type { FileStore, FileWriter, OpenFile, StorageKind } from './file-store.ts';
export { memoryStore } from './memory.ts';
export { pieceIn } from './incoming.ts';
export { ModelStore, type Job } from './model-store.ts';
export { placeOf, type NewPiece } from './pieces.ts';
export { StoreClearedError, writeFlushed } from './opfs.ts';
export { Room, roomNow, unlessFull } from './room.ts';
export { TurnLostError } from '../../turn.ts';
export { versionsOf, type KeptPath, type KeptVersion, type ModelRecord } from './records.ts';

/** The best place for files that this browser has here. */
export interface OpenedStore {
  readonly store: ModelStore | undefined;
  readonly kind: StorageKind;
  /** Why it is no better one. */
  readonly reason: string | undefined;
}

/**
 * Opens the store of a namespace: OPFS, else Cache Storage; without a store where neither is to be had, and what is
 * downloaded is in memory.
 */
export async function openStore(namespace: string): Promise<OpenedStore> {
  const root = storeRoot(namespace);
  if (!navigator.locks || !globalThis.crypto?.subtle || typeof BroadcastChannel === 'undefined') {
    return nothing(
      globalThis.isSecureContext
        ? 'This browser has no Web Locks, so that tabs could not share files.'
        : 'This page is not served securely, and its browser keeps no files for it. Serve it by https, or from localhost.',
    );
  }
  const reasons: string[] = [];
  const candidates: [name: string, open: () => Promise<FileStore>][] = [
    ['OPFS', () => opfsStore(root)],
    ['Cache Storage', () => cacheStore(root)],
  ];
  for (const [name, open] of candidates) {
    try {
      const files = await open();
      const store = new ModelStore(files, root);
      return { store, kind: files.kind, reason: reasons.length > 0 ? reasons.join(' ') : undefined };
    } catch (error) {
      reasons.push(`${name} cannot be used here: ${(error as Error).message}`);
    }
  }
  return nothing(reasons.join(' '));
}

function nothing(reason: string): OpenedStore {
  return { store: undefined, kind: 'memory', reason };
}
