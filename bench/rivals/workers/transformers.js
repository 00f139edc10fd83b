import { open } from '../transformers.js';
import { serveOverWorker } from './serve-over-worker.js';

serveOverWorker(open);
