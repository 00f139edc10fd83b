import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InterruptedError } from '../../src/cli/terminal.ts';
import { taskFolder } from '../task-fixtures.ts';
import { fixtures, runHere } from './commands.ts';

const penguins = fileURLToPath(new URL('../../public/models/penguins/model.tar.gz', import.meta.url));
const header = 'island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex';
const rows = ['Dream,46.5,17.9,192,3500,female', 'Biscoe,50.0,16.3,230,5700,male', 'Torgersen,39.1,18.7,181,3750,male'];
const table = `${[header, ...rows].join('\n')}\n`;
const species = ['Chinstrap', 'Gentoo', 'Adelie'];

let root = '';
let folder = '';
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'inpoint-transform-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = join(root, `${made++}`);
  await mkdir(folder);
  await writeFile(join(folder, 'rows.csv'), table);
});

const label = ['--output-filter', '$.labels[0].label'];

describe('transform', () => {
  test('writes a line of JSON a row to standard output', async () => {
    const { code, out, err } = await runHere(['transform', penguins, 'rows.csv', ...label], folder);
    expect([code, out, err]).toEqual([0, species.map((name) => `${JSON.stringify(name)}\n`).join(''), '']);
  });

  test('writes the format that the output is named by, and answers as predict does', async () => {
    const predicted = await runHere(['predict', penguins, 'rows.csv', '--json'], folder);
    const written = await runHere(['transform', penguins, 'rows.csv', '-o', 'out.jsonl'], folder);
    expect(written).toEqual({ code: 0, out: '', err: 'out.jsonl: 3 records\n' });
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toBe(predicted.out);
    const filters = ['--join-source', 'input', '--output-filter', '$["island","SageMakerOutput"]', '--top-k', '1'];
    await runHere(['transform', penguins, 'rows.csv', '-o', 'out.csv', ...filters], folder);
    expect((await readFile(join(folder, 'out.csv'), 'utf8')).split('\n')[0]).toBe('island,SageMakerOutput.labels');
    await runHere(['transform', penguins, 'rows.csv', '-o', 'out.parquet', ...label], folder);
    const bytes = await readFile(join(folder, 'out.parquet'));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    expect(await parquetReadObjects({ file })).toEqual(species.map((output) => ({ output })));
  });

  test('reads standard input, and columns that no row names', async () => {
    const stdin = (async function* () {
      yield rows.join('\r\n');
    })();
    const args = ['transform', penguins, '-', '--input-format', 'csv', '--columns', header, ...label];
    expect((await runHere(args, folder, { stdin })).out).toBe(species.map((name) => `"${name}"\n`).join(''));
  });

  test('ends with the first row that has no answer, and leaves nothing behind', async () => {
    await writeFile(join(folder, 'rows.csv'), `${table}Mars,1,2,3,4,male\n`);
    await writeFile(join(folder, 'out.jsonl'), 'as it was');
    const { code, err } = await runHere(['transform', penguins, 'rows.csv', '-o', 'out.jsonl'], folder);
    expect([code, err]).toEqual([1, expect.stringMatching(/^inpoint: Record 4 of "rows.csv": .*knows no "Mars"/)]);
    expect(await readFile(join(folder, 'out.jsonl'), 'utf8')).toBe('as it was');
    expect(await readdir(folder)).toEqual(['out.jsonl', 'rows.csv']);
    const going = await runHere(['transform', penguins, 'rows.csv', '--on-error', 'record', ...label], folder);
    expect([going.code, going.out.split('\n')[3]]).toEqual([1, expect.stringContaining('"code":"input-invalid"')]);
    expect(going.err).toBe('inpoint: 4 records, 1 of them without an answer\n');
  });

  test('reads a folder of pictures, and joins their names', async () => {
    const args = ['transform', join(taskFolder, 'image-classification'), fixtures, '--join-source', 'input'];
    const { out } = await runHere([...args, '--on-error', 'record', '--top-k', '1'], folder);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { SageMakerInput: string; SageMakerOutput: object });
    const names = (await readdir(fixtures)).filter((name) => /\.(png|jpg)$/.test(name)).toSorted();
    expect(lines.map(({ SageMakerInput }) => SageMakerInput)).toEqual(names);
    expect(lines.find(({ SageMakerInput }) => SageMakerInput === 'rgb.png')!.SageMakerOutput).toHaveProperty('labels');
  });

  test('interrupted, leaves nothing behind', async () => {
    const stop = new AbortController();
    const stdin = (async function* () {
      yield table;
      stop.abort(new InterruptedError(130));
      await new Promise(() => {});
    })();
    const args = ['transform', penguins, '-', '--input-format', 'csv', '--batch-size', '1', '-o', 'out.jsonl'];
    const { code } = await runHere(args, folder, { stdin, signal: stop.signal });
    expect([code, await readdir(folder)]).toEqual([130, ['rows.csv']]);
  });

  test.each<[args: string[], code: number, message: string]>([
    [[], 2, 'transform takes an archive and one file of records'],
    [['rows.csv', 'more.csv'], 2, 'transform takes an archive and one file of records'],
    [['rows.csv', '--on-error', 'ignore'], 2, '--on-error takes fail, skip, record.'],
    [['rows.csv', '--batch-size', '-1'], 2, '--batch-size'],
    [['rows.csv', '--output-format', 'parquet'], 2, 'Parquet is written to a file'],
    [['rows.csv', '--output-filter', 'label'], 1, 'outputFilter "label" is no path'],
    [['nowhere.csv'], 3, 'Cannot read "nowhere.csv": it is not there'],
    [['.'], 3, 'There is no PNG or JPEG in the folder'],
    [['rows.csv', '-o', 'no/such/out.jsonl'], 2, 'there is no such folder'],
  ])('refuses %j', async (args, code, message) => {
    const result = await runHere(['transform', penguins, ...args], folder);
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(message)]);
  });
});
