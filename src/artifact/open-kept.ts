import { StoreError } from '../errors.ts';
import { isSound } from './chunk-hasher.ts';
import { placed, type ArtifactFile } from './index.ts';
import { placeOf, type FileStore, type KeptVersion } from './store/index.ts';

/** A kept version, read back. */
export interface OpenedVersion {
  /** Empty where a piece is damaged. */
  readonly files: readonly ArtifactFile[];
  /** Indexes of the pieces that are not as they were written, or not there. */
  readonly damaged: readonly number[];
}

/** Reads a version back, and compares every chunk of it with the digest from when it was written. */
export async function openKept(store: FileStore, version: KeptVersion): Promise<OpenedVersion> {
  const blobs: Blob[] = [];
  const damaged: number[] = [];
  for (const [index, piece] of version.pieces.entries()) {
    const place = placeOf(piece);
    const blob = (await isSound(await store.open(place), piece)) ? await store.read(place) : undefined;
    if (blob) blobs.push(blob);
    else damaged.push(index);
  }
  return { files: damaged.length > 0 ? [] : placedIn(version, blobs), damaged };
}

/** Reads a version whose pieces have just been written. */
export async function openNew(store: FileStore, version: KeptVersion): Promise<readonly ArtifactFile[]> {
  const read = async (piece: KeptVersion['pieces'][number]): Promise<Blob> => {
    const blob = await store.read(placeOf(piece));
    if (blob) return blob;
    throw new StoreError(
      'store-failed',
      'What was written was removed at once: somebody cleared the data of this site. Try again.',
    );
  };
  return placedIn(version, await Promise.all(version.pieces.map(read)));
}

/** Paths of the files that lie in pieces. */
export function pathsIn({ files }: KeptVersion, pieces: readonly number[]): string[] {
  return files.flatMap(({ path, piece }) => (pieces.includes(piece) ? path : []));
}

function placedIn({ files }: KeptVersion, blobs: readonly Blob[]): ArtifactFile[] {
  return placed(
    files.map(({ path }) => path),
    files,
    blobs,
  );
}
