import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isolation } from '../serve.ts';
import { runPages, strictPolicy, type PageRun } from './run-pages.ts';

const shared = existsSync(new URL('../../../shared/archives/', import.meta.url));
if (!shared) console.log('Skipped: the tests of real archives, since ../shared is not there.');

const only = process.env['INPOINT_PAGES']?.split(',');
const runs: PageRun[] = [
  { page: 'artifact' },
  { page: 'deploy' },
  { page: 'tasks' },
  { page: 'demo-models' },
  { page: 'audio' },
  { page: 'sources' },
  { page: 'calls' },
  { page: 'wrong-inputs' },
  {
    page: 'deploy',
    label: 'cross-origin isolated',
    headers: isolation,
    only: /answers|tells|every type|close\(\)|rejects with|goes away/,
  },
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
  { page: 'runtime-start', label: 'cross-origin isolated', headers: isolation, only: /threads cannot start/ },
  ...(shared ? [{ page: 'real-archives' }] : []),
].filter(({ page }) => !only || only.includes(page));

for (const { page, label, results, said, uncaught } of await runPages(runs)) {
  describe(label ? `${page}, ${label}` : page, () => {
    for (const { name, error } of results) {
      test(name, () => {
        if (error) throw new Error(error);
      });
    }
    test('the page came to its end with nothing uncaught', () => {
      expect(uncaught).toEqual([]);
      expect(results.length).toBeGreaterThan(0);
    });
  });
  for (const line of said.filter((text) => !text.startsWith('Failed to load resource')))
    console.log(`[${page}] ${line}`);
}
