import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/**
 * Starts a headless Chromium that asks nobody for anything: the one that `INPOINT_CHROMIUM` names, else the
 * system's, else Playwright's own.
 */
export function launchChromium(extraArgs: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['INPOINT_CHROMIUM'] || systemBrowsers.find((path) => existsSync(path)),
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...quiet, ...extraArgs],
  });
}

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
