import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchPage } from '../browser/bench-browser.ts';
import type { Bench, Cell, Measurement, Plan, Round, Scenario } from './scenario.ts';
import { allRivals } from './scenario.ts';

/** From nothing to the first answer, on a first visit and on a second one. */
export const start: Scenario = {
  name: 'start',
  title: 'Start',
  about:
    'From `import` of the rival’s code to the first answer. Cold: a fresh profile. Warm: the same profile in a browser that was started again. The server sends no more than the line’s bits a second, and counts what it sends.',
  metrics: {
    coldMs: { title: 'cold start', unit: 'ms', better: 'lower' },
    warmMs: { title: 'warm start', unit: 'ms', better: 'lower' },
    coldBytes: { title: 'bytes of the first visit', unit: 'bytes', better: 'lower' },
    warmBytes: { title: 'bytes of the second visit', unit: 'bytes', better: 'lower', isDifference: true },
    warmModelBytes: {
      title: 'bytes of the model, second visit',
      unit: 'bytes',
      better: 'lower',
      isDifference: true,
    },
  },
  isWarmedUp: false,

  cells({ isQuick }: Plan): readonly Cell[] {
    const at = (model: string, megabits = 0): Cell => ({
      model,
      condition: megabits ? `${megabits} Mbit/s` : '',
      rivals: allRivals,
      settings: { megabits },
    });
    const quick = [at('digits'), at('mobilenet'), at('mobilenet', 50)];
    return isQuick ? quick : [...quick, at('mobilenet', 10), at('minilm-int8')];
  },

  async open(bench: Bench, { model, settings = {} }: Cell, rival: string): Promise<Measurement> {
    const megabits = settings['megabits'] || undefined;
    return {
      round: () => visitTwice(bench, model, rival, megabits),
      async [Symbol.asyncDispose]() {},
    };
  },
};

/** @param megabits a second, of both visits; a second one is not measured on a slow line, where it would say nothing new */
export async function visitTwice(bench: Bench, model: string, rival: string, megabits?: number): Promise<Round> {
  for (;;) {
    const { round, compressed } = await visits(bench, model, rival, megabits);
    // Files that are asked for for the first time are not ready, and then they are.
    if (compressed === 0) return round;
  }
}

async function visits(
  { engine, site, model: served }: Bench,
  model: string,
  rival: string,
  megabits?: number,
): Promise<{ round: Round; compressed: number }> {
  let compressed = 0;
  const profile = await mkdtemp(join(tmpdir(), 'inpoint-bench-profile-'));
  const visit = async (use: (page: BenchPage) => Promise<void> = async () => {}): Promise<Visit> => {
    await using browser = await engine.launch(engine.isInspectable ? { profile } : {});
    const page = await browser.open();
    site.takeTraffic();
    site.limit(megabits);
    try {
      const { ms, answer } = (await page.call('start', rival, served(model))) as { ms: number; answer: unknown };
      const { bytes, modelBytes, ...traffic } = site.takeTraffic();
      compressed += traffic.compressed;
      await use(page);
      return { ms, answer, bytes, modelBytes };
    } finally {
      site.limit(undefined);
    }
  };
  try {
    const isVisitedAgain = engine.isInspectable && megabits === undefined;
    // Browsers keep compiled code once it has run for a while, and write to their caches a little later.
    const cold = await visit(isVisitedAgain ? () => wait(stayMs) : undefined);
    const values = { coldMs: cold.ms, coldBytes: cold.bytes };
    if (!isVisitedAgain) return { round: { values, answer: cold.answer }, compressed };
    const warm = await visit();
    return {
      round: {
        values: { ...values, warmMs: warm.ms, warmBytes: warm.bytes, warmModelBytes: warm.modelBytes },
        answer: [cold.answer, warm.answer],
      },
      compressed,
    };
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Visit {
  readonly ms: number;
  readonly answer: unknown;
  readonly bytes: number;
  readonly modelBytes: number;
}

const stayMs = 1500;
