// What `npm start`, `npm test` and `npm run check` have in common. Plain JavaScript for Node 20, since it also runs
// before anything is installed; everything after `install()` runs with the Node of the devDependencies.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './find-chromium.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

const bin = join(root, 'node_modules/.bin');

/**
 * Installs the dependencies where they are missing or older than the lock file.
 *
 * @param folder that of a package of its own, such as `docs`; by default the project's
 */
export async function install(folder = '.') {
  const cwd = join(root, folder);
  if (await isInstalled(cwd)) return;
  console.log(`Installing dependencies${folder === '.' ? '' : ` of ${folder}`} …`);
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd });
}

async function isInstalled(cwd) {
  const modified = async (path) => (await stat(join(cwd, path)).catch(() => undefined))?.mtimeMs ?? 0;
  return (await modified('node_modules/.package-lock.json')) >= (await modified('package-lock.json'));
}

/** Builds the package into `dist/`, and has ONNX Runtime compressed meanwhile, which the demo is built with. */
export async function buildPackage() {
  await Promise.all([run('tsdown', ['--log-level', 'warn']), run('node', ['scripts/site/compress-runtime.ts'])]);
}

/** Builds the demo into `dist-demo/`, on top of the built package. */
export async function buildDemo() {
  // Whatever the shell or a test runner is set to: else there is no service worker in it.
  await run('vite', ['build', '--logLevel', 'warn'], { env: { NODE_ENV: 'production' } });
}

/** Builds the documentation into `dist-docs/`, and follows its links. */
export async function buildDocs() {
  await run('node', ['scripts/docs.mjs']);
}

/** Runs a command of the project and lets it speak; rejects when it fails. */
export async function run(command, args, options = {}) {
  const code = await exitCode(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}.`);
}

/** Runs a command of the project, or of the package in `cwd`, and resolves to its exit code. */
export function exitCode(command, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: 'inherit',
      env: { ...process.env, PATH: [join(cwd, 'node_modules/.bin'), bin, process.env.PATH].join(delimiter), ...env },
      shell: process.platform === 'win32',
    });
    child.on('error', reject);
    // Ended by the one who started it: no failure.
    child.on('exit', (code, signal) => resolve(signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : (code ?? signal)));
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  });
}

/** Sees to it that there is a Chromium: the system's, else Debian's package, else Playwright's own. */
export async function installChromium() {
  if (findChromium()) return;
  const isDebian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (isDebian) {
    console.log('Installing Chromium from the system’s packages …');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const updated = await exitCode('apt-get', ['-qq', 'update'], { env });
    if (updated === 0)
      await exitCode('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'chromium'], { env });
    if (findChromium()) return;
  }
  const { chromium } = await import('playwright-core');
  if (existsSync(chromium.executablePath())) return;
  console.log('Installing Playwright’s Chromium …');
  await exitCode('playwright-core', ['install', 'chromium']);
  if (existsSync(chromium.executablePath())) return;
  throw new Error(
    'The tests need Chromium, and none could be installed: install Chromium or Google Chrome, or name one in INPOINT_CHROMIUM, and run npm test again.',
  );
}
