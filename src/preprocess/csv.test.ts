import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/table/csv.json' with { type: 'json' };
import { readCsvRow } from './csv.ts';

test.each(fixture.cases)('readCsvRow() reads $text as Python does', ({ text, fields }) => {
  expect(readCsvRow(text)).toEqual(fields);
});

test('readCsvRow() passes over a byte order mark and the end of the line', () => {
  expect(readCsvRow('\uFEFF1,2\r')).toEqual(['1', '2']);
  expect(readCsvRow('"1",2\n')).toEqual(['1', '2']);
});

test.each(['', ' \n', '"a', '"a" ,b', '"a"b', 'a\nb', 'a,"b"\nc', 'a\n\n'])('readCsvRow() refuses %j', (text) => {
  expect(() => readCsvRow(text)).toThrow(expect.objectContaining({ code: 'input-invalid', field: 'row' }));
});
