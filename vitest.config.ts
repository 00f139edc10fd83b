import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Measure times, load all cores, or end what runs at a moment that they choose: another browser beside theirs would spoil them. */
const alone = [
  'test/async/**/*.test.ts',
  'test/bench/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/e2e/{first-answer,page-cost,served}.test.ts',
  'test/generation/{chromium,constraint}.test.ts',
  'test/modes/**/*.test.ts',
  'test/runtime-faults/**/*.test.ts',
  'test/store/{durability,tabs}.test.ts',
  'test/variants/**/*.test.ts',
];

const browserTimeouts = { testTimeout: 120_000, hookTimeout: 120_000 };

/** All suites run in Node; those under `test/` drive real browsers from there, with pages that know no test runner. */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        test: {
          name: 'browser',
          include: ['test/**/*.test.ts'],
          exclude: alone,
          ...browserTimeouts,
          // They wait for pages most of the time: two at once keep two cores busy, more would slow each other down.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { name: 'alone', include: alone, ...browserTimeouts, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});

export default config;
