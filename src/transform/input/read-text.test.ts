import { expect, test } from 'vitest';
import { start } from './open-input.ts';
import { BadRecord, type Position } from '../record-batch.ts';
import { cutCsv, type CsvState } from './cut-csv.ts';
import { cutJsonArray, type JsonArrayState } from './cut-json-array.ts';
import { cutJsonLines, cutLines } from './cut-lines.ts';
import { readText } from './read-text.ts';
import type { TextCutter } from './text-cutter.ts';

const { signal } = new AbortController();

/** A stream of pieces of so many bytes. */
function pieces(text: string | Uint8Array, size: number, from = 0): ReadableStream<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  let at = from;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

interface Read {
  readonly records: unknown[];
  readonly ends: Position[];
}

async function read(
  bytes: ReadableStream<Uint8Array>,
  cutter: TextCutter,
  batchSize = 2,
  from: Position = start,
): Promise<Read> {
  const records: unknown[] = [];
  const ends: Position[] = [];
  for await (const batch of readText(bytes, cutter, { batchSize, from, signal })) {
    records.push(...batch.records.map((record) => (record instanceof BadRecord ? record.error.message : record)));
    ends.push(structuredClone(batch.end));
  }
  return { records, ends };
}

const formats: Readonly<Record<string, { text: string; cutter: (state?: unknown) => TextCutter; records: unknown[] }>> =
  {
    csv: {
      text: '\uFEFFid,text, note \r\n1,"a, ""b""\r\nc", x \r\n\r\n2,ü 日本 😀,\r\n3,"",5" disk\r\n4, "y" ,"z"',
      cutter: (state) => cutCsv(undefined, state as CsvState | undefined),
      records: [
        { id: '1', text: 'a, "b"\r\nc', note: 'x' },
        { id: '2', text: 'ü 日本 😀', note: '' },
        { id: '3', text: '', note: '5" disk' },
        { id: '4', text: 'y', note: 'z' },
      ],
    },
    'csv with CR': {
      text: 'a,b\r1,"x\ry"\r2,é\r',
      cutter: (state) => cutCsv(undefined, state as CsvState | undefined),
      records: [
        { a: '1', b: 'x\ry' },
        { a: '2', b: 'é' },
      ],
    },
    'csv without names': {
      text: '1,2\n3,4\n5,6\n',
      cutter: (state) => cutCsv(['a', 'b'], state as CsvState | undefined),
      records: [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
        { a: '5', b: '6' },
      ],
    },
    jsonl: {
      text: '{"a":"ü"}\n\n[1,2]\r\n"😀"\n  \n5',
      cutter: () => cutJsonLines(),
      records: [{ a: 'ü' }, [1, 2], '😀', 5],
    },
    json: {
      text: ' [ {"a":"]},\\"ü"} , [1,[2]],\n"x\\\\", 12.5,null , true]\n',
      cutter: (state) => cutJsonArray(state as JsonArrayState | undefined),
      records: [{ a: ']},"ü' }, [1, [2]], 'x\\', 12.5, null, true],
    },
    text: {
      text: '\uFEFFone\r\n\r\n  two \nthree 😀',
      cutter: () => cutLines(),
      records: ['one', '  two ', 'three 😀'],
    },
  };

test.each(Object.keys(formats))('readText() gives the same records of %s however its bytes come', async (name) => {
  const { text, cutter, records } = formats[name]!;
  for (const size of [1, 2, 3, 5, 7, 16, 1000]) {
    expect((await read(pieces(text, size), cutter())).records, `in pieces of ${size}`).toEqual(records);
  }
});

test.each(Object.keys(formats))('readText() goes on with %s behind any batch', async (name) => {
  const { text, cutter, records } = formats[name]!;
  for (const size of [1, 4, 1000]) {
    const { ends } = await read(pieces(text, size), cutter(), 1);
    expect(ends.map((end) => end.records)).toEqual(records.map((_, index) => index + 1));
    for (const end of ends) {
      const rest = await read(pieces(text, size, end.bytes), cutter(end.state), 1, end);
      expect(rest.records, `behind ${end.records}, in pieces of ${size}`).toEqual(records.slice(end.records));
      expect(rest.ends).toEqual(ends.slice(end.records));
    }
  }
});

test('readText() gives batches of as many records as it is told, and the rest', async () => {
  const { ends } = await read(pieces('x\n'.repeat(10), 3), cutLines(), 4);
  expect(ends.map(({ records, bytes }) => [records, bytes])).toEqual([
    [4, 8],
    [8, 16],
    [10, 20],
  ]);
});

test('readText() of nothing, and of a header alone, gives nothing', async () => {
  for (const { cutter } of Object.values(formats)) {
    if (cutter().state === 'list') continue;
    expect((await read(pieces('', 1), cutter())).records).toEqual([]);
  }
  for (const text of ['a,b', 'a,b\n', '\uFEFFa,b\r\n'])
    expect((await read(pieces(text, 1), cutCsv())).records).toEqual([]);
  expect((await read(pieces(' [ ] ', 1), cutJsonArray())).records).toEqual([]);
});

test('cutCsv() tells an empty value in quotes from a blank line', async () => {
  const text = 'a\n""\n\nx\n""';
  expect((await read(pieces(text, 3), cutCsv())).records).toEqual([{ a: '' }, { a: 'x' }, { a: '' }]);
});

test('a bad record is bad alone', async () => {
  const { records } = await read(pieces('a,b\n1,2\n3\n4,5,6\n"7"x,8\n"9",10\n', 4), cutCsv());
  expect(records).toEqual([
    { a: '1', b: '2' },
    'The row has 1 value, and the header names 2.',
    'The row has 3 values, and the header names 2.',
    expect.stringContaining('Text follows the closing quote of value 1: "x,8"'),
    { a: '9', b: '10' },
  ]);
  const lines = await read(pieces('1\n{"a":\n3\n{"b":4', 3), cutJsonLines());
  expect(lines.records).toEqual([1, expect.stringContaining('no JSON'), 3, expect.stringContaining('no JSON')]);
  const items = await read(pieces('[1, {a}, 3]', 2), cutJsonArray());
  expect(items.records).toEqual([1, expect.stringContaining('no JSON'), 3]);
});

test.each<[what: string, text: string, cutter: () => TextCutter, reason: RegExp]>([
  [
    'a quote that is never closed',
    'a,b\n1,2\n3,"4\n5,6\n',
    () => cutCsv(),
    /never closed in the row that begins with "3/,
  ],
  ['a column that is named twice', 'a,b,a\n1,2,3\n', () => cutCsv(), /two columns "a"/],
  ['semicolons', 'a;b\n1;2\n', () => cutCsv(), /separated by semicolons/],
  ['an array that ends early', '[1, 2', () => cutJsonArray(), /ends amid its list/],
  ['an array that ends amid an item', '[1, {"a": [', () => cutJsonArray(), /ends amid its list/],
  ['an array that is not closed', '[1, 2 ,', () => cutJsonArray(), /ends amid its list/],
  ['no array', '{"a": 1}', () => cutJsonArray(), /no JSON array/],
  ['nothing', '', () => cutJsonArray(), /is empty/],
  ['text behind an array', '[1] 2', () => cutJsonArray(), /follows the end/],
  ['a missing comma', '[{} {}]', () => cutJsonArray(), /comma is missing/],
])('readText() refuses %s', async (_what, text, cutter, reason) => {
  for (const size of [1, 5, 1000]) await expect(read(pieces(text, size), cutter())).rejects.toThrow(reason);
});

test('readText() refuses text that is not UTF-8', async () => {
  const latin = Uint8Array.from('a,b\n1,M\xfcller\n', (letter) => letter.charCodeAt(0));
  await expect(read(pieces(latin, 1000), cutCsv())).rejects.toThrow(/not in UTF-8/);
  await expect(read(pieces(Uint8Array.of(0x61, 0xc3), 1), cutLines())).rejects.toThrow(/not in UTF-8/);
});

test('readText() reads no further than it is asked', async () => {
  let given = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        given++;
        controller.enqueue(new TextEncoder().encode('line\n'.repeat(1000)));
      },
    },
    { highWaterMark: 0 },
  );
  const batches = readText(endless, cutLines(), { batchSize: 100, from: start, signal });
  for (let i = 0; i < 15; i++) await batches.next();
  expect(given).toBe(2);
  await batches.return(undefined);
});
