import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';
import { visitTwice } from './start.ts';

/** How the start grows with the model. */
export const growth: Scenario = {
  name: 'growth',
  title: 'Growth with the model',
  about:
    'Cold and warm start with models of more and more weights, of which a run looks at one: what is measured is the way of the bytes.',
  metrics: {
    coldMs: { title: 'cold start', unit: 'ms', better: 'lower' },
    warmMs: { title: 'warm start', unit: 'ms', better: 'lower' },
    warmModelBytes: { title: 'bytes of the model, second visit', unit: 'bytes', better: 'lower', isDifference: true },
  },
  isWarmedUp: false,

  cells: ({ isQuick }) =>
    (isQuick ? [1, 20] : [1, 20, 100, 200]).map((megabytes): Cell => ({
      model: `weights-${megabytes}`,
      condition: '',
      rivals: allRivals,
      settings: { megabytes },
    })),

  async open(bench: Bench, { model }: Cell, rival: string): Promise<Measurement> {
    return {
      async round() {
        const { values, answer } = await visitTwice(bench, model, rival);
        const { coldMs, warmMs, warmModelBytes } = values as Record<string, number>;
        return {
          values: { coldMs: coldMs!, ...(warmMs !== undefined && { warmMs, warmModelBytes: warmModelBytes! }) },
          answer,
        };
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};
