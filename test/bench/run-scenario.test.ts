import { expect, it } from 'vitest';
import type { BenchBrowser } from '../../bench/browser/bench-browser.ts';
import { runScenario } from '../../bench/run-scenario.ts';
import type { Bench, Round, Scenario } from '../../bench/scenarios/scenario.ts';

let closed = 0;

/** A bench whose browsers are counted: no page is asked here. */
const bench = {
  isQuick: true,
  repository: '',
  engine: {
    name: 'chromium',
    missing: undefined,
    isInspectable: true,
    launch: async (): Promise<BenchBrowser> => ({
      version: '',
      profile: undefined,
      open: () => Promise.reject(new Error('There are no pages here.')),
      async [Symbol.asyncDispose]() {
        closed++;
      },
    }),
  },
  model: (name: string) => ({ name, dtype: 'fp32' }),
} as unknown as Bench;

/** A scenario whose rivals do in each round what is given by name. */
function scenarioOf(rivals: Readonly<Record<string, (index: number) => Promise<Round>>>, isWarmedUp = false): Scenario {
  return {
    name: 'made-up',
    title: 'Made up',
    about: '',
    metrics: { ms: { title: 'time', unit: 'ms', better: 'lower' } },
    isWarmedUp,
    cells: () => [{ model: 'digits', condition: '', rivals: Object.keys(rivals) }],
    async open({ engine }, _, rival) {
      const browser = await engine.launch();
      return { round: rivals[rival]!, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
    },
  };
}

const answers =
  (ms: number, answer: unknown = [1, 2]) =>
  async (): Promise<Round> => ({ values: { ms }, answer });

const options = { rounds: 3, limitMs: 100, missing: () => undefined };

it('runScenario() gives every rival its turn in every round, and turns the order round', async () => {
  const turns: string[] = [];
  const turn = (name: string) => async (): Promise<Round> => {
    turns.push(name);
    return { values: { ms: turns.length } };
  };
  const [a, b] = await runScenario(scenarioOf({ a: turn('a'), b: turn('b') }, true), bench, options);
  expect(turns.join('')).toBe('abbaabba');
  // The first round warms.
  expect(a!.values['ms']).toEqual([4, 5, 8]);
  expect(b!.values['ms']).toEqual([3, 6, 7]);
});

it('runScenario() leaves the reason in the cell of one who fails or hangs, closes its browser, and goes on', async () => {
  closed = 0;
  const failing = async (index: number): Promise<Round> => {
    if (index >= 1) throw new Error('It is broken.');
    return { values: { ms: 1 }, answer: [1, 2] };
  };
  const cells = await runScenario(
    scenarioOf({ good: answers(5), failing, hanging: () => new Promise(() => {}), last: answers(7) }),
    bench,
    options,
  );
  expect(cells.map(({ rival, values, reason }) => [rival, values['ms'], reason])).toEqual([
    ['good', [5, 5, 5], undefined],
    ['failing', undefined, 'failed: Error: It is broken.'],
    ['hanging', undefined, 'failed: Error: It took longer than 0.1 s.'],
    ['last', [7, 7, 7], undefined],
  ]);
  // Two of them were opened twice.
  expect(closed).toBe(6);
});

it('runScenario() repeats a round that fails once, and says so', async () => {
  let calls = 0;
  const flaky = async (): Promise<Round> => {
    if (++calls === 2) throw new Error('It was busy.');
    return { values: { ms: calls } };
  };
  const [cell] = await runScenario(scenarioOf({ flaky }), bench, options);
  expect(cell).toMatchObject({ values: { ms: [1, 3, 4] }, repeated: 'Error: It was busy.' });
  expect(cell!.reason).toBeUndefined();
});

it('runScenario() gives no figure to one who answers something else', async () => {
  const cells = await runScenario(scenarioOf({ right: answers(5), wrong: answers(1, [1, 3]) }), bench, options);
  expect(cells[1]).toMatchObject({ values: {}, reason: 'another answer than right: at 1: 3 is not 2' });
  expect(cells[0]!.reason).toBeUndefined();
});

it('runScenario() skips a model that is not there, with the reason', async () => {
  const missing = (): string => 'no Python';
  const [cell] = await runScenario(scenarioOf({ a: answers(5) }), bench, { ...options, missing });
  expect(cell).toMatchObject({ values: {}, reason: 'skipped: no Python' });
});
