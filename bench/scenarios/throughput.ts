import { openedPage } from './opened-page.ts';
import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** Answers a second, of one caller and of many at once. */
export const throughput: Scenario = {
  name: 'throughput',
  title: 'Throughput',
  about: 'So many callers, each of whom asks again once it is answered: a closed loop, everything warm.',
  metrics: {
    perSecond: { title: 'answers a second', unit: '1/s', better: 'higher' },
    p95: { title: '95th percentile of a call', unit: 'ms', better: 'lower' },
  },
  isWarmedUp: true,

  cells: ({ isQuick }) =>
    ['table', 'mobilenet'].flatMap((model) =>
      (isQuick ? [1, 64] : [1, 8, 64]).map((callers): Cell => ({
        model,
        condition: callers === 1 ? '1 caller' : `${callers} callers`,
        rivals: allRivals,
        settings: { callers, seconds: isQuick ? 1 : 1.5 },
      })),
    ),

  open: loopMeasurement,
};

/** Measures closed loops of as many callers as the cell says. */
export function loopMeasurement(bench: Bench, { model, settings }: Cell, rival: string): Promise<Measurement> {
  return openedPage(bench, model, rival, async (page) => {
    const answer = await page.call('answers', 3);
    const { perSecond, p95 } = (await page.call('loop', settings)) as Record<string, number>;
    return { values: { perSecond: perSecond!, p95: p95! }, answer };
  });
}
