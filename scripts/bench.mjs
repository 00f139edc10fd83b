// npm run bench: installs what is missing, the rivals included, builds the package, and runs the benchmark; see
// bench/README.md. Arguments go to it: npm run bench -- --quick

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, exitCode, install, installChromium, root, run } from './steps.mjs';

await install();
await install('bench');
await installChromium();
await buildPackage();
process.exitCode = await exitCode('node', ['bench/run.ts', ...process.argv.slice(2)]);
const written = ['docs/benchmarks.md', 'bench/baseline.json', 'bench/results/latest.json'];
await run(
  'oxfmt',
  written.filter((file) => existsSync(join(root, file))),
);
