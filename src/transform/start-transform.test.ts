import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test, vi } from 'vitest';
import { endpointPredictor } from '../endpoint/transform-predictor.ts';
import { InferenceError, InputError } from '../errors.ts';
import type { TransformInput } from './options.ts';
import type { Prediction, Predictor } from './predictor.ts';
import type { TransformResult } from './result.ts';
import { startTransform, type JobOptions } from './start-transform.ts';

/** Doubles numbers, and refuses what is none; tells what it was asked. */
function doubler(delayOf: (batch: number) => Promise<void> = async () => {}): Predictor & {
  batches: unknown[][];
  most: number;
  closed: number;
} {
  let running = 0;
  const predictor = {
    name: 'doubler',
    identity: {},
    batches: [] as unknown[][],
    most: 0,
    closed: 0,
    async run(batch: readonly unknown[], signal: AbortSignal): Promise<Prediction[]> {
      predictor.batches.push([...batch]);
      predictor.most = Math.max(predictor.most, ++running);
      await delayOf(predictor.batches.length);
      running--;
      signal.throwIfAborted();
      return batch.map((input) => {
        const number = Number(input);
        return Number.isNaN(number)
          ? { error: new InputError('input', `${JSON.stringify(input)} is no number.`) }
          : { answer: { twice: 2 * number } };
      });
    },
    async close() {
      predictor.closed++;
    },
  };
  return predictor;
}

async function textOf(input: TransformInput, options: JobOptions, predictor: Predictor = doubler()): Promise<string> {
  const job = await startTransform(predictor, input, options);
  return new Response(job.readable).text();
}

const csv = new File(['id,n\na,1\nb,2\nc,x\nd,4\n'], 'numbers.csv');

describe('startTransform()', () => {
  test('keeps the order of the records, whatever batch is done first', async () => {
    const predictor = doubler((batch) => new Promise((later) => setTimeout(later, batch % 3 === 1 ? 20 : 1)));
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const job = await startTransform(predictor, numbers, { batchSize: 4, maxConcurrentTransforms: 3 });
    const results: TransformResult[] = [];
    for await (const result of job) results.push(result);
    expect(results).toEqual(numbers.map((index) => ({ index, output: { twice: 2 * index } })));
    expect(predictor.batches.map((batch) => batch.length)).toEqual([...Array.from({ length: 12 }, () => 4), 2]);
    expect(predictor.most).toBe(3);
    expect(await job.result).toEqual({ status: 'Completed', records: 50, failed: 0 });
    expect([job.status, predictor.closed]).toEqual(['Completed', 1]);
  });

  test('fails with the first record that has no answer, by its number', async () => {
    const predictor = doubler();
    const job = await startTransform(predictor, csv, { inputFilter: '$.n', output: 'file' });
    await expect(job.result).rejects.toThrow('Record 3 of "numbers.csv": "x" is no number.');
    await expect(job.result).rejects.toBeInstanceOf(InputError);
    expect([job.status, predictor.closed]).toEqual(['Failed', 1]);
  });

  test('leaves such a record out, or writes its error in its place', async () => {
    const skipped = await textOf(csv, { inputFilter: '$.n', onError: 'skip' });
    expect(skipped).toBe('{"twice":2}\n{"twice":4}\n{"twice":8}\n');
    const job = await startTransform(doubler(), csv, { inputFilter: '$.n', onError: 'record', batchSize: 2 });
    const text = await new Response(job.readable).text();
    expect(text.split('\n')[2]).toBe(
      '{"error":{"code":"input-invalid","field":"input","message":"\\"x\\" is no number."}}',
    );
    expect(await job.result).toEqual({ status: 'Completed', records: 4, failed: 1 });
  });

  test('counts the columns of a table in its order, where names of them are numbers', async () => {
    const years = new File(['n,2020,2019\n7,1,2\n'], 'years.csv');
    expect(await textOf(years, { inputFilter: '$[0]' })).toBe('{"twice":14}\n');
    expect(await textOf(years, { inputFilter: '$[-1]' })).toBe('{"twice":4}\n');
    const seen = doubler();
    await textOf(years, { inputFilter: '$[1:]', onError: 'record' }, seen);
    expect(seen.batches).toEqual([[{ 2020: '1', 2019: '2' }]]);
    const file = parquetWriteBuffer({ columnData: ['n', '2020'].map((name, at) => ({ name, data: [7 - at] })) });
    expect(await textOf(new File([file], 'years.parquet'), { inputFilter: '$[0]' })).toBe('{"twice":14}\n');
  });

  test('joins answers to their records, and filters', async () => {
    const options: JobOptions = { inputFilter: '$.n', joinSource: 'input', onError: 'record' };
    expect((await textOf(csv, options)).split('\n').slice(0, 3)).toEqual([
      '{"id":"a","n":"1","SageMakerOutput":{"twice":2}}',
      '{"id":"b","n":"2","SageMakerOutput":{"twice":4}}',
      '{"id":"c","n":"x","SageMakerOutput":{"error":{"code":"input-invalid","field":"input","message":"\\"x\\" is no number."}}}',
    ]);
    const some = await textOf(csv, { ...options, outputFilter: "$['id','SageMakerOutput']" });
    expect(some.split('\n')[1]).toBe('{"id":"b","SageMakerOutput":{"twice":4}}');
    expect(await textOf([3], { joinSource: 'input' })).toBe('{"SageMakerInput":3,"SageMakerOutput":{"twice":6}}\n');
    const missing = await startTransform(doubler(), csv, { inputFilter: '$.m', output: 'file' });
    await expect(missing.result).rejects.toThrow('inputFilter "$.m" leads to nothing in the record. It has id, n.');
  });

  test('ends with what the predictor ends with, and lets go of the input', async () => {
    const predictor = doubler();
    predictor.run = async () => {
      throw new InferenceError('runtime-failed', 'gone');
    };
    const left = vi.fn();
    const endless = (async function* () {
      try {
        for (;;) yield 1;
      } finally {
        left();
      }
    })();
    const job = await startTransform(predictor, endless, { output: 'file', onError: 'record' });
    await expect(job.result).rejects.toThrow('gone');
    await vi.waitFor(() => expect(left).toHaveBeenCalledTimes(1));
    expect(predictor.closed).toBe(1);
  });

  test('writes what is there while the input keeps it waiting, and what came before a place that cannot be read', async () => {
    let goOn!: () => void;
    const waited = new Promise<void>((resolve) => (goOn = resolve));
    const slow = (async function* () {
      yield 1;
      await waited;
      yield 2;
      throw new InputError('input', 'cut short');
    })();
    const job = await startTransform(doubler(), slow, { batchSize: 1, maxConcurrentTransforms: 3 });
    const results = job[Symbol.asyncIterator]();
    expect((await results.next()).value).toEqual({ index: 0, output: { twice: 2 } });
    goOn();
    expect((await results.next()).value).toEqual({ index: 1, output: { twice: 4 } });
    await expect(results.next()).rejects.toThrow('cut short');
    await expect(job.result).rejects.toThrow('cut short');
    expect([job.status, job.progress.records]).toEqual(['Failed', 2]);
  });

  test('ends with what is wrong with the model, not with a file full of it', async () => {
    const predictor = modelOf(new InferenceError('runtime-failed', 'does not start'));
    const job = await startTransform(predictor, [1], { onError: 'record', output: 'file' });
    await expect(job.result).rejects.toThrow('does not start');
    const one = await startTransform(modelOf(new InferenceError('inference-failed', 'no')), [1], { onError: 'record' });
    expect(await new Response(one.readable).text()).toBe('{"error":{"code":"inference-failed","message":"no"}}\n');
  });

  test('lets go of an input that it does not come to read', async () => {
    for (const item of ['text\n', Uint8Array.of(49, 10)]) {
      const cancelled = vi.fn();
      const stream = new ReadableStream({ pull: (controller) => controller.enqueue(item), cancel: cancelled });
      await expect(startTransform(doubler(), stream, { name: 'a' })).rejects.toBeInstanceOf(InputError);
      await vi.waitFor(() => expect(cancelled).toHaveBeenCalledTimes(1));
    }
  });

  test('rejects with what its output cannot hold, where that is read from the job', async () => {
    const predictor = doubler();
    predictor.run = async (batch) => batch.map((input) => ({ answer: input }));
    const records = [{ a: 1 }, { a: 1, b: 2 }];
    const job = await startTransform(predictor, records, { outputFormat: 'csv', batchSize: 1 });
    await expect(new Response(job.readable).text()).rejects.toThrow('has a column "b"');
    await expect(job.result).rejects.toThrow('has a column "b"');
    expect(job.status).toBe('Failed');
  });

  test('reads ahead no more than it has room for', async () => {
    let given = 0;
    const endless = (async function* () {
      for (;;) yield given++;
    })();
    const job = await startTransform(doubler(), endless, { batchSize: 10, maxConcurrentTransforms: 2 });
    const reader = job.readable.getReader();
    await reader.read();
    await new Promise((later) => setTimeout(later, 50));
    // With a reader, in the writer, in the queue, with the model, and read ahead.
    expect(given).toBeLessThanOrEqual(70);
    const before = given;
    await reader.read();
    await new Promise((later) => setTimeout(later, 20));
    expect(given).toBeLessThanOrEqual(before + 10);
    await reader.cancel();
    expect(await job.result).toMatchObject({ status: 'Stopped' });
  });

  test('pauses, goes on, and stops', async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const job = await startTransform(
      doubler(() => new Promise((later) => setTimeout(later, 1))),
      numbers,
      {
        batchSize: 10,
        output: 'file',
      },
    );
    job.pause();
    await new Promise((later) => setTimeout(later, 30));
    const { records } = job.progress;
    await new Promise((later) => setTimeout(later, 30));
    expect([job.status, job.progress.records]).toEqual(['Paused', records]);
    job.resume();
    await vi.waitFor(() => expect(job.progress.records).toBeGreaterThan(records));
    const stopping = job.stop();
    expect(job.status).toBe('Stopping');
    await stopping;
    expect(job.status).toBe('Stopped');
    expect((await job.result).records).toBeLessThan(1000);
    const paused = await startTransform(doubler(), numbers, { output: 'file' });
    paused.pause();
    await paused.stop();
    expect(paused.status).toBe('Stopped');
  });

  test('rejects with the reason of an abort', async () => {
    const stop = new AbortController();
    const silent = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(5000)) });
    const job = await startTransform(doubler(), silent, { inputFormat: 'text', output: 'file', signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(job.result).rejects.toThrow('enough');
    expect(job.status).toBe('Stopped');
    const predictor = doubler();
    await expect(startTransform(predictor, csv, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect(predictor.closed).toBe(1);
  });

  test('tells how far it is', async () => {
    const seen: number[][] = [];
    const job = await startTransform(doubler(), new File(['1\n'.repeat(5000)], 'a.txt'), {
      output: 'file',
      onProgress: ({ records, bytes, totalBytes }) => seen.push([records, bytes, totalBytes!]),
    });
    const { file } = await job.result;
    expect(seen.at(-1)).toEqual([5000, 10_000, 10_000]);
    expect(seen).toEqual(seen.toSorted((a, b) => a[0]! - b[0]!));
    expect(job.progress).toMatchObject({ remainingMs: 0, failed: 0 });
    expect([file!.name, file!.type, file!.size]).toEqual(['a.out.jsonl', 'application/jsonl', 5000 * 12]);
  });

  test.each<[string, TransformInput, string]>([
    ['JSON Lines', new File(['1\n2\n'], 'a.jsonl'), '{"twice":2}\n{"twice":4}\n'],
    ['JSON', new File(['[1, 2]'], 'a.json'), '{"twice":2}\n{"twice":4}\n'],
    ['JSON Lines that are called .json', new File(['{"n":1}\n{"n":2}'], 'a.json'), ''],
    ['CSV by its type', new Blob(['n,m\n1,2\n'], { type: 'text/csv' }), ''],
    ['CSV by its first rows', new Blob(['n,m\n1,2\n3,4\n']), ''],
    ['text', new File(['1\n2'], 'a.txt'), '{"twice":2}\n{"twice":4}\n'],
    ['a stream of bytes', new Blob(['[1]']).stream(), '{"twice":2}\n'],
    ['a stream of records', recordStream([1, 2]), '{"twice":2}\n{"twice":4}\n'],
    ['a list', [1, 2], '{"twice":2}\n{"twice":4}\n'],
    ['a generator', countTo(2), '{"twice":2}\n{"twice":4}\n'],
    ['nothing', [], ''],
    ['an empty CSV', new File([''], 'a.csv'), ''],
    ['an empty text', new File([''], 'a.txt'), ''],
  ])('reads %s', async (_, input, output) => {
    const job = await startTransform(doubler(), input, { onError: 'skip' });
    expect(await new Response(job.readable).text()).toBe(output);
    if (output === '' && input instanceof Blob && input.size > 0) expect((await job.result).failed).toBeGreaterThan(0);
  });

  test.each<[string, TransformInput, JobOptions, string]>([
    [
      'a format that nothing tells',
      new Blob(['what is this']),
      {},
      'Nothing tells what "the input" is written in. Say it: { inputFormat: \'csv\' }',
    ],
    ['gzip', new File([Uint8Array.of(0x1f, 0x8b, 8)], 'a.csv'), {}, 'packed as gzip'],
    ['a spreadsheet', new File(['PK\x03\x04'], 'a.xlsx'), {}, 'as spreadsheets are'],
    ['a number', 5 as never, {}, 'The input is 5. Give a File'],
    ['an option', csv, { onError: 'ignore' as never }, 'There is no onError "ignore". There are fail, skip, record.'],
    ['a batch size', csv, { batchSize: 0 }, 'batchSize is 0'],
    ['a filter', csv, { outputFilter: '$..x' }, 'outputFilter "$..x" is no path'],
    ['a name for what is read once', [1], { name: 'a' }, 'its input can be read only once'],
    ['a name for a stream', csv, { name: 'a', output: 'stream' }, 'keeps its output in a file'],
    ['damaged Parquet', new File(['PAR1 and no more'], 'a.parquet'), { output: 'file' }, 'as Parquet'],
  ])('refuses %s', async (_, input, options, message) => {
    const predictor = doubler();
    const failure = await startTransform(predictor, input, options)
      .then((job) => job.result)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toContain(message);
    expect(predictor.closed).toBe(1);
  });
});

/** An endpoint whose calls are all rejected. */
function modelOf(error: Error): Predictor {
  const invoke = async (): Promise<never> => {
    throw error;
  };
  return endpointPredictor({ name: 'none', storage: undefined, invoke }, {}, async () => {});
}

function* countTo(last: number): Generator<number> {
  for (let number = 1; number <= last; number++) yield number;
}

function recordStream(records: readonly unknown[]): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const record of records) controller.enqueue(record);
      controller.close();
    },
  });
}

test('startTransform() reads Parquet of other writers: gzip, whole numbers, dates, lists', async () => {
  const buffer = parquetWriteBuffer({
    codec: 'GZIP',
    compressors: { GZIP: (bytes) => gzipSync(bytes) },
    rowGroupSize: 2,
    columnData: [
      { name: 'n', data: [1n, 2n, 3n, null], type: 'INT64' },
      { name: 'at', data: [new Date(0), null, new Date(1000), null], type: 'TIMESTAMP' },
      { name: 'more', data: [{ a: [1] }, null, { a: [] }, null], type: 'JSON' },
    ],
  });
  const file = new File([buffer], 'other.parquet');
  const job = await startTransform(doubler(), file, { inputFilter: '$.n', joinSource: 'input', batchSize: 3 });
  const records: unknown[] = [];
  for await (const { output } of job) records.push(output);
  expect(records).toEqual([
    { n: 1, at: '1970-01-01T00:00:00.000Z', more: { a: [1] }, SageMakerOutput: { twice: 2 } },
    { n: 2, at: null, more: null, SageMakerOutput: { twice: 4 } },
    { n: 3, at: '1970-01-01T00:00:01.000Z', more: { a: [] }, SageMakerOutput: { twice: 6 } },
    { n: null, at: null, more: null, SageMakerOutput: { twice: 0 } },
  ]);
  const half = file.slice(0, file.size - 40);
  const cut = await startTransform(doubler(), new File([half], 'cut.parquet'), { output: 'file' });
  await expect(cut.result).rejects.toThrow('Cannot read "cut.parquet" as Parquet');
});

describe('a table as the output', () => {
  const rows = new File(['[{"id":"ü,\\"x\\"","n":"x"},{"id":" b","n":2},{"id":"c\\nd","n":3}]'], 'rows.json');
  const options: JobOptions = { inputFilter: '$.n', joinSource: 'input', onError: 'record' };

  test('in CSV has the columns of the first answer, and an error where there is none', async () => {
    expect(await textOf(rows, { ...options, outputFormat: 'csv' })).toBe(
      'id,n,SageMakerOutput.twice,error\n"ü,""x""",x,,"""x"" is no number."\n" b",2,4,\n"c\nd",3,6,\n',
    );
    const none = await textOf(['x'], { onError: 'record', outputFormat: 'csv' });
    expect(none).toBe('error\n"""x"" is no number."\n');
  });

  test('in CSV has dates as texts', async () => {
    const records = [{ n: 1, at: new Date(0), of: { it: new Date(NaN) } }];
    const text = await textOf(records, { outputFormat: 'csv', joinSource: 'input', inputFilter: '$.n' });
    expect(text).toBe('n,at,of.it,SageMakerOutput.twice\n1,1970-01-01T00:00:00.000Z,,2\n');
  });

  test('in CSV can be read again', async () => {
    const text = await textOf(rows, { ...options, outputFormat: 'csv', onError: 'skip' });
    const again = await startTransform(doubler(), new File([text], 'again.csv'), {
      inputFilter: '$.n',
      joinSource: 'input',
    });
    const records: unknown[] = [];
    for await (const { output } of again) records.push(output);
    expect(records).toEqual([
      { id: ' b', n: '2', 'SageMakerOutput.twice': '4', SageMakerOutput: { twice: 4 } },
      { id: 'c\nd', n: '3', 'SageMakerOutput.twice': '6', SageMakerOutput: { twice: 6 } },
    ]);
  });

  test('in Parquet is one that others read, in row groups that are written as they are full', async () => {
    const count = 40_000;
    const numbers = Array.from({ length: count }, (_, index) => ({
      id: `row ${index}`,
      n: index,
      even: index % 2 === 0,
    }));
    const job = await startTransform(doubler(), numbers, { ...options, outputFormat: 'parquet', batchSize: 100 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of job.readable as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThanOrEqual(3);
    const blob = new Blob(chunks as BlobPart[]);
    const read = await parquetReadObjects({ file: await blob.arrayBuffer() });
    expect(read.length).toBe(count);
    expect(read[39_999]).toEqual({
      id: 'row 39999',
      n: 39_999,
      even: false,
      'SageMakerOutput.twice': 79_998,
      error: null,
    });
    // And by the job's own reader, in batches that row groups do not part.
    const predictor = doubler();
    const again = await startTransform(predictor, new File([blob], 'a.parquet'), {
      inputFilter: '$.n',
      batchSize: 999,
    });
    let sum = 0;
    for await (const { output } of again) sum += (output as { twice: number }).twice;
    expect(sum).toBe(count * (count - 1));
    expect(predictor.batches.map((batch) => batch.length)).toEqual([...Array.from({ length: 40 }, () => 999), 40]);
  });

  test('refuses a result with a column that the first one has not', async () => {
    const mixed = [{ n: 1 }, { n: 2, more: 3 }];
    const job = await startTransform(doubler(), mixed, { ...options, outputFormat: 'csv', output: 'file' });
    await expect(job.result).rejects.toThrow('The result of record 2 has a column "more"');
  });
});
