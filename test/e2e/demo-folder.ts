import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built demo: `dist-demo`, or another build named in `INPOINT_DEMO`. */
export const demoFolder: string = resolve(
  fileURLToPath(new URL('../../', import.meta.url)),
  process.env['INPOINT_DEMO'] ?? 'dist-demo',
);
