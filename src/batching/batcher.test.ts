import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nextTurn } from '../next-turn.ts';
import type { Session, TensorInfo } from '../runtime/session.ts';
import { tensor, type NamedTensors } from '../tensor.ts';
import { Batcher, usualBatching, type BatchingPolicy } from './batcher.ts';
import { findLengthAxis } from './length-axis.ts';
import type { Priority } from './waiting-line.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const vector: TensorInfo[] = [{ name: 'x', type: 'float32', shape: ['batch', 'width'] }];
const scores: TensorInfo[] = [{ name: 'y', type: 'float32', shape: ['batch', 'width'] }];

/** What a graph computes of a batch: each row's answer, told what else is in the batch. */
type Graph = (rows: readonly number[][]) => number[][];

/** Each row by itself. */
const byItself: Graph = (rows) => rows.map((row) => row.map((value) => value * 2 + 1));

/** As dynamically quantized graphs do: by a scale that the largest value of the batch sets. */
const byLargest: Graph = (rows) => {
  const scale = Math.max(...rows.flat().map(Math.abs)) / 127;
  return rows.map((row) => row.map((value) => Math.round(value / scale) * scale));
};

interface FakeOptions {
  readonly graph?: Graph;
  /** Milliseconds of a run. */
  readonly msOf?: (size: number) => number;
  readonly inputs?: TensorInfo[];
  readonly outputs?: TensorInfo[];
}

/** A session that computes a graph of rows, takes the time it is told to on the fake clock, and remembers its runs. */
class RowSession implements Pick<Session, 'inputs' | 'outputs' | 'run'> {
  readonly inputs: TensorInfo[];
  readonly outputs: TensorInfo[];
  /** Rows of each run, and when it began. */
  readonly runs: { at: number; rows: number[][] }[] = [];
  isRunning = false;
  readonly #graph: Graph;
  readonly #msOf: (size: number) => number;

  constructor({ graph = byItself, msOf = () => 1, inputs = vector, outputs = scores }: FakeOptions = {}) {
    this.#graph = graph;
    this.#msOf = msOf;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  async run(feeds: NamedTensors, signal?: AbortSignal): Promise<NamedTensors> {
    signal?.throwIfAborted();
    expect(this.isRunning, 'one run at a time').toBe(false);
    this.isRunning = true;
    const { data, dims } = feeds['x']!;
    const [count, width] = dims as [number, number];
    const values = Array.from(data as Float32Array);
    const rows = Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
    this.runs.push({ at: performance.now(), rows });
    await Promise.resolve();
    vi.advanceTimersByTime(this.#msOf(count));
    this.isRunning = false;
    if (rows.flat().some(Number.isNaN)) throw new Error('not a number');
    return { y: tensor('float32', Float32Array.from(this.#graph(rows).flat()), [count, width]) };
  }

  /** Rows of each run from one on. */
  sizes(from = 0): number[] {
    return this.runs.slice(from).map(({ rows }) => rows.length);
  }
}

function recordOf(...values: number[]): NamedTensors {
  return { x: tensor('float32', Float32Array.from(values), [1, values.length]) };
}

const { signal } = new AbortController();

function batcherOf(session: RowSession, policy: Partial<BatchingPolicy> = {}): Batcher {
  return new Batcher(session, {}, { ...usualBatching, ...policy });
}

/** Sends so many unlike records in one turn, and checks each answer against what the graph gives for it alone. */
async function send(batcher: Batcher, count: number, graph: Graph = byItself, width = 2): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => Array.from({ length: width }, (__, j) => i * 1.37 + j + 0.21));
  const answers = await Promise.all(rows.map((row) => batcher.run(recordOf(...row), { signal })));
  for (const [place, answer] of answers.entries()) {
    const alone = Float32Array.from(graph([Array.from(Float32Array.from(rows[place]!))])[0]!);
    expect(answer['y']!.dims).toEqual([1, width]);
    expect(Array.from(answer['y']!.data as Float32Array)).toEqual(Array.from(alone));
  }
}

/** Sends until the batcher knows what there is to know, and lets the clock go on where it waits for more. */
async function warm(batcher: Batcher, graph?: Graph): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const sent = send(batcher, 64, graph).then(() => true);
    // Batches follow one another in turns of the event loop.
    for (let turns = 0; ; turns++) {
      const next = turns < 100 ? nextTurn() : vi.runAllTimersAsync();
      if (await Promise.race([sent, next.then(() => false)])) break;
    }
  }
}

describe('Batcher stacks', () => {
  test('what was measured to be equal and quicker, up to maxBatchSize', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session, { maxBatchSize: 16, preferredBatchSizes: [16] });
    await warm(batcher);
    const before = session.runs.length;
    await send(batcher, 64);
    const sizes = session.sizes(before).filter((size) => size > 1);
    expect(sizes).toEqual([16, 16, 16, 16]);
  });

  test('nothing at the beginning: the first records run alone', async () => {
    const session = new RowSession();
    await send(batcherOf(session), 5);
    expect(session.sizes()).toEqual([1, 1, 1, 1, 1]);
  });

  test('no size before it was compared with what its records give alone', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session);
    await send(batcher, 64);
    const sizes = session.sizes();
    const first = sizes.indexOf(2);
    // Two records, and each of them alone.
    expect(sizes.slice(0, first + 3)).toEqual([1, 1, 1, 1, 1, 2, 1, 1]);
    const [one, other] = session.runs[first]!.rows;
    expect([session.runs[first + 1]!.rows, session.runs[first + 2]!.rows]).toEqual([[one], [other]]);
  });

  test('nothing where that is not quicker', async () => {
    const session = new RowSession({ msOf: (size) => size });
    const batcher = batcherOf(session);
    await warm(batcher);
    const stacked = session.sizes().filter((size) => size > 1);
    expect(Math.max(...stacked)).toBe(2);
    expect(stacked.length / session.runs.length).toBeLessThan(0.03);
  });

  test('nothing where maxBatchSize is 1', async () => {
    const session = new RowSession();
    await warm(batcherOf(session, { maxBatchSize: 1 }));
    expect(new Set(session.sizes())).toEqual(new Set([1]));
  });

  test.each([
    ['has a fixed first dimension', { inputs: [{ name: 'x', type: 'float32', shape: [1, 'width'] }] as TensorInfo[] }],
    ['gives an output of another', { outputs: [{ name: 'y', type: 'float32', shape: [1, 'width'] }] as TensorInfo[] }],
  ])('nothing where the model %s', async (_, options) => {
    const session = new RowSession(options);
    await warm(batcherOf(session));
    expect(new Set(session.sizes())).toEqual(new Set([1]));
  });

  test('nothing with records of other shapes', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session);
    for (let i = 0; i < 30; i++) await Promise.all([send(batcher, 16, byItself, 2), send(batcher, 16, byItself, 3)]);
    expect(Math.max(...session.sizes())).toBeGreaterThan(4);
    for (const { rows } of session.runs) expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
  });

  test('nothing with a record that is several rows already', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session);
    await warm(batcher);
    const before = session.runs.length;
    const two = { x: tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) };
    const answers = await Promise.all([batcher.run(two, { signal }), batcher.run(two, { signal })]);
    expect(session.sizes(before)).toEqual([2, 2]);
    expect(answers[1]['y']!.dims).toEqual([2, 2]);
  });
});

describe('Batcher never stacks a graph whose answers change in a batch', () => {
  test('and gives each record the answer it gets alone', async () => {
    const session = new RowSession({ graph: byLargest });
    const batcher = batcherOf(session);
    await warm(batcher, byLargest);
    const stacked = session.sizes().filter((size) => size > 1);
    expect(stacked, 'one trial').toEqual([2]);
  });

  test('whatever it makes of classes: a class is right or wrong, not near', async () => {
    const classes: TensorInfo[] = [{ name: 'y', type: 'int32', shape: ['batch'] }];
    const session = new RowSession({ outputs: classes });
    vi.spyOn(session, 'run').mockImplementation(async ({ x }) => {
      const count = x!.dims[0]!;
      session.runs.push({ at: 0, rows: Array.from({ length: count }, () => []) });
      return { y: tensor('int32', new Int32Array(count).fill(count > 1 ? 50_001 : 50_000), [count]) };
    });
    const batcher = batcherOf(session);
    const answers: number[] = [];
    for (let i = 0; i < 100; i++) {
      const all = await Promise.all([1, 2, 3, 4].map((value) => batcher.run(recordOf(value), { signal })));
      answers.push(...all.map(({ y }) => (y!.data as Int32Array)[0]!));
    }
    expect(new Set(answers)).toEqual(new Set([50_000]));
    expect(session.sizes().filter((size) => size > 1)).toEqual([2]);
  });

  test('though it gives infinite scores beside those that differ', async () => {
    const masked: Graph = (rows) => rows.map(([first]) => [Number.NEGATIVE_INFINITY, first! + rows.length - 1]);
    const session = new RowSession({ graph: masked });
    await warm(batcherOf(session), masked);
    expect(session.sizes().filter((size) => size > 1)).toEqual([2]);
  });

  test('but does stack one that gives infinite scores, and NaN, to all alike', async () => {
    const masked: Graph = (rows) =>
      rows.map(([first]) => [first! > 20 ? Number.NaN : Number.NEGATIVE_INFINITY, first!]);
    const session = new RowSession({ graph: masked });
    await warm(batcherOf(session), masked);
    expect(Math.max(...session.sizes())).toBe(64);
  });

  test('though the records of the trials were alike', async () => {
    const session = new RowSession({ graph: byLargest });
    const batcher = batcherOf(session, { maxBatchSize: 8 });
    const alike = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 8 }, () => batcher.run(recordOf(5, 5), { signal })));
    };
    for (let i = 0; i < 40; i++) await alike();
    expect(Math.max(...session.sizes())).toBe(8);
    const wrong: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const values = Array.from({ length: 8 }, (_, place) => 1 + place * 1.1);
      const answers = await Promise.all(values.map((value) => batcher.run(recordOf(value, value), { signal })));
      const isRight = answers.every(({ y }, place) => Math.abs((y!.data as Float32Array)[0]! - values[place]!) < 1e-3);
      if (!isRight) wrong.push(i);
    }
    // It is noticed within as many runs as were alike, and then never happens again.
    expect(wrong.length).toBeLessThan(200);
    expect(wrong.at(-1) ?? 0).toBeLessThan(200);
    const before = session.runs.length;
    await alike();
    expect(session.sizes(before)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('Batcher answers or rejects each record by itself', () => {
  test('one that cannot be run fails alone, and its batch does not', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session, { preferredBatchSizes: [8], maxBatchSize: 8 });
    await warm(batcher);
    const before = session.runs.length;
    const values = [1, 2, Number.NaN, 4, 5, 6, 7, 8];
    const settled = await Promise.allSettled(values.map((value) => batcher.run(recordOf(value, 0), { signal })));
    expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(values.map((value) => !Number.isNaN(value)));
    expect((settled[2] as PromiseRejectedResult).reason.message).toBe('not a number');
    expect((settled[7] as PromiseFulfilledResult<NamedTensors>).value['y']!.data).toEqual(Float32Array.of(17, 1));
    expect(session.sizes(before)).toEqual([8, 1, 1, 1, 1, 1, 1, 1, 1]);
    const after = session.runs.length;
    await send(batcher, 8);
    expect(session.sizes(after), 'and the others are stacked as before').toContain(8);
  });

  test('one that fails in a trial does not end the climb', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session);
    await send(batcher, 5);
    const bad = await Promise.allSettled([Number.NaN, 1].map((value) => batcher.run(recordOf(value), { signal })));
    expect(bad.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await warm(batcher);
    expect(Math.max(...session.sizes())).toBe(64);
  });

  test('a size at which the runtime fails is given up, those below are not', async () => {
    const graph: Graph = (rows) => {
      if (rows.length > 8) throw new Error('out of memory');
      return byItself(rows);
    };
    const session = new RowSession({ graph });
    await warm(batcherOf(session));
    expect(session.sizes().filter((size) => size > 8)).toEqual([16]);
    expect(session.sizes().filter((size) => size === 8).length).toBeGreaterThan(10);
  });

  test('an answer that is not of the batch is not taken apart', async () => {
    const session = new RowSession();
    const { run } = session;
    vi.spyOn(session, 'run').mockImplementation(async (feeds, aborted) => {
      const { y } = await run.call(session, feeds, aborted);
      return y!.dims[0]! > 1 ? { y: tensor('float32', Float32Array.of(0), [1, 1]) } : { y: y! };
    });
    await warm(batcherOf(session));
    expect(session.sizes().filter((size) => size > 1)).toEqual([2]);
  });

  test('one that is aborted is not run, and disturbs no other', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session);
    const aborted = new AbortController();
    const first = batcher.run(recordOf(1), { signal });
    const second = batcher.run(recordOf(2), { signal: aborted.signal });
    const third = batcher.run(recordOf(3), { signal });
    aborted.abort('enough');
    await expect(second).rejects.toBe('enough');
    await Promise.all([first, third]);
    expect(session.runs.map(({ rows }) => rows)).toEqual([[[1]], [[3]]]);
    await expect(batcher.run(recordOf(4), { signal: aborted.signal })).rejects.toBe('enough');
  });
});

describe('Batcher keeps to its policy', () => {
  test('interactive records run before those in the background, each in their order', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session, { maxBatchSize: 1 });
    const order: string[] = [];
    const run = (value: number, priority: Priority): Promise<unknown> =>
      batcher.run(recordOf(value), { signal, priority }).then(() => order.push(`${priority} ${value}`));
    await Promise.all([
      run(1, 'background'),
      run(2, 'background'),
      run(3, 'interactive'),
      run(4, 'background'),
      run(5, 'interactive'),
    ]);
    expect(order).toEqual(['interactive 3', 'interactive 5', 'background 1', 'background 2', 'background 4']);
  });

  test('a preferred size is learned, and run as soon as it is there', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session, { maxBatchSize: 8, preferredBatchSizes: [6] });
    await warm(batcher);
    const before = session.runs.length;
    await send(batcher, 18);
    expect(session.sizes(before).filter((size) => size > 1)).toEqual([6, 6, 6]);
    expect(Math.max(...session.sizes()), 'and nothing above it').toBe(6);
  });

  test('maxQueueDelayMs is waited for others, counted from the first, and no longer', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session, { maxBatchSize: 4, maxQueueDelayMs: 20 });
    await warm(batcher);
    const before = session.runs.length;
    const start = performance.now();
    const all = [batcher.run(recordOf(1, 2), { signal })];
    await vi.advanceTimersByTimeAsync(15);
    all.push(batcher.run(recordOf(3, 4), { signal }));
    await vi.advanceTimersByTimeAsync(4);
    expect(session.runs.length).toBe(before);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(all);
    expect(session.runs[before]).toEqual({
      at: start + 20,
      rows: [
        [1, 2],
        [3, 4],
      ],
    });
  });

  test('maxQueueDelayMs is not waited for where nothing more fits', async () => {
    const session = new RowSession();
    const batcher = batcherOf(session, { maxBatchSize: 4, maxQueueDelayMs: 10_000 });
    await warm(batcher);
    const before = session.runs.length;
    const start = performance.now();
    await send(batcher, 4);
    expect(session.runs[before]).toMatchObject({ at: start });
    expect(session.runs[before]!.rows).toHaveLength(4);
  });

  test('maxQueueDelayMs is not waited for where nothing is stacked', async () => {
    const session = new RowSession({ graph: byLargest });
    const batcher = batcherOf(session, { maxQueueDelayMs: 10_000 });
    await warm(batcher, byLargest);
    const start = performance.now();
    await batcher.run(recordOf(1, 2), { signal });
    expect(performance.now() - start).toBeLessThan(5);
  });
});

describe('Batcher puts texts of unlike lengths together', () => {
  const names = ['input_ids', 'attention_mask'];
  const inputs: TensorInfo[] = names.map((name) => ({ name, type: 'int64', shape: ['batch', 'length'] }));
  const outputs: TensorInfo[] = [{ name: 'y', type: 'float32', shape: ['batch', 1] }];

  /** The mean of a text's tokens: of those that count, or of all that are there. */
  function textSession(heedsMask: boolean) {
    const runs: number[][] = [];
    let isWhole = true;
    const run: Session['run'] = async ({ input_ids: ids, attention_mask: mask }) => {
      const [count, length] = ids!.dims as [number, number];
      runs.push([count, length]);
      isWhole &&= ids!.data.length === count * length;
      vi.advanceTimersByTime(1);
      const means = Array.from({ length: count }, (_, row) => {
        let [sum, all] = [0, 0];
        for (let at = row * length; at < (row + 1) * length; at++) {
          const counts = heedsMask ? Number((mask!.data as BigInt64Array)[at]) : 1;
          sum += counts * Number((ids!.data as BigInt64Array)[at]);
          all += counts;
        }
        return sum / all;
      });
      return { y: tensor('float32', Float32Array.from(means), [count, 1]) };
    };
    const session = { inputs, outputs, run };
    const axis = findLengthAxis((role) => inputs.find(({ name }) => name === role), inputs, outputs);
    const batcher = new Batcher(session, {}, usualBatching, axis);
    return { runs, batcher, isWhole: () => isWhole };
  }

  async function sendTexts(batcher: Batcher, lengths: readonly number[]): Promise<void> {
    const texts = lengths.map((length, i) => Array.from({ length }, (_, j) => 3 + ((i * 7 + j * 5) % 11)));
    const answers = await Promise.all(
      texts.map((ids) =>
        batcher.run(
          {
            input_ids: tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
            attention_mask: tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
          },
          { signal },
        ),
      ),
    );
    for (const [place, ids] of texts.entries()) {
      const mean = ids.reduce((sum, id) => sum + id, 0) / ids.length;
      expect((answers[place]!['y']!.data as Float32Array)[0]).toBeCloseTo(mean, 4);
    }
  }

  test('where the model heeds its mask', async () => {
    const { runs, batcher } = textSession(true);
    for (let i = 0; i < 40; i++) await sendTexts(batcher, [3, 8, 5, 7, 1, 4, 8, 2]);
    expect(Math.max(...runs.map(([count]) => count!))).toBe(8);
  });

  test('but not where it does not: then those of one length', async () => {
    const { runs, batcher, isWhole } = textSession(false);
    for (let i = 0; i < 40; i++) await sendTexts(batcher, [3, 8, 5, 7, 3, 8, 5, 7]);
    expect(isWhole(), 'texts of unlike lengths were put together unfilled').toBe(true);
    const stacked = runs.filter(([count]) => count! > 1);
    expect(stacked.length).toBeGreaterThan(40);
    expect(new Set(stacked.map(([, length]) => length))).toEqual(new Set([3, 8, 5, 7]));
  });

  test('nor where that was not seen in the trials, whose texts were of one length', async () => {
    const { runs, batcher, isWhole } = textSession(false);
    for (let i = 0; i < 40; i++) await sendTexts(batcher, [8, 8, 8, 8]);
    const before = runs.length;
    for (let i = 0; i < 10; i++) await sendTexts(batcher, [3, 8, 5, 7, 2, 6, 1, 4, 3, 5, 7, 2]);
    expect(isWhole(), 'those that waited were put together unfilled').toBe(true);
    const padded = runs.slice(before).filter(([count, length]) => count! > 1 && length === 8);
    expect(padded, 'as there is one text of eight at a time').toEqual([[8, 8]]);
  });

  test('and not those whose lengths are far apart', async () => {
    const { runs, batcher } = textSession(true);
    for (let i = 0; i < 40; i++) await sendTexts(batcher, [5, 100, 6, 101, 7, 102, 8, 99]);
    for (const [, length] of runs) expect(length! <= 8 || length! >= 99).toBe(true);
    expect(Math.max(...runs.map(([count]) => count!))).toBe(4);
  });
});
