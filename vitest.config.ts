import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** All suites run in Node; those under `test/` drive real browsers from there, with pages that know no test runner. */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        test: {
          name: 'browser',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Two cores: side by side, the browsers would only slow each other down.
          fileParallelism: false,
        },
      },
    ],
  },
});

export default config;
