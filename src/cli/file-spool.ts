import { rmSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Spool } from '../pack/index.ts';

/** A spool in a file beside the output, which is gone when `use` is done, or when the process ends. */
export async function withFileSpool<T>(output: string, use: (spool: Spool) => Promise<T>): Promise<T> {
  const path = join(dirname(output), `.${basename(output).slice(0, 100)}.${process.pid}.parts.tmp`);
  const remove = (): void => rmSync(path, { force: true });
  process.once('exit', remove);
  let file: FileHandle | undefined;
  const opened = async (): Promise<FileHandle> => (file ??= await open(path, 'w+'));
  try {
    return await use({
      async write(bytes) {
        await (await opened()).writeFile(bytes);
      },
      async *read() {
        yield* (await opened()).createReadStream({
          start: 0,
          autoClose: false,
          highWaterMark: 2 ** 20,
        }) as AsyncIterable<Uint8Array>;
      },
    });
  } finally {
    await file?.close();
    await rm(path, { force: true });
    process.removeListener('exit', remove);
  }
}
