import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** What a page can still do meanwhile. */
export const mainThread: Scenario = {
  name: 'main-thread',
  title: 'Main thread',
  about:
    'A cold start and twenty predictions, while an animation runs: tasks of the page’s main thread as Chromium’s trace has them, and frames of 1/60 s that were not drawn.',
  metrics: {
    longestTaskMs: { title: 'longest task', unit: 'ms', better: 'lower' },
    busyMs: { title: 'all tasks', unit: 'ms', better: 'lower' },
    longestGapMs: { title: 'longest wait as the page sees it', unit: 'ms', better: 'lower' },
    droppedFrames: { title: 'dropped frames', unit: 'frames', better: 'lower', isDifference: true },
  },
  isWarmedUp: false,

  cells: ({ isQuick }) =>
    (isQuick ? ['mobilenet'] : ['mobilenet', 'minilm-int8']).map((model): Cell => ({
      model,
      condition: '',
      rivals: allRivals,
    })),

  async open({ engine, model: served }: Bench, { model }: Cell, rival: string): Promise<Measurement> {
    return {
      async round() {
        await using browser = await engine.launch();
        const page = await browser.open();
        await page.call('prepare', served(model), 20);
        const what = ['startAndPredict', rival, served(model), 20] as const;
        const { value, tasksMs } = page.traced
          ? await page.traced('besideAnimation', ...what)
          : { value: await page.call('besideAnimation', ...what), tasksMs: undefined };
        const { droppedFrames, longestGapMs, value: answer } = value as Animated;
        const busyMs = tasksMs?.reduce((sum, ms) => sum + ms, 0) ?? Number.NaN;
        return {
          values: {
            ...(tasksMs && { longestTaskMs: Math.max(0, ...tasksMs), busyMs }),
            longestGapMs,
            droppedFrames,
          },
          answer,
        };
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};

interface Animated {
  readonly droppedFrames: number;
  readonly longestGapMs: number;
  readonly value: unknown;
}
