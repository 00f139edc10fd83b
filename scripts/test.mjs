// npm test: installs what is missing, a browser included, then types, lint, every suite and the documentation.
// Its last line counts them all: `N passed, N failed`. Arguments go to vitest: npm test -- src/artifact

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDemo, buildDocs, buildPackage, exitCode, install, installChromium } from './steps.mjs';

let passed = 0;
let failed = 0;

function count(name, ok) {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? '✓' : '✗'} ${name}`);
  return ok;
}

async function step(name, work) {
  try {
    await work();
    return count(name, true);
  } catch (error) {
    console.error(error.message);
    return count(name, false);
  }
}

/** Runs all suites, and adds what they counted. */
async function runSuites(args) {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-test-'));
  const report = join(folder, 'report.json');
  const code = await exitCode('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...args,
  ]);
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(await readFile(report, 'utf8'));
    passed += numPassedTests;
    // A suite that fails before its first test counts as one.
    failed += numFailedTests || (numFailedTestSuites > 0 || code !== 0 ? 1 : 0);
  } catch {
    count('the suites ran', false);
  } finally {
    await rm(folder, { recursive: true });
  }
}

await install();
// Its types are looked at, too.
await install('docs');
const ready =
  (await step('a browser is there', installChromium)) &&
  (await step('the package builds', buildPackage)) &&
  (await step('the demo builds', buildDemo));
count('types', (await exitCode('tsc', ['--noEmit'])) === 0);
count('lint', (await exitCode('oxlint', ['--type-aware'])) === 0);
if (ready) await runSuites(process.argv.slice(2));
// Named suites are for who works on them.
if (process.argv.length === 2) await step('the documentation builds, and every link of it leads somewhere', buildDocs);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
