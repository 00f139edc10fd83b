import { expect, test } from 'vitest';
import { inferTable } from './table.ts';

test('inferTable() takes the columns that skops writes, with the types of its examples', () => {
  const config = {
    sklearn: {
      columns: ['age', 'sex', 'member', 'height'],
      example_input: { age: [39, 40, 41], sex: ['f', 'm', 'f'], member: [true, false, true] },
    },
    id2label: { 0: 'no', 1: 'yes' },
  };
  expect(inferTable('tabular-classification', { config })).toEqual({
    columns: [
      { name: 'age', type: 'number' },
      { name: 'sex', type: 'category' },
      { name: 'member', type: 'category' },
      { name: 'height', type: 'number' },
    ],
    preprocess: [],
    labels: ['no', 'yes'],
  });
});

test.each([undefined, {}, { sklearn: {} }, { sklearn: { columns: 'age' } }])(
  'inferTable() gives no columns where %j has none',
  (config) => {
    expect(inferTable('tabular-regression', { config })).toEqual({
      columns: [],
      preprocess: [],
      targets: [],
      postprocess: [],
    });
  },
);
