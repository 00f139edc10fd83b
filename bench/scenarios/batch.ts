import { openedPage } from './opened-page.ts';
import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** A table of 100,000 rows. */
export const batch: Scenario = {
  name: 'batch',
  title: 'Batch',
  about:
    'Rows of a table, 1,000 of them stacked into each call, one call after the other; making and splitting the stacks is part of it.',
  metrics: { perSecond: { title: 'rows a second', unit: '1/s', better: 'higher' } },
  isWarmedUp: true,

  cells({ isQuick }) {
    const rows = isQuick ? 20_000 : 100_000;
    const condition = `${rows.toLocaleString('en')} rows`;
    return [{ model: 'table', condition, rivals: allRivals, settings: { rows, chunk: 1000 } }];
  },

  open: (bench: Bench, { model, settings }: Cell, rival: string): Promise<Measurement> =>
    openedPage(bench, model, rival, async (page) => {
      const { perSecond, answer } = (await page.call('batch', settings)) as { perSecond: number; answer: unknown };
      return { values: { perSecond }, answer };
    }),
};
