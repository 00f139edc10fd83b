import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCsv, type CsvRow } from '../../src/cli/read-csv.ts';
import { readLines } from '../../src/cli/read-lines.ts';
import { taskFolder } from '../task-fixtures.ts';
import { runHere } from './commands.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-predict-'));
});
afterAll(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();

async function rowsOf(text: string): Promise<CsvRow[]> {
  const path = join(folder, 'rows.csv');
  await writeFile(path, text);
  const rows: CsvRow[] = [];
  for await (const row of readCsv(path, signal)) rows.push(row);
  return rows;
}

const failing = (number: number | undefined, message: string): object => ({
  number,
  error: expect.objectContaining({ code: 'input-invalid', message: expect.stringMatching(message) as string }) as Error,
});

describe('readCsv()', () => {
  test('gives an error in the place of a row that is too short or too long, and goes on', async () => {
    expect(await rowsOf('\uFEFFa,b\r\n1,2\r\n\r\n3\r\n4,5,6\r\n"7","x ""y"", z"\r\n')).toEqual([
      { number: 1, row: { a: '1', b: '2' } },
      failing(2, 'The row has 1 value, and the header names 2'),
      failing(3, 'The row has 3 values'),
      { number: 4, row: { a: '7', b: 'x "y", z' } },
    ]);
  });

  test('takes a quote inside a value for itself, and text behind a closing one for an error', async () => {
    expect(await rowsOf('a,b\n1,5" pipe\n3,"4" 5\n6,"7"\n')).toEqual([
      { number: 1, row: { a: '1', b: '5" pipe' } },
      failing(2, 'Text follows the closing quote of value 2'),
      { number: 3, row: { a: '6', b: '7' } },
    ]);
  });

  test('gives the rows before a quote that is never closed', async () => {
    expect(await rowsOf('a,b\n1,2\n3,"4\n5,6\n')).toEqual([
      { number: 1, row: { a: '1', b: '2' } },
      failing(undefined, 'never closed'),
    ]);
  });

  test.each([
    ['names a column twice', 'a,b,a\n1,2,3\n', 'two columns "a"'],
    ['is separated by semicolons', 'a;b\n1;2\n', 'semicolons'],
    ['is separated by tabs', 'a\tb\n1\t2\n', 'tabs'],
  ])('refuses a file that %s', async (_, text, message) => {
    expect(await rowsOf(text)).toEqual([failing(undefined, message)]);
  });

  test('reads rows that are cut anywhere by the chunks they come in', async () => {
    const text = `a,b\n${Array.from({ length: 20_000 }, (_, index) => `${index},"ä ${index}"`).join('\n')}`;
    const rows = await rowsOf(text);
    expect(rows.length).toBe(20_000);
    expect(rows.at(-1)).toEqual({ number: 20_000, row: { a: '19999', b: 'ä 19999' } });
  });
});

describe('readLines()', () => {
  test('joins chunks that are cut amid a character and a line end', async () => {
    const bytes = new TextEncoder().encode('\uFEFFä\r\nb\n\nc');
    const chunks = (async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    })();
    const lines: string[] = [];
    for await (const line of readLines(chunks, signal)) lines.push(line);
    expect(lines).toEqual(['ä', 'b', '', 'c']);
  });

  test('rejects with the reason of an abort while nothing comes', async () => {
    const controller = new AbortController();
    const silent = (async function* (): AsyncGenerator<string> {
      await new Promise(() => {});
      yield 'never';
    })();
    const next = readLines(silent, controller.signal).next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });
});

describe('predict', () => {
  test('answers the rows of a table but for the bad one', async () => {
    const names = ['area (m²)', 'rooms', 'age', 'heating', 'garage'];
    await writeFile(
      join(folder, 'flats.csv'),
      `${names.join(',')}\n61,2,3,gas,true\n61,2\n61,2,3,oil,false\n61,2,3,gas,"true\n`,
    );
    const regression = join(taskFolder, 'tabular-regression');
    const { code, out } = await runHere(['predict', regression, 'flats.csv', '--json'], folder);
    const kinds = out
      .trimEnd()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line) as object)[0]);
    expect([code, kinds]).toEqual([1, ['value', 'error', 'value', 'error']]);
  });

  test('takes no name of a file for a text', async () => {
    const text = join(taskFolder, 'text-classification');
    for (const name of ['reviews.csv', 'my reviews.jsonl', 'a.txt']) {
      const { code, out, err } = await runHere(['predict', text, name], folder);
      expect([code, out, err]).toEqual([1, '', expect.stringContaining(`There is no file "${name}"`)]);
    }
    expect((await runHere(['predict', text, '"see a.txt"'], folder)).code).toBe(0);
    expect((await runHere(['predict', text, 'See a.txt or ask me.'], folder)).code).toBe(0);
  });

  test('says of a file that breaks off that it cannot be read', async () => {
    // A file that can be opened, and whose first page cannot be read.
    await symlink('/proc/self/mem', join(folder, 'broken.csv'));
    await symlink('/proc/self/mem', join(folder, 'broken.jsonl'));
    const text = join(taskFolder, 'text-classification');
    for (const name of ['broken.csv', 'broken.jsonl']) {
      const { code, out, err } = await runHere(['predict', text, name], folder);
      expect([code, out, err]).toEqual([1, '', expect.stringMatching(/cannot be read/)]);
    }
  });

  test('reads pictures for a pipeline that takes them', async () => {
    const pipeline = join(taskFolder, 'pipeline');
    const picture = join(pipeline, 'golden/lights.png');
    const lines = (async function* () {
      yield `${picture}\n`;
    })();
    const { code, out } = await runHere(['predict', pipeline, '-'], folder, { stdin: lines });
    expect([code, Object.keys(JSON.parse(out) as object)]).toEqual([0, ['lights', 'colors']]);
    await symlink(picture, join(folder, 'picture'));
    expect(await runHere(['predict', pipeline, 'picture', '--json'], folder)).toMatchObject({ code: 0, out });
  });

  test.each([
    ['a tensor of nothing', '{"$tensor":null}'],
    ['half an integer', '{"x":{"$int64":[1.5]}}'],
    ['more levels than anyone needs', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['a file that is not there', '{"$file":"nowhere.png"}'],
  ])('says what is wrong with %s', async (_, input) => {
    const { code, out } = await runHere(['predict', join(taskFolder, 'text-classification'), input, '--json'], folder);
    expect([code, JSON.parse(out)]).toEqual([
      1,
      { error: { code: 'input-invalid', field: 'input', message: expect.stringMatching(/\.$/) as string } },
    ]);
  });

  test('spells out control characters of errors', async () => {
    const input = JSON.stringify({ $file: 'a\u009b\u202eb' });
    const { code, err } = await runHere(['predict', join(taskFolder, 'text-classification'), input], folder);
    expect([code, err]).toEqual([1, expect.stringContaining('Cannot open the file "a\\u009b\\u202eb"')]);
    for (const character of ['\u009b', '\u202e']) expect(err).not.toContain(character);
  });
});
