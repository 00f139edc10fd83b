// npm run test:engines: every page of tests in every browser engine, with and without cross-origin isolation. It installs
// no browser, and says which are missing. Arguments: some of chromium, chromium-webgpu, firefox and webkit; --write makes
// docs/engines.md anew.

import { buildPackage, exitCode, install, run } from './steps.mjs';

const args = process.argv.slice(2);
const writes = args.includes('--write');
const named = args.filter((arg) => arg !== '--write');
await install();
await buildPackage();
process.exitCode = await exitCode('vitest', ['run', 'test/browser/engines.test.ts'], {
  env: {
    INPOINT_ENGINES: named.join(',') || 'chromium,chromium-webgpu,firefox,webkit',
    ...(writes && { INPOINT_WRITE: '1' }),
  },
});
if (writes) await run('oxfmt', ['docs/engines.md']);
