import { copyFile } from 'node:fs/promises';
import { defineConfig, type UserConfig } from 'tsdown';

/**
 * Each entry is one file with everything in it: import maps do not reach workers, and a plain page should not wait
 * for a chain of chunks. Assets stay beside, named by `new URL('./…', import.meta.url)`, which bundlers understand.
 */
const entries: Record<string, string> = {
  index: 'src/index.ts',
  worker: 'src/worker/serve.ts',
  'engine-worker': 'src/worker/engine-worker.ts',
  'archive-worker': 'src/worker/archive-worker.ts',
};

/** ONNX Runtime's own files: the module that starts it is named `.js`, since not every server knows `.mjs`. */
const runtimeFiles: Record<string, string> = {
  'ort-wasm-simd-threaded.wasm': 'ort-wasm-simd-threaded.wasm',
  'ort-wasm-simd-threaded.mjs': 'ort-wasm-simd-threaded.js',
};

const configs: UserConfig[] = Object.entries(entries).map(([name, file]) => ({
  entry: { [name]: file },
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  clean: false,
  dts: name.includes('-') ? false : { oxc: {} },
  minify: { codegen: { removeWhitespace: false, legalComments: 'inline' } },
  deps: { onlyBundle: ['comlink', 'fflate', '@huggingface/tokenizers', 'onnxruntime-web'] },
  inputOptions: { resolve: { conditionNames: ['onnxruntime-web-use-extern-wasm', 'import', 'browser', 'default'] } },
  hooks: {
    'build:done': async () => {
      for (const [from, to] of Object.entries(runtimeFiles)) {
        await copyFile(`node_modules/onnxruntime-web/dist/${from}`, `dist/${to}`);
      }
    },
  },
}));

export default defineConfig(configs) as UserConfig[];
