import { existsSync } from 'node:fs';

/** Where a Chromium is on this system, or undefined. */
export function findChromium() {
  const paths = [
    process.env.INPOINT_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ];
  return paths.find((path) => path && existsSync(path));
}
