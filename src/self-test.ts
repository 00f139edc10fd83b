import type { Artifact } from './artifact/index.ts';
import type { InpointError } from './errors.ts';
import { difference, readGolden, type GoldenSample } from './golden.ts';
import type { Model } from './model.ts';
import type { NamedTensors } from './tensor.ts';

/** What a model's test on its engine came to. */
export interface SelfTest {
  /** The archive's own samples, an input that was made up, or nothing that could be tested with. */
  readonly by: 'golden' | 'made-up' | 'nothing';
  /** Samples that were compared. */
  readonly samples: number;
  /** Where an answer differs from what it should be; undefined where none does. */
  readonly failure: string | undefined;
  /** Milliseconds of one answer, the median of a few; undefined where none was timed. */
  readonly ms: number | undefined;
  /** What a made-up input gave, for another engine to compare with. */
  readonly outputs?: NamedTensors | undefined;
}

/** How a model is tested. */
export interface SelfTestOptions {
  /** What another engine gave for the made-up input. */
  readonly reference?: NamedTensors | undefined;
  /** Whether a few answers are timed. @default false */
  readonly isTimed?: boolean;
}

/** Samples that are compared at the most, and answers that are timed. */
const mostSamples = 16;
const mostTimed = 7;

/** Milliseconds that are spent on timing. */
const mostTimingMs = 1500;

/** Numbers of a made-up input may differ by this share, or by this much near zero. */
const madeUpTolerance = 1e-3;

/**
 * Tests a model on the golden samples of its archive, and times it on the first of them, if asked to. Of an archive
 * without any, it is run on an input that is made up, whose outputs can be compared with those of another engine.
 */
export async function selfTest(
  model: Model,
  artifact: Artifact,
  { reference, isTimed = false }: SelfTestOptions = {},
): Promise<SelfTest> {
  const { manifest } = model;
  const golden = await readGolden(artifact, manifest);
  const samples: GoldenSample[] = [];
  let failure: string | undefined;
  for (const sample of golden?.samples.slice(0, mostSamples) ?? []) {
    const found = await failureOf(model, sample);
    // They were made for another task than the one that it is deployed for.
    if (found === unfit) continue;
    samples.push(sample);
    failure ??= found;
  }
  if (samples.length > 0) {
    const { input, options } = samples.find(({ expected }) => expected.kind === 'answer') ?? samples[0]!;
    const answer = (): Promise<unknown> => model.predict(input, options, new AbortController().signal);
    const ms = isTimed ? await timed(answer) : undefined;
    return { by: 'golden', samples: samples.length, failure, ms };
  }
  const { probe } = model;
  if (!probe) return { by: 'nothing', samples: 0, failure: undefined, ms: undefined };
  let outputs: NamedTensors;
  try {
    outputs = await probe();
  } catch (error) {
    // Most likely the model cannot make sense of what was made up; with a reference, another engine could.
    const fails = reference && `it fails on what another engine answers: ${(error as Error).message}`;
    return { by: 'nothing', samples: 0, failure: fails, ms: undefined };
  }
  const differs = reference && difference(reference, outputs, madeUpTolerance, 'outputs');
  return { by: 'made-up', samples: 1, failure: differs, ms: isTimed ? await timed(probe) : undefined, outputs };
}

/** Stands for a sample that the task does not take. */
const unfit = 'unfit';

async function failureOf(
  model: Model,
  { name, input, options, expected, tolerance }: GoldenSample,
): Promise<string | undefined> {
  const prediction = await model.predict(input, options, new AbortController().signal);
  const what = `the golden sample ${JSON.stringify(name)}`;
  if (prediction.kind === 'failure') {
    const { code, message } = prediction.error as InpointError;
    if (expected.kind === 'error' && expected.error.code === code) return undefined;
    if (code === 'input-invalid') return unfit;
    return `${what} fails: ${message}`;
  }
  if (expected.kind === 'error') return `${what} is answered, and should fail with ${expected.error.code}`;
  const found = difference(expected.answer, prediction.answer, tolerance);
  return found && `${what} is answered wrong: ${found}`;
}

/** The median of a few, the first one left out: it has things to compile. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  const times: number[] = [];
  while (times.length < mostTimed && (times.length === 0 || performance.now() - start < mostTimingMs)) {
    const from = performance.now();
    await work();
    times.push(performance.now() - from);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
