// npm run test:transform: the long form of the tests of transform jobs. Tables of 100,000 rows, and tabs that are killed 10 times.

import { buildPackage, exitCode, install } from './steps.mjs';

await install();
await buildPackage();
process.exitCode = await exitCode('vitest', ['run', 'test/transform', '--testTimeout=600000'], {
  env: { INPOINT_LONG: '1' },
});
