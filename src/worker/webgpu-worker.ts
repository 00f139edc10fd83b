import { startWebgpu } from '../runtime/webgpu.ts';
import { serveOn } from './serve-on.ts';

serveOn(startWebgpu);
