// Compresses ONNX Runtime for the demo, beside what is built meanwhile: the build finds it done.

import { readFile } from 'node:fs/promises';
import { compress } from './compress.ts';

const runtime = new URL('../../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm', import.meta.url);
const patience = setTimeout(() => console.log('Compressing ONNX Runtime, once, for about half a minute …'), 1000);
await compress(await readFile(runtime));
clearTimeout(patience);
