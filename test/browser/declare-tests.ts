import { describe, expect, test } from 'vitest';
import type { PageOutcome } from './run-pages.ts';

/** Makes a test of each that a page reported, and one of its end. */
export function declareTests(title: string, { page, results, said, uncaught }: PageOutcome): void {
  describe(title, () => {
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
