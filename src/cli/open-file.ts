import { constants, openAsBlob } from 'node:fs';
import { access, stat } from 'node:fs/promises';

/**
 * A file as a reference: nothing of it is read yet.
 *
 * @throws {Error} with a few words for a sentence: that it is not there, is no file, or may not be read.
 */
export async function openFile(path: string): Promise<Blob> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('it is no ordinary file');
    await access(path, constants.R_OK);
    // Node 20 throws here at once, later versions reject.
    return await openAsBlob(path);
  } catch (cause) {
    throw new Error(reasonOf(cause), { cause });
  }
}

/** Why the system said no, in words. */
export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link that leads to itself',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'no space is left on the device',
  EROFS: 'it is on a file system that cannot be written',
  EDQUOT: 'the quota is used up',
};
