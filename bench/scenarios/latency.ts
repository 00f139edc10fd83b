import { openedPage } from './opened-page.ts';
import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** How long one call takes, alone. */
export const latency: Scenario = {
  name: 'latency',
  title: 'Latency',
  about: 'One caller who asks again once it is answered, everything warm, as the page sees it.',
  metrics: {
    p50: { title: 'median', unit: 'ms', better: 'lower' },
    p95: { title: '95th percentile', unit: 'ms', better: 'lower' },
    p99: { title: '99th percentile', unit: 'ms', better: 'lower' },
  },
  isWarmedUp: true,

  cells: ({ isQuick }) =>
    [
      { model: 'table', seconds: 1 },
      { model: 'mobilenet', seconds: 1.5 },
      ...(isQuick
        ? []
        : [
            { model: 'minilm-int8', seconds: 2 },
            { model: 'vit-small-int8', seconds: 4 },
          ]),
    ].map(({ model, seconds }): Cell => ({ model, condition: '', rivals: allRivals, settings: { seconds } })),

  open: (bench: Bench, { model, settings }: Cell, rival: string): Promise<Measurement> =>
    openedPage(bench, model, rival, async (page) => {
      const answer = await page.call('answers', 3);
      const { p50, p95, p99 } = (await page.call('loop', { callers: 1, ...settings })) as Record<string, number>;
      return { values: { p50: p50!, p95: p95!, p99: p99! }, answer };
    }),
};
