// npm start: installs what is missing, builds, and serves the demo. Another port: npm start -- --port 8080

import { buildDemo, buildPackage, install, run } from './steps.mjs';

await install();
await buildPackage();
await buildDemo();
const desktop = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
const open = desktop && !process.env.CI ? ['--open'] : [];
await run('vite', ['preview', ...open, ...process.argv.slice(2)]);
