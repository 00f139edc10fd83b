import { openOverWorker } from './over-worker.js';

/** Transformers.js in a worker of the user's own. */
export const open = (model) =>
  openOverWorker(new Worker(new URL('./workers/transformers.js', import.meta.url), { type: 'module' }), model);
