// npm run check: all of npm test, and what only a contributor waits for: format, unused code, package, sizes.

import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { install, root, run } from './steps.mjs';

await install();
await run('oxfmt', ['--check', '.']);
await run('npm', ['test']);
await run('knip', []);
await run('publint', ['--strict']);
await checkTypesResolve();
await checkSizes();
console.log('All is well.');

/** Are the types wrong? Packs the package and looks at it as each kind of consumer does. */
async function checkTypesResolve() {
  const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--ignore-scripts'], { cwd: root });
  const file = join(root, JSON.parse(stdout)[0].filename);
  try {
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(file)));
    // ESM only, which CommonJS has to import() on any account; and a worker's file is started, not imported.
    const problems = (analysis.problems ?? []).filter(
      ({ kind, resolutionKind, entrypoint }) =>
        kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10' && !entrypoint?.endsWith('-worker.js'),
    );
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) throw new Error('Types do not resolve as they should.');
  } finally {
    await rm(file);
  }
}

/** Budgets in kB of brotli, as a page downloads them. */
async function checkSizes() {
  const budgets = {
    'a page that deploys, minified': { bytes: await minifiedPage('{ deploy }'), budget: 21.5 },
    'a page with all of it': { bytes: await minifiedPage('*'), budget: 25 },
    'archive-worker.js': { bytes: await readFile(join(root, 'dist/archive-worker.js')), budget: 38 },
    'device-worker.js': { bytes: await readFile(join(root, 'dist/device-worker.js')), budget: 8 },
    'engine-worker.js': { bytes: await readFile(join(root, 'dist/engine-worker.js')), budget: 99 },
    'inpoint-generation.js': { bytes: await readFile(join(root, 'dist/inpoint-generation.js')), budget: 72 },
  };
  let over = false;
  for (const [name, { bytes, budget }] of Object.entries(budgets)) {
    const kB = brotliCompressSync(bytes).length / 1000;
    over ||= kB > budget;
    console.log(`${kB > budget ? '✗' : '✓'} ${name}: ${kB.toFixed(1)} of ${budget} kB`);
  }
  if (over) throw new Error('A size budget is exceeded.');
}

/** What a bundler makes of a page that imports these names. */
async function minifiedPage(names) {
  const page = 'virtual:page';
  const { build } = await import('vite');
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? id : undefined),
        load: (id) =>
          id === page ? `export ${names} from ${JSON.stringify(join(root, 'dist/index.js'))};` : undefined,
      },
    ],
    build: {
      write: false,
      minify: true,
      rolldownOptions: { input: page, preserveEntrySignatures: 'allow-extension' },
    },
  });
  return Buffer.from(output.find(({ isEntry }) => isEntry).code);
}
