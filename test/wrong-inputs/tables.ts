import { calls, type WrongCall } from './row.ts';

const long = 'long '.repeat(200_000);
const columns = /The columns are "area \(m²\)", "rooms", "age", "heating", "garage"/;
const row = { 'area (m²)': 80, rooms: 3, age: 20, heating: 'gas', garage: true };
const colours = { colour: 'blue', weight: 65, size: 'L', width: 2 };

export const tables: readonly WrongCall[] = [
  ...calls('tabular-regression', [
    ['nothing', undefined, 'row', columns],
    ['null', null, 'row', columns],
    ['a number', 80, 'row', columns],
    ['true', true, 'row', columns],
    ['an empty line', '', 'row', /row is empty: pass its values/],
    ['blanks', '   \n', 'row', /row is empty/],
    ['a Map', new Map(Object.entries(row)), 'row', columns],
    ['a Date', new Date(0), 'row', columns],
    ['an empty object', {}, 'row.area (m²)', /has no value, and the model needs one: a number/],
    ['a column missing', { ...row, rooms: undefined }, 'row.rooms', /"rooms" has no value.*a number/],
    ['a column that is null', { ...row, rooms: null }, 'row.rooms', /has no value/],
    ['a column of NaN', { ...row, rooms: NaN }, 'row.rooms', /has no value/],
    ['a column of NA', { ...row, rooms: 'NA' }, 'row.rooms', /has no value/],
    ['a blank category', { ...row, heating: ' ' }, 'row.heating', /needs one: one of "gas", "heat pump"/],
    ['a column too many', { ...row, garden: true }, 'row.garden', /no column "garden"/],
    ['a column with a wrong letter', { ...row, romms: 3 }, 'row.romms', /Did you mean "rooms"\?/],
    ['a column in capitals', { ...row, Rooms: 3 }, 'row.Rooms', /Did you mean "rooms"\?/],
    ['a column of the prototype', JSON.parse('{ "__proto__": 1 }'), 'row.__proto__', /no column "__proto__"/],
    ['a column called constructor', { ...row, constructor: 1 }, 'row.constructor', /no column "constructor"/],
    ['a word for a number', { ...row, rooms: 'three' }, 'row.rooms', /"three" of the column "rooms" is not a number/],
    ['a number with a unit', { ...row, rooms: '3 rooms' }, 'row.rooms', /is not a number: pass a finite number/],
    ['a number with a comma', { ...row, rooms: '3,5' }, 'row.rooms', /is not a number/],
    ['a number in hexadecimal digits', { ...row, rooms: '0x3' }, 'row.rooms', /is not a number/],
    ['true for a number', { ...row, rooms: true }, 'row.rooms', /true of the column "rooms" is not a number/],
    ['a list for a number', { ...row, rooms: [3] }, 'row.rooms', /a list of the column "rooms" is not a number/],
    [
      'an object for a number',
      { ...row, rooms: { n: 3 } },
      'row.rooms',
      /an object of the column "rooms" is not a number/,
    ],
    ['a number without end', { ...row, rooms: Infinity }, 'row.rooms', /is infinite: pass a finite number/],
    ['a number without end, in words', { ...row, rooms: '-inf' }, 'row.rooms', /is infinite/],
    ['digits beyond all numbers', { ...row, rooms: '1e999' }, 'row.rooms', /is infinite/],
    ['a megabyte for a number', { ...row, rooms: long }, 'row.rooms', /is not a number/],
    ['a megabyte for a name', { [long.trim()]: 1 }, `row.${long.trim()}`, /has no column/],
    [
      'an unknown category',
      { ...row, heating: 'coal' },
      'row.heating',
      /knows no "coal"; it is one of "gas", "heat pump"/,
    ],
    ['a category in capitals', { ...row, heating: 'GAS' }, 'row.heating', /knows no "GAS"/],
    ['a category by number', { ...row, heating: 1 }, 'row.heating', /knows no 1; it is one of/],
    ['a list for a category', { ...row, heating: ['gas'] }, 'row.heating', /not a category: pass a string/],
    ['an unknown category of a step', { ...row, garage: 'maybe' }, 'row.garage', /"maybe".*one of false, true/],
    ['too few values', [80, 3, 20], 'row', /has 3 values, and the table has 5 columns/],
    ['too many values', [80, 3, 20, 'gas', true, 1], 'row', /has 6 values, and the table has 5/],
    ['one value', [80], 'row', /has 1 value, and/],
    ['no values', [], 'row', /has 0 values, and/],
    ['a hole among values', holed(), 'row.rooms', /has no value/],
    [
      'values in another order',
      ['gas', 3, 20, 80, true],
      'row.area (m²)',
      /"gas" of the column "area \(m²\)" is not a number/,
    ],
    ['numbers for all columns', new Float64Array(5), 'row.heating', /knows no 0/],
    ['bytes, though too few', new Uint8Array(3), 'row', /has 3 values/],
    ['a line with too few values', '80,3,20', 'row', /has 3 values/],
    ['a line between semicolons', '80;3;20;gas;true', 'row', /has 1 value, and the table has 5/],
    ['a quote that is not closed', '80,3,20,"gas,true', 'row', /quote at character \d+ of the row is never closed/],
    ['text behind a quote', '80,3,20,"gas"x,true', 'row', /Text follows the closing quote/],
    ['two lines', '80,3,20,gas,true\n80,3,20,gas,true', 'row', /more than one row/],
    ['a header', 'area (m²),rooms,age,heating,garage', 'row.area (m²)', /is not a number/],
    ['a megabyte on a line', long, 'row', /has 1 value/],
    ['an option, though it has none', row, 'topK', /no option "topK"/, { topK: 2 }],
  ]),
  ...calls('tabular-classification--embeddings', [
    ['a list of rows', [colours], 'row', /has 1 value, and the table has 4/],
    ['a row in an object', { row: colours }, 'row.row', /no column "row"/],
    ['a weight beyond 32 bits', { ...colours, weight: 1e300 }, 'row.weight', /too large for the model's float32/],
    ['a missing category', { ...colours, size: null }, 'row.size', /has no value/],
    ['topK of 0', colours, 'topK', /topK is a whole number above 0/, { topK: 0 }],
    ['an option with a wrong letter', colours, 'topk', /no option "topk".*topK/, { topk: 1 }],
  ]),
  ...calls('tabular-classification--sklearn', [
    ['a column with a wrong letter', { 'Day Min': 5 }, 'row.Day Min', /Did you mean "Day Mins"\?/],
    ['a word for minutes', { 'Day Mins': 'many' }, 'row.Day Mins', /"many".*is not a number/],
    ['a list of nothing', [null, null], 'row', /has 2 values, and the table has 15 columns/],
  ]),
];

/** A row with a hole at 1. */
function holed(): unknown[] {
  const list: unknown[] = [80];
  list[2] = 20;
  list[3] = 'gas';
  list[4] = true;
  return list;
}
