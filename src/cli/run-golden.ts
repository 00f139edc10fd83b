import { InpointError, InputError } from '../errors.ts';
import { difference, type Golden, type GoldenSample } from '../golden.ts';
import type { Model } from '../model.ts';

/** How one golden sample went. */
export interface SampleResult {
  readonly name: string;
  /** Where the answer is another than expected; undefined where it is not. */
  readonly problem: string | undefined;
}

/** Asks a model each sample in order, and compares. */
export async function runGolden(model: Model, golden: Golden, signal: AbortSignal): Promise<SampleResult[]> {
  const results: SampleResult[] = [];
  for (const sample of golden.samples) {
    signal.throwIfAborted();
    results.push({ name: sample.name, problem: await runSample(model, sample, signal) });
  }
  return results;
}

async function runSample(
  model: Model,
  { input, options, expected, tolerance }: GoldenSample,
  signal: AbortSignal,
): Promise<string | undefined> {
  const prediction = await model.predict(input, options, signal);
  if (expected.kind === 'answer') {
    if (prediction.kind === 'failure') return `it failed: ${messageOf(prediction.error)}`;
    return difference(expected.answer, prediction.answer, tolerance);
  }
  const { code, field } = expected.error;
  if (prediction.kind === 'answer') return `it was answered, and should fail with ${code}`;
  const { error } = prediction;
  const failed = error instanceof InpointError ? error.code : 'internal';
  if (failed !== code) return `it failed with ${failed} instead of ${code}: ${messageOf(error)}`;
  const named = error instanceof InputError ? error.field : undefined;
  return field === undefined || named === field ? undefined : `it names the field ${named} instead of ${field}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
