import { rmSync } from 'node:fs';
import { access, constants, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UnwritableError, UsageError } from './exit-code.ts';
import { openFile, reasonOf } from './open-file.ts';

/**
 * Where a file is really written, links followed.
 *
 * @param given as it was asked for, for messages
 * @throws {UsageError} for a folder, a device, a pipe, a link that leads nowhere, and a folder that is not there.
 * @throws {UnwritableError} for a folder that may not be written to.
 */
export async function writablePath(path: string, given: string): Promise<string> {
  const wrong = (reason: string): UsageError => new UsageError(`Cannot write ${JSON.stringify(given)}: ${reason}`);
  const there = await lstat(path).catch(() => undefined);
  const found = there && (await stat(path).catch(() => undefined));
  if (there && !found) throw wrong('it is a link that leads nowhere. Remove it.');
  if (found?.isDirectory()) throw wrong('it is a folder. Name a file in it.');
  // A rename would put a file in the place of a device.
  if (found && !found.isFile()) throw wrong('it is a device or a pipe. Name a file.');
  const above = await stat(dirname(path)).catch(() => undefined);
  if (!above?.isDirectory()) throw wrong('there is no such folder. Make it first.');
  const real = found ? await realpath(path) : join(await realpath(dirname(path)), basename(path));
  await access(dirname(real), constants.W_OK).catch((cause: unknown) => {
    throw new UnwritableError(`Cannot write ${JSON.stringify(given)}: ${reasonOf(cause)}.`, { cause });
  });
  return real;
}

/**
 * Writes a file in one go: under another name beside it, which becomes its own when all is there. Whatever happens
 * before, nothing half-written is left, and a file of that name stays as it was.
 *
 * @param check looks at what was written before it gets its name, and throws where it is not right
 * @returns bytes written
 * @throws {UnwritableError}
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  check: (written: Blob) => Promise<void>,
): Promise<number> {
  const unfinished = join(dirname(path), `.${basename(path).slice(0, 100)}.${process.pid}.tmp`);
  // A second Ctrl+C ends the process where it is.
  const remove = (): void => rmSync(unfinished, { force: true });
  process.once('exit', remove);
  const failed = (cause: unknown): never => {
    throw new UnwritableError(`Cannot write ${JSON.stringify(basename(path))}: ${reasonOf(cause)}.`, { cause });
  };
  let written = 0;
  try {
    const file = await open(unfinished, 'w').catch(failed);
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk).catch(failed);
        written += chunk.length;
      }
      await file.sync().catch(failed);
    } finally {
      await file.close();
    }
    await check(await openFile(unfinished));
    await rename(unfinished, path).catch(failed);
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    process.removeListener('exit', remove);
  }
}
