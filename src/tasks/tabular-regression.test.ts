import { expect, test } from 'vitest';
import { ManifestError } from '../errors.ts';
import type { TabularRegressionManifest } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { tabularRegression, type Regression } from './tabular-regression.ts';
import type { TaskContext } from './task.ts';

type Context = TaskContext<TabularRegressionManifest>;

const variable = floats('variable', 1);

function contextOf(manifest: Partial<TabularRegressionManifest>, outputs: readonly TensorInfo[] = [variable]): Context {
  const columns = [{ name: 'x', type: 'number' }];
  const whole = { columns, preprocess: [], postprocess: [], targets: [], feeds: {}, results: {}, ...manifest };
  return { manifest: whole, inputs: [floats('features', 1)], outputs } as unknown as Context;
}

function floats(name: string, width: number): TensorInfo {
  return { name, type: 'float32', shape: ['batch', width] };
}

function row(...values: number[]): Tensor {
  return { type: 'float32', data: Float32Array.from(values), dims: [1, values.length] };
}

async function answerOf(context: Context, outputs: NamedTensors): Promise<Regression> {
  const work = await tabularRegression(context).prepare([1], {}, new AbortController().signal);
  return work.finish([outputs]);
}

test.each<[string, Partial<TabularRegressionManifest>, TensorInfo[], NamedTensors, Regression]>([
  ['names a number', {}, [variable], { variable: row(2) }, { value: 2, values: { value: 2 } }],
  ['numbers several', {}, [floats('y', 2)], { y: row(2, 3) }, { value: 2, values: { value_0: 2, value_1: 3 } }],
  ['names targets', { targets: ['a', 'b'] }, [floats('y', 2)], { y: row(2, 3) }, { value: 2, values: { a: 2, b: 3 } }],
  [
    'takes an output a target',
    { targets: ['b', 'a'] },
    [floats('a', 1), floats('b', 1)],
    { a: row(2), b: row(3) },
    { value: 3, values: { b: 3, a: 2 } },
  ],
  [
    'takes the usual output',
    {},
    [floats('std', 1), variable],
    { std: row(9), variable: row(2) },
    { value: 2, values: { value: 2 } },
  ],
  [
    'takes the output it is told',
    { results: { value: 'std' } },
    [floats('std', 1), variable],
    { std: row(9), variable: row(2) },
    { value: 9, values: { value: 9 } },
  ],
  [
    'scales all alike',
    { postprocess: [{ step: 'inverse-scale', mean: [1], scale: [2] }] },
    [floats('y', 2)],
    { y: row(2, 3) },
    { value: 5, values: { value_0: 5, value_1: 7 } },
  ],
])('tabularRegression() %s', async (_, manifest, outputs, given, expected) => {
  expect(await answerOf(contextOf(manifest, outputs), given)).toEqual(expected);
});

test('tabularRegression() refuses more or fewer numbers than targets', async () => {
  await expect(answerOf(contextOf({ targets: ['a', 'b'] }), { variable: row(1, 2, 3) })).rejects.toThrow(/3 numbers/);
});

test.each<[string, Partial<TabularRegressionManifest>, TensorInfo[] | undefined, RegExp]>([
  ['outputs of any name', {}, [floats('p', 1), floats('q', 1)], /gives "p", "q".*"results"/],
  ['an output that is not there', { results: { value: 'p' } }, undefined, /no output of numbers "p"/],
  [
    'a scale a target too many',
    { targets: ['a'], postprocess: [{ step: 'exp' }, { step: 'inverse-scale', mean: [1], scale: [1, 2] }] },
    undefined,
    /postprocess\[1\]\.scale/,
  ],
])('tabularRegression() refuses %s', (_, manifest, outputs, said) => {
  const make = (): unknown => tabularRegression(contextOf(manifest, outputs));
  expect(make).toThrow(ManifestError);
  expect(make).toThrow(said);
});

test('tabularRegression() refuses NaN for an answer', async () => {
  await expect(answerOf(contextOf({}), { variable: row(NaN) })).rejects.toMatchObject({
    code: 'inference-failed',
    message: expect.stringContaining('gave NaN') as string,
  });
});

test('tabularRegression() refuses a model of several rows at once when it is loaded', () => {
  const context = { ...contextOf({}), inputs: [{ name: 'features', type: 'float32', shape: [8, 1] }] } as Context;
  expect(() => tabularRegression(context)).toThrow('takes 8 records at once');
});

test('tabularRegression() takes an interface for a row', async () => {
  interface Flat {
    readonly x: number;
  }
  const flat: Flat = { x: 2 };
  const { records } = await tabularRegression(contextOf({})).prepare(flat, {}, new AbortController().signal);
  expect(records).toEqual([{ features: row(2) }]);
});
