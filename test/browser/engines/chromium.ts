import { launchChromium } from '../../chromium.ts';
import type { Browser, Engine, Page } from './engine.ts';

/** The Chromium that all suites use, headless, by Playwright. */
export const chromium: Engine = { name: 'Chromium', missing: undefined, launch: () => launch() };

/** The same with WebGPU, which SwiftShader computes on the CPU: right, and slow. */
export const chromiumWithWebGpu: Engine = {
  name: 'Chromium with WebGPU',
  missing: undefined,
  launch: () => launch(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan']),
};

async function launch(args: readonly string[] = []): Promise<Browser> {
  const browser = await launchChromium(args);
  return {
    version: browser.version(),
    async open(address): Promise<Page> {
      const page = await browser.newPage();
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      const crashed = new Promise<void>((resolve) => page.on('crash', () => resolve()));
      await page.goto(address, { waitUntil: 'commit' });
      return { said, crashed, [Symbol.asyncDispose]: () => page.close() };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
