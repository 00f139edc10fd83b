import { allRivals, type Scenario } from './scenario.ts';
import { loopMeasurement } from './throughput.ts';

/** How answers a second and waiting grow with the callers. */
export const load: Scenario = {
  name: 'load',
  title: 'Growth with the load',
  about: 'The closed loops of the throughput, with more and more callers.',
  metrics: {
    perSecond: { title: 'answers a second', unit: '1/s', better: 'higher' },
    p95: { title: '95th percentile of a call', unit: 'ms', better: 'lower' },
  },
  isWarmedUp: true,

  cells: ({ isQuick }) =>
    (isQuick ? [2, 16, 128] : [1, 2, 4, 16, 32, 128, 256]).map((callers) => ({
      model: 'table',
      condition: callers === 1 ? '1 caller' : `${callers} callers`,
      rivals: allRivals,
      settings: { callers, seconds: 0.5 },
    })),

  open: loopMeasurement,
};
