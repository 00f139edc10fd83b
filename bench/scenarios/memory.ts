import { setTimeout as wait } from 'node:timers/promises';
import { privateMB } from '../browser/process-memory.ts';
import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** What a model takes, and what is left of it. */
export const memory: Scenario = {
  name: 'memory',
  title: 'Memory',
  about:
    'Private memory of all processes of the browser above what they had with the empty page: at its peak, in use, and after the rival was closed and the garbage collected. Linux only.',
  metrics: {
    peakMB: { title: 'at its peak', unit: 'MB', better: 'lower' },
    steadyMB: { title: 'in use', unit: 'MB', better: 'lower' },
    closedMB: { title: 'after close', unit: 'MB', better: 'lower', isDifference: true },
  },
  isWarmedUp: false,

  cells: ({ isQuick }) =>
    (isQuick ? ['mobilenet'] : ['mobilenet', 'minilm-int8', 'weights-100']).map((model): Cell => ({
      model,
      condition: '',
      rivals: allRivals,
    })),

  async open({ engine, model: served }: Bench, { model }: Cell, rival: string): Promise<Measurement> {
    if (!engine.isInspectable || process.platform !== 'linux')
      throw new Error('Memory of processes is read from /proc, of Chromium only.');
    return { round: () => measure(engine, served(model), rival), async [Symbol.asyncDispose]() {} };
  },
};

async function measure(
  engine: Bench['engine'],
  model: ReturnType<Bench['model']>,
  rival: string,
): ReturnType<Measurement['round']> {
  await using browser = await engine.launch();
  const page = await browser.open();
  const settled = async (): Promise<number> => {
    await page.call('collectGarbage');
    await wait(settleMs);
    return privateMB(browser.profile!);
  };
  const before = await settled();
  let peak = before;
  const done = new AbortController();
  const watch = (async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, await privateMB(browser.profile!));
      await wait(25);
    }
  })();
  try {
    const { answer } = (await page.call('start', rival, model)) as { answer: unknown };
    await page.call('answers', 20);
    const steady = await settled();
    await page.call('close');
    done.abort();
    await watch;
    const closed = await settled();
    return { values: { peakMB: peak - before, steadyMB: steady - before, closedMB: closed - before }, answer };
  } finally {
    done.abort();
    await watch;
  }
}

const settleMs = 1200;
