import { openAsBlob } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ArtifactFile } from '../artifact/index.ts';
import { isJunk } from '../artifact/entry-path.ts';
import { UnreadableError } from './exit-code.ts';

/**
 * The files of a folder, as references: nothing of them is read yet. What editors, Git and Python leave behind stays
 * out. A link is followed when it leads to a place in the folder.
 *
 * @throws {UnreadableError} for a link that leads out of the folder or nowhere, and for what may not be read.
 */
export async function readFolder(folder: string): Promise<ArtifactFile[]> {
  const root = await realpath(folder);
  const files: ArtifactFile[] = [];
  /** @param above real folders that this one is in: a link to one of them would have no end */
  const walk = async (path: string, above: readonly string[]): Promise<void> => {
    const here = await realpath(join(root, path));
    if (above.includes(here)) throw unreadable(path, 'is a link to a folder that it is in. Remove it.');
    for (const name of (await readdir(here)).toSorted()) {
      const inner = path === '' ? name : `${path}/${name}`;
      if (isJunk(inner) || left.test(name)) continue;
      const real = await realpath(join(here, name)).catch(() => {
        throw unreadable(inner, 'is a link that leads nowhere. Remove it.');
      });
      if (relative(root, real).startsWith(`..${sep}`) || relative(root, real) === '..') {
        throw unreadable(inner, 'is a link that leads out of the folder. Put the file itself there.');
      }
      const found = await stat(real);
      if (found.isDirectory()) await walk(inner, [...above, here]);
      else if (found.isFile()) {
        const blob = await openAsBlob(real).catch((cause: unknown) => {
          throw new UnreadableError(`Cannot read ${JSON.stringify(inner)}: ${(cause as Error).message}.`, { cause });
        });
        files.push({ path: inner, size: found.size, blob });
      }
    }
  };
  await walk('', []);
  return files;
}

/** What nobody means to ship, beside what readers of archives pass over: hidden files too, where secrets are kept. */
const left = /^\.|^(__pycache__|node_modules|Thumbs\.db|desktop\.ini)$|\.(pyc|pyo|swp|tmp)$|~$/;

function unreadable(path: string, reason: string): UnreadableError {
  return new UnreadableError(`Cannot read the folder: ${JSON.stringify(path)} ${reason}`);
}
