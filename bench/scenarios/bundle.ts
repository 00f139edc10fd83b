import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** What a page that uses a rival has to load of it. */
export const bundle: Scenario = {
  name: 'bundle',
  title: 'Bundle',
  about:
    'Vite’s production build of the benchmark’s own file for each rival, by brotli: what the page itself loads, and all scripts, those of workers too. `.wasm` files come on top: see the bytes of the first visit.',
  metrics: {
    pageBytes: { title: 'scripts of the page', unit: 'bytes', better: 'lower' },
    scriptBytes: { title: 'all scripts', unit: 'bytes', better: 'lower' },
  },
  isWarmedUp: false,

  cells: (): readonly Cell[] => [{ model: 'table', condition: '', rivals: allRivals, rounds: 1 }],

  async open({ repository }: Bench, _: Cell, rival: string): Promise<Measurement> {
    return {
      round: async () => ({ values: await (rival === 'tensorflow' ? scripts(repository) : build(repository, rival)) }),
      async [Symbol.asyncDispose]() {},
    };
  },
};

/** TensorFlow.js is used by script elements, and not bundled. */
async function scripts(repository: string): Promise<Record<string, number>> {
  const folder = join(repository, 'bench/node_modules/@tensorflow');
  const files = ['tfjs/dist/tf.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js'];
  const sizes = await Promise.all(files.map(async (file) => compressed(await readFile(join(folder, file)))));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { pageBytes: bytes, scriptBytes: bytes };
}

async function build(repository: string, rival: string): Promise<Record<string, number>> {
  const { build: viteBuild } = await import('vite');
  const alias = Object.entries({
    runtime: 'node_modules/onnxruntime-web/dist/',
    tokenizers: 'node_modules/@huggingface/tokenizers/dist/',
    installed: 'bench/node_modules/',
    inpoint: 'dist/',
  }).map(([name, folder]) => ({
    // Where the server has them, seen from the rivals and from their workers.
    find: new RegExp(`^(\\.\\./)+${name}/`),
    replacement: join(repository, folder, '/'),
  }));
  const result = await viteBuild({
    configFile: false,
    root: join(repository, 'bench/rivals'),
    logLevel: 'silent',
    resolve: { alias },
    worker: { format: 'es' },
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: join(repository, 'bench/rivals', `${rival}.js`),
        preserveEntrySignatures: 'allow-extension',
      },
    },
  });
  const { output } = (Array.isArray(result) ? result[0] : result) as {
    output: readonly {
      fileName: string;
      isEntry?: boolean;
      imports?: readonly string[];
      code?: string;
      source?: string | Uint8Array;
    }[];
  };
  const files = output.filter(({ fileName }) => /\.m?js$/.test(fileName));
  const sizeOf = ({ code, source }: (typeof files)[number]): number => compressed(Buffer.from(code ?? source ?? ''));
  const entry = files.find(({ isEntry }) => isEntry)!;
  const ofPage = files.filter((file) => file === entry || entry.imports?.includes(file.fileName));
  return {
    pageBytes: ofPage.reduce((sum, file) => sum + sizeOf(file), 0),
    scriptBytes: files.reduce((sum, file) => sum + sizeOf(file), 0),
  };
}

function compressed(bytes: Uint8Array): number {
  return brotliCompressSync(bytes).length;
}
