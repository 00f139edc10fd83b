import { openOverWorker } from './over-worker.js';

/** The least that each answer takes: a hand-written worker with bare ONNX Runtime Web, and nothing else. */
export const open = (model) =>
  openOverWorker(new Worker(new URL('./workers/floor.js', import.meta.url), { type: 'module' }), model);
