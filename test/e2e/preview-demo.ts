import { fileURLToPath } from 'node:url';
import { preview } from 'vite';
import { demoFolder } from './demo-folder.ts';

/** The built demo as `npm start` serves it. */
export interface DemoServer extends AsyncDisposable {
  /** Its origin: no slash at its end. */
  readonly url: string;
}

export async function previewDemo(folder: string = demoFolder): Promise<DemoServer> {
  const server = await preview({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    build: { outDir: folder },
    preview: { port: 0, open: false },
    logLevel: 'silent',
  });
  return {
    url: server.resolvedUrls!.local[0]!.slice(0, -1),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
