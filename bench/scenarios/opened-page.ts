import type { BenchPage } from '../browser/bench-browser.ts';
import type { Bench, Measurement, Round } from './scenario.ts';

/** A rival with its model, in a page of a browser of its own: what one compiled does not serve the other. */
export async function openedPage(
  bench: Bench,
  model: string,
  rival: string,
  round: (page: BenchPage, index: number) => Promise<Round>,
): Promise<Measurement> {
  const browser = await bench.engine.launch();
  try {
    const page = await browser.open();
    await page.call('start', rival, bench.model(model));
    return {
      round: (index) => round(page, index),
      [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
    };
  } catch (error) {
    await browser[Symbol.asyncDispose]();
    throw error;
  }
}
