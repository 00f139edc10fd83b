import { copyFile, readFile, writeFile } from 'node:fs/promises';
import type { UserConfig } from 'tsdown';
import { inferenceSchema } from './scripts/inference-schema.ts';

/**
 * Each entry is one file with everything in it but what few pages need: import maps do not reach workers, and a plain page
 * should not wait for a chain of chunks. Assets stay beside, named by `new URL('./…', import.meta.url)`, which bundlers understand.
 */
const entries: Record<string, string> = {
  index: 'src/index.ts',
  worker: 'src/worker/serve.ts',
  'engine-worker': 'src/worker/engine-worker.ts',
  'webgpu-worker': 'src/worker/webgpu-worker.ts',
  'archive-worker': 'src/worker/archive-worker.ts',
  'device-worker': 'src/worker/device-worker.ts',
  'inpoint-generation': 'src/generation/generator.ts',
  'service-worker': 'src/service-worker/index.ts',
};

/** They are started or fetched by others of these files: nobody needs their types. */
const started: ReadonlySet<string> = new Set([
  'engine-worker',
  'webgpu-worker',
  'archive-worker',
  'device-worker',
  'inpoint-generation',
]);

/** What is there for Node: the command line. */
const commands: Record<string, string> = { cli: 'src/cli/main.ts' };

/**
 * ONNX Runtime looks for itself by `import.meta.url`, though `wasmPaths` tells it all. webpack takes the file it names
 * there for one to emit, and fails; and it writes the path of the machine that builds into the bundle.
 */
const noFileOfItsOwn = {
  name: 'no-file-of-its-own',
  transform: {
    filter: { id: /onnxruntime-web/ },
    handler: (code: string): string => code.replaceAll('import.meta.url', 'globalThis.location?.href'),
  },
};

/**
 * On processors ONNX Runtime copies each output out of its heap, and each input into it. These places are where its code
 * has outputs on a graphics card stay there, unreached in the build for processors: with them an output that a run's
 * option `keepsInHeap` names by its index is kept in the heap, and read there by a later run.
 */
const keptInHeap: readonly (readonly [before: string, after: string])[] = [
  [
    'let le=d?.outputPreferredLocations[o[y]];',
    'let le=i.keepsInHeap?.(o[y])?"gpu-buffer":d?.outputPreferredLocations[o[y]];',
  ],
  [
    `let U=s.jsepGetBuffer;if(!U)throw new Error('preferredLocation "gpu-buffer" is not supported without using WebGPU.');let L=U(C),`,
    'let L={heapAddress:C,peek:()=>new(un(P))(s.HEAPU8.buffer,C,j)},',
  ],
  ['download:s.jsepCreateDownloader(L,V,P)', 'download:async()=>L.peek().slice()'],
  [
    `{let w=a.jsepRegisterBuffer;if(!w)throw new Error('Tensor location "gpu-buffer" is not supported without using WebGPU.');p=w(o,i,m,h)}`,
    'p=m.heapAddress,d="cpu"',
  ],
];

const heapKeeper = {
  name: 'heap-keeper',
  transform: {
    filter: { id: /onnxruntime-web\/dist\/ort\.wasm\.min\.mjs$/ },
    handler: (code: string): string => {
      let changed = code;
      for (const [before, after] of keptInHeap) {
        if (changed.split(before).length !== 2) throw new Error(`ONNX Runtime's code is not what it was: ${before}`);
        changed = changed.replace(before, () => after);
      }
      return changed;
    },
  },
};

/**
 * Bundlers that make one script of a worker, as Vite does, refuse an `import()` that they could follow: the file that a
 * worker fetches for models that write texts is named as an asset.
 */
const generationBeside = {
  name: 'generation-beside',
  transform: {
    filter: { id: /load-generation\.ts$/ },
    handler: (code: string): string =>
      code.replace(
        /await import\(['"]\.\/generator\.ts['"]\)/,
        "await import(/*webpackIgnore:true*/ /*@vite-ignore*/ new URL('./inpoint-generation.js', import.meta.url).href)",
      ),
  },
};

/**
 * ONNX Runtime's own files, two a build. The module that starts it is named `.js`, since not every server knows `.mjs`, and
 * loses its one top-level `await`, for Node, on which webpack's minifier stumbles: it takes a `.js` asset for a script.
 * Its threads it starts from its own address, by a Trusted Types policy that vouches for no other.
 */
async function copyRuntime(): Promise<void> {
  for (const build of ['', '.jspi', '.asyncify']) {
    const from = `node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded${build}`;
    const to = `dist/ort-wasm-simd-threaded${build}`;
    const module = await readFile(`${from}.mjs`, 'utf8');
    const forBrowsers = module.replace(
      /var isNode=[^;]+;if\(isNode\)isPthread=\(await import\("worker_threads"\)\)[^;]+;/,
      '',
    );
    if (forBrowsers === module) throw new Error(`${from}.mjs does not end as it did: look for its top-level await.`);
    const vouchedFor = forBrowsers.replace('new Worker(new URL(import.meta.url),', 'new Worker(ownAddress(),');
    if (vouchedFor === forBrowsers) throw new Error(`${from}.mjs does not start its threads as it did.`);
    await writeFile(`${to}.js`, vouchedFor + ownAddress);
    await copyFile(`${from}.wasm`, `${to}.wasm`);
  }
}

/** In one line, as all of that file is. */
const ownAddress =
  "var trustedAddress;function ownAddress(){try{trustedAddress??=globalThis[Symbol.for('inpoint.thread-script')]??globalThis.trustedTypes?.createPolicy('inpoint',{createScriptURL:()=>import.meta.url}).createScriptURL('')}catch{}return trustedAddress??import.meta.url}\n";

/** What reads JPEG files in Node, what serves an archive in SageMaker, and the JSON Schema of `inference.json`. */
async function copyForNode(): Promise<void> {
  await copyFile('src/cli/handler/sagemaker_handler.py', 'dist/sagemaker_handler.py');
  await copyFile('node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', 'dist/mozjpeg_dec.wasm');
  await writeFile('dist/inference.schema.json', `${JSON.stringify(inferenceSchema(), null, 2)}\n`);
}

const general: UserConfig = {
  format: 'esm',
  target: 'es2022',
  clean: false,
  minify: { codegen: { removeWhitespace: false, legalComments: 'inline' } },
  inputOptions: {
    // What an entry shares with such a chunk stays in the entry: else there were a third file, for all pages.
    preserveEntrySignatures: 'allow-extension',
    resolve: { conditionNames: ['onnxruntime-web-use-extern-wasm', 'import', 'browser', 'default'] },
  },
  plugins: [noFileOfItsOwn],
};

/** What several files that are fetched later have in common, by the names that it gets. */
const fetchedApart = [
  { name: 'idb', test: /node_modules\/idb\// },
  { name: 'parquet', test: /node_modules\/hyparquet\// },
  { name: 'parquet-codecs', test: /node_modules\/(hyparquet-compressors|fzstd|hysnappy)\// },
];

const bundled = [
  '@noble/hashes',
  'comlink',
  'fflate',
  'valibot',
  '@huggingface/tokenizers',
  '@huggingface/jinja',
  'idb',
  'hyparquet',
  'hyparquet-writer',
  'hyparquet-compressors',
  'fzstd',
  'hysnappy',
  'onnxruntime-web',
];

const configs: UserConfig[] = [
  ...Object.entries(entries).map(([name, file]): UserConfig => ({
    ...general,
    entry: { [name]: file },
    platform: 'browser',
    plugins: [noFileOfItsOwn, heapKeeper, generationBeside],
    dts: started.has(name) ? false : { oxc: {} },
    // The types name `AsyncDisposable` and `Float16Array`, which a page's own `lib` may be too old to have.
    banner: { dts: '/// <reference lib="esnext.disposable" />\n/// <reference lib="esnext.float16" />' },
    deps: { onlyBundle: bundled },
    // Nobody reads those, and every visitor downloads them.
    outputOptions: {
      // What a page seldom needs is fetched when it does, by its name.
      chunkFileNames: '[name].js',
      codeSplitting: { groups: name === 'index' ? fetchedApart : [] },
      ...(started.has(name) ? { comments: { jsdoc: false, annotation: true, legal: true } } : {}),
    },
    hooks: { 'build:done': copyRuntime },
  })),
  ...Object.entries(commands).map(([name, file]): UserConfig => ({
    ...general,
    entry: { [name]: file },
    platform: 'node',
    fixedExtension: false,
    dts: false,
    outputOptions: { codeSplitting: false },
    deps: { onlyBundle: [...bundled, 'fast-png', 'iobuffer', '@jsquash/jpeg', 'pako'] },
    hooks: { 'build:done': copyForNode },
  })),
];

export default configs;
