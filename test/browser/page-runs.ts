import { existsSync } from 'node:fs';
import { strictPolicy, type PageRun } from './run-pages.ts';

const shared = existsSync(new URL('../../../shared/archives/', import.meta.url));
if (!shared) console.log('Skipped: the tests of real archives, since ../shared is not there.');

/** Every page of tests, with the headers that it needs. */
export const everyPage: readonly PageRun[] = [
  { page: 'artifact', search: `mutants=${process.env['INPOINT_MUTATED_ARCHIVES'] ?? 1500}` },
  { page: 'deploy' },
  { page: 'tasks' },
  { page: 'demo-models' },
  { page: 'audio' },
  { page: 'sources' },
  { page: 'calls' },
  { page: 'scaling' },
  { page: 'wrong-inputs' },
  {
    page: 'trusted-types',
    headers: {
      'content-security-policy': `${strictPolicy}; require-trusted-types-for 'script'; trusted-types inpoint`,
    },
  },
  { page: 'runtime-start', only: /why the runtime|served as text|in one piece/ },
  {
    page: 'runtime-start',
    label: "without 'wasm-unsafe-eval'",
    headers: { 'content-security-policy': strictPolicy.replace(" 'wasm-unsafe-eval'", '') },
    only: /policy forbids/,
  },
  ...(shared ? [{ page: 'real-archives' }] : []),
];

/** What of a page is asked for by name, comma-separated, in `INPOINT_PAGES`; all where it is not set. */
export function chosen(runs: readonly PageRun[]): PageRun[] {
  const names = process.env['INPOINT_PAGES']?.split(',');
  return runs.filter(({ page }) => !names || names.includes(page));
}
