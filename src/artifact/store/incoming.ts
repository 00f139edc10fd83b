import type { FileStore } from './file-store.ts';

const folder = 'incoming';

/** What a job on a key writes until it is kept. */
export interface JobFolder {
  readonly path: string;
  /** Of the key. */
  readonly hash: string;
  /** Of the job. */
  readonly fence: number;
}

export function jobFolder(hash: string, fence: number): JobFolder {
  return { path: `${folder}/${hash}.${fence}`, hash, fence };
}

/** Where the pieces of a job lie until they are kept. */
export function pieceIn(path: string, index: number): string {
  return `${path}/${index}`;
}

/** All that jobs are at, or have left, the latest first. */
export async function jobFolders(files: FileStore): Promise<JobFolder[]> {
  return (await files.list(folder))
    .map((name) => name.split('.'))
    .map(([hash, fence]) => jobFolder(hash!, Number(fence)))
    .toSorted((a, b) => b.fence - a.fence);
}

/** Milliseconds since 1970 when a job last told how far it is; undefined where it has not, and cannot be gone on with. */
export async function lastMarkedAt(files: FileStore, { path }: JobFolder): Promise<number | undefined> {
  const journal = await files.read(`${path}/journal`);
  return journal instanceof File ? journal.lastModified : undefined;
}
