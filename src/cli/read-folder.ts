import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ArtifactFile } from '../artifact/index.ts';
import { isJunk } from '../artifact/entry-path.ts';
import { resolveLimits } from '../artifact/limits.ts';
import { UnreadableError } from './exit-code.ts';
import { openFile, reasonOf } from './open-file.ts';

/**
 * The files of a folder, as references: nothing of them is read yet. What editors, Git and Python leave behind stays
 * out. A link is followed when it leads to a place in the folder.
 *
 * @param options.except the real path of a file that is no part of it
 * @throws {UnreadableError} for a link that leads out of the folder or nowhere, for what may not be read, and for more
 * files and folders than an archive may have.
 */
export async function readFolder(
  folder: string,
  { signal, except }: { readonly signal: AbortSignal; readonly except?: string },
): Promise<ArtifactFile[]> {
  const root = await realpath(folder);
  const { maxEntries } = resolveLimits();
  const files: ArtifactFile[] = [];
  let seen = 0;
  /** @param above real folders that this one is in: a link to one of them would have no end */
  const walk = async (path: string, above: readonly string[]): Promise<void> => {
    const here = await realpath(join(root, path));
    if (above.includes(here)) throw unreadable(path, 'is a link to a folder that it is in. Remove it.');
    const names = await readdir(here).catch((cause: unknown) => {
      throw unreadable(path || folder, `cannot be listed: ${reasonOf(cause)}.`);
    });
    for (const name of names.toSorted()) {
      signal.throwIfAborted();
      const inner = path === '' ? name : `${path}/${name}`;
      if (isJunk(inner) || left.test(name)) continue;
      // Links between folders can make more paths of a few files than anyone could read.
      if (++seen > maxEntries)
        throw new UnreadableError(
          `Cannot read the folder ${JSON.stringify(folder)}: it has more than ${maxEntries} files and folders, which no reader of archives takes. Leave out what the model does not need.`,
        );
      const real = await realpath(join(here, name)).catch(() => {
        const isText = !name.includes('\ufffd');
        throw unreadable(
          inner,
          isText ? 'is a link that leads nowhere. Remove it.' : 'has a name that is not UTF-8. Rename it.',
        );
      });
      if (real === except) continue;
      if (relative(root, real).startsWith(`..${sep}`) || relative(root, real) === '..') {
        throw unreadable(inner, 'is a link that leads out of the folder. Put the file itself there.');
      }
      const found = await stat(real);
      if (found.isDirectory()) await walk(inner, [...above, here]);
      else if (found.isFile()) {
        const blob = await openFile(real).catch((cause: unknown) => {
          throw new UnreadableError(`Cannot read ${JSON.stringify(inner)}: ${(cause as Error).message}.`, { cause });
        });
        files.push({ path: inner, size: blob.size, blob });
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
