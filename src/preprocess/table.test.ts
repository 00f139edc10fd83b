import { expect, test } from 'vitest';
import { InputError, ManifestError } from '../errors.ts';
import type { Column, TableStep } from '../manifest/index.ts';
import fixture from '../../test/fixtures/table/steps.json' with { type: 'json' };
import { createTableEncoder } from './table.ts';

interface Case {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly steps: readonly TableStep[];
  readonly rows: readonly unknown[][];
  readonly names: readonly string[];
  readonly expected: readonly (number | null)[][];
}

test.each(fixture.cases as unknown as Case[])(
  `createTableEncoder() gives what scikit-learn gives: $name`,
  ({ columns, steps, rows, names, expected }) => {
    const encoder = createTableEncoder(
      columns.map((column) => ({ ...column, optional: true })),
      steps,
    );
    expect(encoder.features.map(({ name }) => name)).toEqual(names);
    for (const [i, row] of rows.entries()) {
      const cells = encoder.encode(row);
      expect(cells).toHaveLength(expected[i]!.length);
      for (const [k, value] of expected[i]!.entries()) {
        if (value === null) expect(cells[k]).toBeNaN();
        else expect(Math.abs((cells[k] as number) - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
      }
    }
  },
);

const number = (name: string, rest: Partial<Column> = {}): Column => ({ name, type: 'number', ...rest });
const category = (name: string, rest: Partial<Column> = {}): Column => ({ name, type: 'category', ...rest });
const people = [number('age'), category('sex', { values: ['f', 'm'] }), number('Account Length')];

test.each([
  [{ age: 39.1, sex: 'f', 'Account Length': 3 }],
  [{ 'Account Length': ' 3 ', sex: 'f', age: '39.1' }],
  [[39.1, 'f', 3n]],
  ['39.1,f,+3'],
  ['"39.1","f",3e0\r\n'],
])('createTableEncoder() reads a row as people have it, %#', (row) => {
  expect(createTableEncoder(people, []).encode(row)).toEqual([39.1, 'f', 3]);
});

test('createTableEncoder() reads an array of numbers of any type', () => {
  const encoder = createTableEncoder([number('x'), number('y')], []);
  expect(encoder.encode(new Float32Array([0.5, -2]))).toEqual([0.5, -2]);
  expect(encoder.encode(new BigInt64Array([5n, -2n]))).toEqual([5, -2]);
});

test.each([null, undefined, NaN, '', '  ', 'NA', 'nan', 'NaN', 'null', '<NA>', 'None', 'n/a'])(
  'createTableEncoder() takes %j for missing',
  (missing) => {
    const optional = [number('x', { optional: true }), category('y', { optional: true })];
    expect(createTableEncoder(optional, []).encode({ x: missing, y: missing })).toEqual([NaN, null]);
    const encoder = createTableEncoder(optional.slice(0, 1), [{ step: 'impute', columns: ['x'], values: [7] }]);
    expect(encoder.encode([missing])).toEqual([7]);
    expect(() => createTableEncoder([number('x')], []).encode([missing])).toThrow(
      expect.objectContaining({ code: 'input-invalid', field: 'row.x' }),
    );
  },
);

test('createTableEncoder() takes a word for missing only where it is no category', () => {
  const encoder = createTableEncoder(
    [category('country', { values: ['DE', 'NA'] }), category('other', { optional: true })],
    [{ step: 'one-hot', columns: ['other'], categories: [['None', 'some']], unknown: 'ignore' }],
  );
  expect(encoder.encode(['NA', 'None'])).toEqual(['NA', 1, 0]);
  expect(encoder.encode(['NA', 'NA'])).toEqual(['NA', 0, 0]);
});

test('createTableEncoder() finds categories that are numbers or booleans, whatever they are written as', () => {
  const encoder = createTableEncoder(
    [category('code'), category('flag'), category('id')],
    [
      {
        step: 'ordinal',
        columns: ['code', 'flag', 'id'],
        categories: [
          [408, 415.5],
          [false, true],
          ['007', '7'],
        ],
      },
    ],
  );
  expect(encoder.encode([415.5, true, '007'])).toEqual([1, 1, 0]);
  expect(encoder.encode('408.0,True,7')).toEqual([0, 1, 1]);
  expect(encoder.encode(['4.08e2', 'false', 7])).toEqual([0, 0, 1]);
  expect(() => encoder.encode(['408', 'False', '07'])).toThrow(expect.objectContaining({ field: 'row.id' }));
});

test('createTableEncoder() asks for no column that nothing looks at', () => {
  const columns = [number('age'), category('phone'), number('x')];
  const encoder = createTableEncoder(columns, [{ step: 'select', columns: ['x', 'age'] }]);
  expect(encoder.encode({ age: 1, x: 2 })).toEqual([2, 1]);
  expect(encoder.encode('1,,2')).toEqual([2, 1]);
});

test.each([
  ['row.age', { sex: 'f', 'Account Length': 3 }, 'has no value'],
  ['row.Age', { Age: 3, sex: 'f', 'Account Length': 3 }, 'Did you mean "age"?'],
  ['row.account_length', { age: 3, sex: 'f', account_length: 3 }, 'Did you mean "Account Length"?'],
  ['row.weight', { age: 3, sex: 'f', weight: 3 }, 'The columns are "age", "sex", "Account Length"'],
  ['row.age', ['old', 'f', 3], 'not a number'],
  ['row.age', ['1,5', 'f', 3], 'not a number'],
  ['row.age', ['0x10', 'f', 3], 'not a number'],
  ['row.age', [true, 'f', 3], 'not a number'],
  ['row.age', [{}, 'f', 3], 'not a number'],
  ['row.age', [[1], 'f', 3], 'not a number'],
  ['row.age', [new Date(0), 'f', 3], 'not a number'],
  ['row.age', [Infinity, 'f', 3], 'infinite'],
  ['row.age', ['-inf', 'f', 3], 'infinite'],
  ['row.age', ['1e999', 'f', 3], 'infinite'],
  ['row.sex', [1, 'F', 3], '"f", "m"'],
  ['row.sex', [1, 'x', 3], 'knows no "x"'],
  ['row.sex', [1, ['f'], 3], 'not a category'],
  ['row.sex', [1, Infinity, 3], 'not a category'],
  ['row', [1, 'f'], '2 values'],
  ['row', '1,f,3,4', '4 values'],
  ['row', '1;f;3', '1 value'],
  ['row', '', 'empty'],
  ['row', '1,"f,3', 'never closed'],
  ['row', '1,"f"x,3', 'closing quote'],
  ['row', '1,f,3\n1,f,3', 'more than one row'],
  ['row', 5, 'A row is'],
  ['row', null, 'A row is'],
  ['row', undefined, 'A row is'],
  ['row', new Map([['age', 1]]), 'A row is'],
  ['row', new DataView(new ArrayBuffer(24)), 'A row is'],
])('createTableEncoder() refuses by the name of %s the row %#', (field, row, said) => {
  const encode = (): unknown => createTableEncoder(people, []).encode(row);
  expect(encode).toThrow(InputError);
  expect(encode).toThrow(expect.objectContaining({ field, message: expect.stringContaining(said) as string }));
});

test.each<[TableStep, unknown[], string]>([
  [{ step: 'log1p', columns: ['age'] }, [-1, 'f', 3], 'row.age'],
  [{ step: 'power', columns: ['age'], method: 'box-cox', lambdas: [1] }, [0, 'f', 3], 'row.age'],
  [{ step: 'one-hot', columns: ['sex'], categories: [['f']] }, [1, 'm', 3], 'row.sex'],
  [{ step: 'ordinal', columns: ['age'], categories: [[1, 2]] }, [3, 'f', 3], 'row.age'],
])('createTableEncoder() refuses what the step %j cannot take', (step, row, field) => {
  expect(() => createTableEncoder(people, [step]).encode(row)).toThrow(
    expect.objectContaining({ code: 'input-invalid', field }),
  );
});

test.each<[string, TableStep]>([
  ['preprocess[1].columns[1]', { step: 'log1p', columns: ['age', 'Age'] }],
  ['preprocess[1].columns[1]', { step: 'log1p', columns: ['age', 'age'] }],
  ['preprocess[1].columns[0]', { step: 'log1p', columns: ['sex'] }],
  ['preprocess[1].columns[0]', { step: 'standard-scale', columns: ['sex'], mean: [0], scale: [1] }],
  ['preprocess[1].columns[0]', { step: 'normalize', columns: ['sex'], norm: 'l2' }],
  ['preprocess[1].mean', { step: 'standard-scale', columns: ['age'], mean: [0, 1], scale: [1] }],
  ['preprocess[1].scale', { step: 'standard-scale', columns: ['age'], mean: [0], scale: [1, 1] }],
  ['preprocess[1].scale[0]', { step: 'standard-scale', columns: ['age'], mean: [0], scale: [0] }],
  ['preprocess[1].min', { step: 'min-max-scale', columns: ['age'], min: [0, 1], scale: [1] }],
  ['preprocess[1].min', { step: 'clip', columns: ['age'], min: 2, max: 1 }],
  ['preprocess[1].lambdas', { step: 'power', columns: ['age'], method: 'box-cox', lambdas: [1, 2] }],
  ['preprocess[1].edges', { step: 'bin', columns: ['age'], edges: [] }],
  ['preprocess[1].edges[0]', { step: 'bin', columns: ['age'], edges: [[1, 3, 2]] }],
  ['preprocess[1].values', { step: 'impute', columns: ['age'], values: [] }],
  ['preprocess[1].values[0]', { step: 'impute', columns: ['age'], values: ['x'] }],
  ['preprocess[1].indicator[0]', { step: 'impute', columns: ['age'], values: [1], indicator: ['sex'] }],
  ['preprocess[1].categories', { step: 'one-hot', columns: ['sex'], categories: [] }],
  ['preprocess[1].categories[0][2]', { step: 'one-hot', columns: ['sex'], categories: [['a', 'b', 'a']] }],
  ['preprocess[1].drop', { step: 'one-hot', columns: ['sex'], categories: [['a']], drop: [] }],
  ['preprocess[1].drop[0]', { step: 'one-hot', columns: ['sex'], categories: [['a']], drop: [1] }],
  ['preprocess[1].categories', { step: 'ordinal', columns: ['sex'], categories: [['a'], ['b']] }],
  ['preprocess[1].columns[0]', { step: 'select', columns: ['phone'] }],
])('createTableEncoder() refuses at %s the step %j', (place, step) => {
  const make = (): unknown => createTableEncoder(people, [{ step: 'log1p', columns: ['Account Length'] }, step]);
  expect(make).toThrow(ManifestError);
  expect(make).toThrow(
    expect.objectContaining({ code: 'file-invalid', message: expect.stringContaining(`${place} of`) as string }),
  );
});

test('createTableEncoder() refuses two columns of one name, at once or by a step', () => {
  expect(() => createTableEncoder([number('x'), number('y'), number('x')], [])).toThrow(/columns\[2\]/);
  const columns = [category('a'), number('a_b')];
  expect(() => createTableEncoder(columns, [{ step: 'one-hot', columns: ['a'], categories: [['b']] }])).toThrow(
    /preprocess\[0\] of inference.json makes a second column "a_b"/,
  );
});

test('createTableEncoder() lets a value be missing where a step says what becomes of it', () => {
  const columns = [number('x'), category('y'), number('z')];
  const steps: TableStep[] = [
    { step: 'impute', columns: ['x'], values: [7] },
    { step: 'one-hot', columns: ['y'], categories: [['a', null]] },
  ];
  expect(createTableEncoder(columns, steps).encode({ z: 1 })).toEqual([7, 0, 1, 1]);
  const refused = createTableEncoder([{ ...columns[0]!, optional: false }, ...columns.slice(1)], steps);
  expect(() => refused.encode({ z: 1 })).toThrow(expect.objectContaining({ field: 'row.x' }));
});

test('createTableEncoder() asks for a column that a step looks at, if only to leave it out afterwards', () => {
  const encoder = createTableEncoder(
    [number('x'), category('y')],
    [
      { step: 'one-hot', columns: ['y'], categories: [['a', 'b']] },
      { step: 'select', columns: ['x'] },
    ],
  );
  expect(encoder.encode([1, 'b'])).toEqual([1]);
  expect(() => encoder.encode([1, 'c'])).toThrow(expect.objectContaining({ field: 'row.y' }));
});
