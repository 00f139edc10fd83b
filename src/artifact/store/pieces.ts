import { isSound } from '../chunk-hasher.ts';
import type { FileStore } from './file-store.ts';
import type { KeptPiece } from './records.ts';

const folder = 'files';

/** A piece that lies in a job's folder. */
export interface NewPiece extends KeptPiece {
  readonly from: string;
}

/** Where a piece stays. */
export function placeOf({ address }: Pick<KeptPiece, 'address'>): string {
  return `${folder}/${address}`;
}

/** Moves a piece to where it stays. One that is there already, and is sound, stays: others may be reading it. */
export async function adopt(files: FileStore, piece: NewPiece): Promise<void> {
  const there = await files.open(placeOf(piece));
  if (!there) return files.move(piece.from, placeOf(piece));
  if (await isSound(there, piece)) return files.remove(piece.from);
  await replacePiece(files, piece);
}

/** Puts a piece in the place of a damaged one. */
export async function replacePiece(files: FileStore, piece: NewPiece): Promise<void> {
  await files.remove(placeOf(piece));
  await files.move(piece.from, placeOf(piece));
}

/** Removes all but these. */
export async function removeOthers(files: FileStore, pieces: readonly KeptPiece[]): Promise<void> {
  const named = new Set(pieces.map(({ address }) => address));
  for (const address of await files.list(folder)) {
    if (!named.has(address)) await files.remove(placeOf({ address }));
  }
}
