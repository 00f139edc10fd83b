import { open, rename, rm } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file in one go: under another name beside it, which becomes its own when all is there. Whatever happens
 * before, nothing half-written is left, and a file of that name stays as it was.
 *
 * @returns bytes written
 */
export async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  // A second Ctrl+C ends the process where it is.
  const remove = (): void => rmSync(unfinished, { force: true });
  process.once('exit', remove);
  let written = 0;
  try {
    const file = await open(unfinished, 'w');
    try {
      for await (const chunk of chunks) {
        await file.write(chunk);
        written += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    process.removeListener('exit', remove);
  }
}
