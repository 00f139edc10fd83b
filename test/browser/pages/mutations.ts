import { assert } from 'chai';
import { deploy, InpointError, openArtifact, tensor, type DataType, type Endpoint, type NamedTensors } from 'inpoint';
import { isCut, mutate, type Mutant } from '../../mutations/mutate.ts';
import { Random } from '../../mutations/random.ts';
import { report, test } from '../harness.ts';

/**
 * Mutants of sound models, one after the other, in one page: each has to end in an answer or in an error with a code,
 * in time, and what comes after it has to work as if it had not been.
 */
const search = new URLSearchParams(location.search);
const count = Number(search.get('mutants') ?? 100);
const first = Number(search.get('first') ?? 0);
const seed = Number(search.get('seed') ?? 1);

/** Mutants of one test; after each of its tenths, a sound model is deployed and asked. */
const perTest = 50;
const perCheck = 5;

/** Milliseconds for a mutant to load and to answer. What takes longer is ended, and must then be gone at once. */
const deadlineMs = 4000;
const endMs = 4000;

interface Base {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Files beside it. */
  readonly others: readonly { readonly path: string; readonly source: Blob }[];
}

async function bytesAt(address: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await fetch(address);
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
}

async function basesOf(): Promise<Base[]> {
  const bases: Base[] = [];
  const add = (name: string, bytes: Uint8Array<ArrayBuffer> | undefined, others: Base['others'] = []): void => {
    if (bytes) bases.push({ name, bytes, others });
  };
  for (const name of ['every-type', 'image-nchw', 'one-logit', 'text-positions', 'text-types', 'slow', 'weights'])
    add(name, await bytesAt(`/fixtures/models/${name}.onnx`));
  const weights = new Blob([(await bytesAt('/fixtures/models/external.onnx_data'))!]);
  add('external', await bytesAt('/fixtures/models/external.onnx'), [{ path: 'external.onnx_data', source: weights }]);
  for (const name of (await (await fetch('/demo-models.json')).json()) as string[]) {
    const { files } = await openArtifact(`/models/${name}/model.tar.gz`, { cache: 'no-store' });
    const model = files.find(({ path }) => path.endsWith('.onnx'));
    if (model) add(name, new Uint8Array(await model.blob.arrayBuffer()));
  }
  const shared = [
    'mnist/mnist',
    'tiny-random-gpt2/past',
    'stories260K/onnx/model',
    'profanity_tfidf/onnx/model_counts',
  ];
  for (const path of shared) add(path, await bytesAt(`/shared/models/${path}.onnx`).catch(() => undefined));
  return bases;
}

const bases = await basesOf();
/** A run of it never ends, whatever most mutations do: one mutant in a hundred. */
const endless = { name: 'endless', bytes: (await bytesAt('/fixtures/models/endless.onnx'))!, others: [] };

const sound = {
  path: 'model.onnx',
  source: new Blob([(await bytesAt('/fixtures/models/one-logit.onnx'))!]),
};
const question = { pixel_values: tensor('float32', new Float32Array(12).fill(0.5), [1, 3, 2, 2]) };

async function expectSound(endpoint: Endpoint<'tensor'>): Promise<void> {
  const { logits } = await inTime('a sound model', deadlineMs, endpoint.invoke(question));
  assert.deepEqual([...(logits!.data as Float32Array)], [0.5]);
}

/** Stays deployed beside all mutants, on the engine that they share; once one of them took it away, it is made anew. */
let anchor = await deploy([sound], { task: 'tensor' });

const outcomes = new Map<string, number>();
const kinds = new Map<string, number>();
const slowest: { ms: number; what: string }[] = [];

interface Outcome {
  /** `answer`, an error's code, or `endless`. */
  readonly name: string;
  readonly problem?: string | undefined;
}

async function judge(base: Base, mutant: Mutant): Promise<Outcome> {
  const source = [{ path: 'model.onnx', source: new Blob([mutant.bytes]) }, ...base.others];
  const signal = AbortSignal.timeout(deadlineMs);
  let endpoint: Endpoint<'tensor'> | undefined;
  let outcome: Outcome;
  try {
    endpoint = await inTime('deploy()', deadlineMs + endMs, deploy(source, { task: 'tensor', signal }));
    const feeds = feedsFor(endpoint.inputs);
    if (feeds) await inTime('invoke()', deadlineMs + endMs, endpoint.invoke(feeds, { signal }));
    outcome = { name: feeds ? 'answer' : 'loaded, and its input is too large to be made' };
  } catch (error) {
    outcome = named(error, signal);
  }
  try {
    if (endpoint) await inTime('close()', endMs, endpoint.close());
  } catch (error) {
    outcome = { ...outcome, problem: String(error) };
  }
  if (isCut(mutant) && outcome.name !== 'model-invalid')
    return { ...outcome, problem: outcome.problem ?? `a model that was cut gave: ${outcome.name}` };
  return outcome;
}

function named(error: unknown, signal: AbortSignal): Outcome {
  if (error === signal.reason) return { name: 'endless' };
  if (!(error instanceof InpointError)) return { name: 'untyped', problem: `no error of ours: ${String(error)}` };
  const { code, message } = error;
  const readable = message.length < 1500 && !/(?:input|loaded|says): -?\d+\.?$|\[object|undefined\.?$/.test(message);
  return { name: code, problem: readable ? undefined : `a message that nobody can read: ${message.slice(0, 300)}` };
}

/** Tensors of ones for a model's inputs; undefined where they would have more values than a page makes. */
function feedsFor(inputs: Endpoint['inputs']): NamedTensors | undefined {
  const feeds: NamedTensors = {};
  for (const { name, type, shape } of inputs) {
    const dims = shape.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : 2));
    const length = dims.reduce((product, dim) => product * dim, 1);
    if (length > 2 ** 22) return undefined;
    feeds[name] = ones(type ?? 'float32', length, dims);
  }
  return feeds;
}

function ones(type: DataType, length: number, dims: number[]): NamedTensors[string] {
  if (type === 'string') return { type, data: Array.from({ length }, () => 'one'), dims };
  if (type === 'int64') return { type, data: new BigInt64Array(length).fill(1n), dims };
  if (type === 'uint64') return { type, data: new BigUint64Array(length).fill(1n), dims };
  const make = arrays[type];
  if (!make) throw new InpointError('task-unsupported', `No values of ${type}`);
  return { type, data: new make(length).fill(1), dims };
}

const arrays: Partial<Record<DataType, new (length: number) => Float32Array | Uint8Array>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
} as unknown as Partial<Record<DataType, new (length: number) => Float32Array | Uint8Array>>;

async function inTime<T>(what: string, ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come to its end within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

for (let from = first; from < first + count; from += perTest) {
  const to = Math.min(first + count, from + perTest);
  test(`mutants ${from} to ${to - 1} end in an answer or an error with a code, and harm nothing else`, async () => {
    const problems: string[] = [];
    /** Since the last look at the anchor, a mutant may have broken the engine or been at it for ever. */
    let mayBeLost = false;
    for (let index = from; index < to; index++) {
      const random = new Random(seed * 1_000_003 + index);
      const base = index % 100 === 42 ? endless : random.pick(bases);
      const mutant = mutate(base.bytes, random);
      const start = performance.now();
      const { name, problem } = await judge(base, mutant);
      const ms = performance.now() - start;
      const what = `mutant ${index}, ${base.name} with ${mutant.kind}: ${name}`;
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
      kinds.set(mutant.kind, (kinds.get(mutant.kind) ?? 0) + 1);
      slowest.push({ ms: Math.round(ms), what });
      if (problem) problems.push(`${what}: ${problem}`);
      if (['endless', 'out-of-memory', 'worker-lost', 'inference-failed'].includes(name)) mayBeLost = true;
      if (index % perCheck !== perCheck - 1 && !problem) continue;
      try {
        // A model that comes after it is served, on this engine or on a new one.
        const after = await inTime('a sound deployment', deadlineMs, deploy([sound], { task: 'tensor' }));
        await expectSound(after);
        await inTime('close()', endMs, after.close());
      } catch (error) {
        problems.push(`after ${what}: ${String(error)}`);
      }
      try {
        await expectSound(anchor);
      } catch (error) {
        if (!mayBeLost) problems.push(`beside ${what}: ${String(error)}`);
        await anchor.close();
        anchor = await inTime('a sound deployment', deadlineMs * 2, deploy([sound], { task: 'tensor' }));
      }
      mayBeLost = false;
    }
    assert.equal(problems.join('\n'), '');
  });
}

test('the mutants were of every kind, and some were answered', () => {
  const sorted = (map: Map<string, number>): object => Object.fromEntries([...map].toSorted(([, a], [, b]) => b - a));
  slowest.sort((a, b) => b.ms - a.ms);
  console.log(
    JSON.stringify({ count, seed, outcomes: sorted(outcomes), kinds: sorted(kinds), slowest: slowest.slice(0, 8) }),
  );
  assert.isAtLeast(kinds.size, 14);
  assert.isAbove(outcomes.get('answer') ?? 0, 0);
});

await report();
await anchor.close();
