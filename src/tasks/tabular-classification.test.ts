import { expect, test } from 'vitest';
import { InputError, ManifestError } from '../errors.ts';
import type { Column, TabularClassificationManifest } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { tabularClassification } from './tabular-classification.ts';
import type { Classification } from './classify.ts';
import type { TaskContext } from './task.ts';

const x: Column = { name: 'x', type: 'number' };
const sex: Column = { name: 'sex', type: 'category' };
const features: TensorInfo = { name: 'features', type: 'float32', shape: ['batch', 1] };

function contextOf(
  manifest: Partial<TabularClassificationManifest>,
  outputs: readonly TensorInfo[] = [floats('probabilities', 2)],
  inputs: readonly TensorInfo[] = [features],
): TaskContext<TabularClassificationManifest> {
  const whole = { columns: [x], preprocess: [], labels: ['a', 'b'], feeds: {}, results: {}, ...manifest };
  return { manifest: whole, inputs, outputs } as unknown as TaskContext<TabularClassificationManifest>;
}

function floats(name: string, width: number): TensorInfo {
  return { name, type: 'float32', shape: ['batch', width] };
}

const label: TensorInfo = { name: 'label', type: 'int64', shape: ['batch'] };

const signal = new AbortController().signal;

async function answerOf(context: ReturnType<typeof contextOf>, outputs: NamedTensors): Promise<Classification> {
  const work = await tabularClassification(context).prepare([1], {}, signal);
  return work.finish([outputs]);
}

async function feedsOf(context: ReturnType<typeof contextOf>, given: unknown): Promise<NamedTensors> {
  const { records } = await tabularClassification(context).prepare(given as never, {}, signal);
  expect(records).toHaveLength(1);
  return records[0]!;
}

function row(...values: number[]): Tensor {
  return { type: 'float32', data: Float32Array.from(values), dims: [1, values.length] };
}

test.each<[string, TensorInfo[], Partial<TabularClassificationManifest>, NamedTensors, [string, number][]]>([
  [
    'takes probabilities as they are',
    [label, floats('probabilities', 2)],
    {},
    { probabilities: row(0.2, 0.8) },
    [
      ['b', 0.8],
      ['a', 0.2],
    ],
  ],
  [
    'takes the name that skl2onnx gave before',
    [floats('output_probability', 2)],
    {},
    { output_probability: row(0.9, 0.1) },
    [
      ['a', 0.9],
      ['b', 0.1],
    ],
  ],
  [
    'takes numbers beside a label for probabilities',
    [label, floats('output', 2)],
    {},
    { output: row(0.4, 0.6) },
    [
      ['b', 0.6],
      ['a', 0.4],
    ],
  ],
  [
    'makes two of the one probability',
    [floats('prob', 1)],
    {},
    { prob: row(0.25) },
    [
      ['a', 0.75],
      ['b', 0.25],
    ],
  ],
  [
    'leaves one probability alone where there is one label',
    [floats('prob', 1)],
    { labels: ['risk'] },
    { prob: row(0.25) },
    [['risk', 0.25]],
  ],
  [
    'makes probabilities of logits',
    [floats('logits', 2)],
    {},
    { logits: row(0, Math.log(3)) },
    [
      ['b', 0.75],
      ['a', 0.25],
    ],
  ],
  [
    'makes two of the one logit',
    [floats('logits', 1)],
    {},
    { logits: row(Math.log(3)) },
    [
      ['b', 0.75],
      ['a', 0.25],
    ],
  ],
  [
    'does what the manifest says',
    [floats('logits', 2)],
    { postprocess: [{ step: 'sigmoid' }] },
    { logits: row(0, 0) },
    [
      ['a', 0.5],
      ['b', 0.5],
    ],
  ],
  [
    'takes the output that the manifest names',
    [floats('x', 2), floats('y', 2)],
    { results: { probabilities: 'y' } },
    { x: row(1, 0), y: row(0, 1) },
    [
      ['b', 1],
      ['a', 0],
    ],
  ],
  [
    'takes an output for logits that the manifest calls so',
    [floats('x', 2), floats('y', 2)],
    { results: { logits: 'x' } },
    { x: row(0, 0), y: row(9, 9) },
    [
      ['a', 0.5],
      ['b', 0.5],
    ],
  ],
  [
    'numbers labels without a name',
    [floats('probabilities', 3)],
    { labels: [] },
    { probabilities: row(0.1, 0.2, 0.7) },
    [
      ['LABEL_2', 0.7],
      ['LABEL_1', 0.2],
      ['LABEL_0', 0.1],
    ],
  ],
])('tabularClassification() %s', async (_, outputs, manifest, given, expected) => {
  const { labels } = await answerOf(contextOf(manifest, outputs), {
    ...given,
    label: { type: 'int64', data: new BigInt64Array(1), dims: [1] },
  });
  expect(labels.map((one) => one.label)).toEqual(expected.map(([name]) => name));
  for (const [i, [, score]] of expected.entries()) expect(labels[i]!.score).toBeCloseTo(score, 6);
});

test('tabularClassification() gives the label of a model that gives no more, by name where it has one', async () => {
  const whole = (value: bigint): Tensor => ({ type: 'int64', data: BigInt64Array.of(value), dims: [1] });
  expect(await answerOf(contextOf({}, [label]), { label: whole(1n) })).toEqual({ labels: [{ label: 'b', score: 1 }] });
  expect(await answerOf(contextOf({}, [label]), { label: whole(7n) })).toEqual({ labels: [{ label: '7', score: 1 }] });
  const words: TensorInfo = { name: 'output_label', type: 'string', shape: ['batch'] };
  const word: Tensor = { type: 'string', data: ['left'], dims: [1] };
  expect(await answerOf(contextOf({}, [words]), { output_label: word })).toEqual({
    labels: [{ label: 'left', score: 1 }],
  });
});

test('tabularClassification() feeds all columns to an only input, even if it is named like one of them', async () => {
  const columns: Column[] = [x, { name: 'y', type: 'number' }];
  const context = contextOf({ columns }, undefined, [{ name: 'x', type: 'float32', shape: ['batch', 'features'] }]);
  expect(await feedsOf(context, { y: 2, x: 1 })).toEqual({ x: row(1, 2) });
});

test('tabularClassification() feeds float64 where the model wants it', async () => {
  const feeds = await feedsOf(contextOf({}, undefined, [{ ...features, type: 'float64' }]), [0.1]);
  expect(feeds).toEqual({ features: { type: 'float64', data: Float64Array.of(0.1), dims: [1, 1] } });
});

test('tabularClassification() feeds one input a column, and tells the columns by them', async () => {
  const inputs: TensorInfo[] = [
    { name: 'Account_Length', type: 'float32', shape: ['batch', 1] },
    { name: 'sex', type: 'string', shape: ['batch', 1] },
    { name: 'code', type: 'int64', shape: ['batch'] },
  ];
  const expected = {
    Account_Length: { type: 'float32', data: Float32Array.of(3.5), dims: [1, 1] },
    sex: { type: 'string', data: ['f'], dims: [1, 1] },
    code: { type: 'int64', data: BigInt64Array.of(408n), dims: [1] },
  };
  expect(await feedsOf(contextOf({ columns: [] }, undefined, inputs), '3.5,f,408')).toEqual(expected);
  const columns: Column[] = [
    { name: 'phone', type: 'category' },
    { name: 'code', type: 'number' },
    { name: 'sex', type: 'category', optional: true },
    { name: 'Account Length', type: 'number', optional: true },
  ];
  const named = contextOf({ columns }, undefined, inputs);
  expect(await feedsOf(named, { code: 408, sex: 'f', 'Account Length': 3.5 })).toEqual(expected);
  const missing = await feedsOf(named, { code: 408 });
  expect(missing['sex']!.data).toEqual(['']);
  expect(missing['Account_Length']!.data).toEqual(Float32Array.of(NaN));
  const prepare = (given: object): unknown => tabularClassification(named).prepare(given, {}, signal);
  expect(() => prepare({ code: 1.5, sex: 'f' })).toThrow(expect.objectContaining({ field: 'row.code' }));
});

test('tabularClassification() feeds strings as one tensor where the model takes them so', async () => {
  const columns: Column[] = [sex, { name: 'plan', type: 'category' }];
  const inputs: TensorInfo[] = [{ name: 'input', type: 'string', shape: ['batch', 2] }];
  expect(await feedsOf(contextOf({ columns }, undefined, inputs), { sex: 'f', plan: 3 })).toEqual({
    input: { type: 'string', data: ['f', '3'], dims: [1, 2] },
  });
});

test.each<[string, number, TensorInfo['type']]>([
  ['row.x', 1e39, 'float32'],
  ['row.x', 1e6, 'float16'],
  ['row.x', 1.5, 'int64'],
  ['row.x', NaN, 'int32'],
])('tabularClassification() refuses by the name of %s the value %d for %s', (field, value, type) => {
  const context = contextOf({ columns: [{ ...x, optional: true }] }, undefined, [{ ...features, type }]);
  const prepare = (): unknown => tabularClassification(context).prepare([value], {}, signal);
  expect(prepare).toThrow(InputError);
  expect(prepare).toThrow(expect.objectContaining({ field }));
});

test.each<[string, Partial<TabularClassificationManifest>, TensorInfo[] | undefined, TensorInfo[] | undefined, RegExp]>(
  [
    ['no columns', { columns: [] }, undefined, undefined, /"columns"/],
    ['columns that are too few', {}, undefined, [{ ...features, shape: [1, 3] }], /takes 3 numbers.*make 1: "x"/],
    ['a category among numbers', { columns: [sex] }, undefined, undefined, /"sex" is a category.*"one-hot"/],
    ['a number for strings', {}, undefined, [{ ...features, type: 'string' }], /"x" is a number.*"category"/],
    [
      'an input without a column',
      {},
      undefined,
      [
        { ...features, name: 'x' },
        { ...features, name: 'y' },
      ],
      /wants an input "y"/,
    ],
    [
      'a group of what is not there',
      { groups: { features: ['z'] } },
      undefined,
      undefined,
      /groups\.features\[0\].*"z"/,
    ],
    ['numbers that may be anything', {}, [floats('output', 2)], undefined, /probabilities or logits.*"postprocess"/],
    ['several outputs of any name', {}, [floats('p', 2), floats('q', 2)], undefined, /"results"/],
    ['an output that is not there', { results: { probabilities: 'p' } }, undefined, undefined, /no output "p"/],
    [
      'maps',
      {},
      [label, { name: 'output_probability', type: undefined, shape: [] }],
      undefined,
      /options=\{'zipmap': False\}/,
    ],
    [
      'maps that the manifest names',
      { results: { probabilities: 'p' } },
      [label, { name: 'p', type: undefined, shape: [] }],
      undefined,
      /zipmap/,
    ],
  ],
)('tabularClassification() refuses %s', (_, manifest, outputs, inputs, said) => {
  const make = (): unknown => tabularClassification(contextOf(manifest, outputs, inputs));
  expect(make).toThrow(ManifestError);
  expect(make).toThrow(said);
});
