import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';
import { compress } from './compress.ts';

/** Writes a `.br` beside each file of the built site that is smaller for it. Models are compressed already. */
export function precompress(): Plugin {
  let folder: string;
  return {
    name: 'inpoint:precompress',
    apply: 'build',
    enforce: 'post',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const names = await readdir(folder, { recursive: true });
        await Promise.all(
          names.filter((name) => compressible.test(name)).map((name) => writeBeside(join(folder, name))),
        );
      },
    },
  };
}

const compressible = /\.(?:css|html|js|json|svg|wasm|webmanifest)$/;

async function writeBeside(file: string): Promise<void> {
  const bytes = await readFile(file);
  const compressed = await compress(bytes);
  if (compressed.length < bytes.length) await writeFile(`${file}.br`, compressed);
}
