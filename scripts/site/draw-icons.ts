// Draws the icons of the installed site from public/icons/icon.svg: npx node scripts/site/draw-icons.ts

import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { findChromium } from '../find-chromium.mjs';

const icons = new URL('../../public/icons/', import.meta.url);

/** A maskable icon may lose all that is more than two fifths of its width from its middle, and has no corners. */
const drawn = [
  { name: 'icon-192.png', size: 192, part: 1 },
  { name: 'icon-512.png', size: 512, part: 1 },
  { name: 'icon-maskable-512.png', size: 512, part: 0.75, ground: '#0b6e61' },
  { name: 'apple-touch-icon.png', size: 180, part: 0.85, ground: '#0b6e61' },
];

const source = await readFile(new URL('icon.svg', icons), 'base64');
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
const page = await browser.newPage();
for (const { name, size, part, ground = 'transparent' } of drawn) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<body style="margin: 0; height: 100vh; display: grid; place-content: center; background: ${ground}">
    <img width="${size * part}" height="${size * part}" src="data:image/svg+xml;base64,${source}">`,
  );
  await page.screenshot({ path: new URL(name, icons).pathname, omitBackground: true });
}
await browser.close();
