import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';
import { installable } from './scripts/site/installable.ts';
import { precompress } from './scripts/site/precompress.ts';
import { servePrecompressed } from './scripts/site/serve-precompressed.ts';
import { startEarly } from './scripts/site/start-early.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The demo site. It imports the built package by its name, as a user's page does. */
const config: UserConfig = defineConfig({
  root: path('demo'),
  publicDir: path('public'),
  base: './',
  // What is not there is not there: no page is served in its place.
  appType: 'mpa',
  resolve: { alias: [{ find: /^inpoint$/, replacement: path('dist/index.js') }] },
  plugins: [startEarly(), installable(), precompress(), servePrecompressed()],
  build: { outDir: path('dist-demo'), emptyOutDir: true, target: 'es2022', reportCompressedSize: false },
  preview: {
    host: '127.0.0.1',
    port: 4173,
    // Cross-origin isolated: ONNX Runtime may use several threads, and the page may measure its memory.
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'X-Content-Type-Options': 'nosniff',
    },
  },
  server: { host: '127.0.0.1' },
});

export default config;
