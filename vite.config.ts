import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The demo site. It imports the built package by its name, as a user's page does. */
const config: UserConfig = defineConfig({
  root: path('demo'),
  publicDir: path('public'),
  base: './',
  resolve: { alias: [{ find: /^inpoint$/, replacement: path('dist/index.js') }] },
  build: { outDir: path('dist-demo'), emptyOutDir: true, target: 'es2022' },
  preview: { host: '127.0.0.1', port: 4173 },
  server: { host: '127.0.0.1' },
});

export default config;
