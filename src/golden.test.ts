import { expect, test } from 'vitest';
import { difference, readGolden } from './golden.ts';

test.each<[string, unknown, unknown, number]>([
  ['numbers within the tolerance', 1, 1.00009, 1e-4],
  ['large numbers in proportion', 1000, 1000.09, 1e-4],
  ['a list and a typed array', [1, 2], Float32Array.of(1, 2), 0],
  ['64-bit integers', [1, 2], BigInt64Array.of(1n, 2n), 0],
  ['fields that are not expected', { a: 1 }, { a: 1, b: 2 }, 0],
  ['NaN, which JSON writes as null', { a: null }, { a: NaN }, 0],
])('difference() lets pass %s', (_, expected, actual, tolerance) => {
  expect(difference(expected, actual, tolerance)).toBeUndefined();
});

test.each<[string, unknown, unknown, RegExp]>([
  [
    'a number',
    { labels: [{ score: 0.5 }] },
    { labels: [{ score: 0.6 }] },
    /answer\.labels\[0\]\.score is 0\.6, not 0\.5/,
  ],
  ['a length', [1], [1, 2], /answer has 2 values, not 1/],
  ['a word', { a: 'x' }, { a: 'y' }, /answer\.a is "y", not "x"/],
  ['a field that is not there', { a: 'x' }, {}, /answer\.a is undefined/],
  ['NaN', 1, NaN, /NaN/],
  ['a type', { a: 1 }, { a: '1' }, /"1", not 1/],
  ['an object', { a: { b: 1 } }, { a: null }, /answer\.a is null, not an object/],
])('difference() tells of %s', (_, expected, actual, message) => {
  expect(difference(expected, actual, 1e-4)).toMatch(message);
});

async function read(json: object, files: Record<string, string> = {}): ReturnType<typeof readGolden> {
  const list = Object.entries({ 'golden.json': JSON.stringify(json), ...files }).map(([path, text]) => {
    const blob = new Blob([text]);
    return { path, size: blob.size, blob };
  });
  return readGolden({ name: 'm', files: list, downloadedBytes: 0 }, { golden: 'golden.json' });
}

test('readGolden() revives files, tensors and typed arrays', async () => {
  const golden = await read(
    {
      source: 'NumPy',
      samples: [
        { input: { image: { $file: 'a.bin' }, x: { $float32: [1, null] } }, answer: { $file: 'a.bin' }, tolerance: 1 },
        {
          input: { x: { $tensor: { type: 'int64', dims: [1], data: [7] } } },
          answer: { y: { $tensor: { type: 'bool', dims: [1], data: [true] } } },
        },
      ],
    },
    { 'a.bin': 'AB' },
  );
  const [first, second] = golden!.samples;
  const { image, x } = first!.input as { image: Blob; x: Float32Array };
  expect(await image.text()).toBe('AB');
  expect(x).toEqual(Float32Array.of(1, NaN));
  expect(first).toMatchObject({ tolerance: 1, expected: { answer: Uint8Array.of(65, 66) } });
  expect(second).toMatchObject({
    name: 'sample 1',
    input: { x: { data: BigInt64Array.of(7n) } },
    expected: { answer: { y: { data: Uint8Array.of(1) } } },
  });
});

test.each<[string, object]>([
  ['no samples', {}],
  ['a sample without an answer', { samples: [{ input: 1 }] }],
  ['a file that is not there', { samples: [{ input: { $file: 'b' }, answer: 1 }] }],
  ['a type that there is none', { samples: [{ input: { $float7: [1] }, answer: 1 }] }],
  ['a sample that is none', { samples: [3] }],
])('readGolden() refuses %s', async (_, json) => {
  await expect(read(json)).rejects.toMatchObject({ name: 'ManifestError' });
});

test.each<[string, object, RegExp]>([
  ['a tensor of nothing', { input: { $tensor: null }, answer: 1 }, /A "\$tensor" is an object/],
  [
    'a tensor without data',
    { input: { $tensor: { type: 'int8', dims: [1] } }, answer: 1 },
    /A "\$tensor" is an object/,
  ],
  ['half an integer', { input: { $int64: [1.5] }, answer: 1 }, /there is 1\.5, which is none/],
  ['a word as an integer', { input: { $uint64: ['x'] }, answer: 1 }, /there is "x", which is none/],
  [
    'a type by the name of a method',
    { input: { $toString: [1] }, answer: 1 },
    /no golden values of the type "toString"/,
  ],
  ['an error that is a text', { input: 1, error: 'bad' }, /samples\[0\]\.error no object with a "code"/],
  ['an error without a code', { input: 1, error: { field: 'x' } }, /samples\[0\]\.error no object with a "code"/],
  ['an error that is nothing', { input: 1, error: null }, /samples\[0\]\.error no object with a "code"/],
])('readGolden() refuses %s', async (_, sample, message) => {
  await expect(read({ samples: [sample] })).rejects.toMatchObject({
    code: 'file-invalid',
    message: expect.stringMatching(message) as string,
  });
});
