import { assert } from 'chai';
import { deploy, type Endpoint } from 'inpoint';
import { patience, report, test } from '../harness.ts';

const digits = '/models/digits/model.tar.gz';

function drawing(seed: number): ImageData {
  const image = new ImageData(28, 28);
  for (let i = 0; i < 28 * 28; i++) image.data.set([(i * seed * 7) % 256, (i * seed) % 256, seed, 255], i * 4);
  return image;
}

/** Waits until something is so. */
async function until(what: string, isSo: () => boolean, ms: number): Promise<void> {
  const start = performance.now();
  while (!isSo()) {
    assert.isBelow(performance.now() - start, ms * patience, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Callers that each call again as soon as they are answered. `stop()` gives their answers, by the drawing. */
function load(
  endpoint: Endpoint<'image-classification'>,
  callers: number,
): { stop(): Promise<Map<number, Set<string>>> } {
  const end = new AbortController();
  const answers = new Map<number, Set<string>>();
  const all = Array.from({ length: callers }, async (_, seed) => {
    const seen = new Set<string>();
    answers.set(seed, seen);
    while (!end.signal.aborted) {
      const { labels } = await endpoint.invoke(drawing(seed), { topK: 1 });
      seen.add(`${labels[0]!.label} ${labels[0]!.score.toFixed(3)}`);
    }
  });
  return {
    async stop() {
      end.abort();
      await Promise.all(all);
      return answers;
    },
  };
}

test('deploy() adds replicas under a load that lasts, takes them away after it, and answers the same with each', async () => {
  await using endpoint = await deploy(digits, {
    task: 'image-classification',
    device: 'wasm',
    scaling: { max: 2, targetInFlight: 4, scaleInCooldownMs: 1500 },
  });
  assert.equal(endpoint.metrics().replicaCount, 1);
  await endpoint.invoke(drawing(1));
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(endpoint.metrics().replicaCount, 1, 'one call is no load');
  const callers = load(endpoint, 16);
  await until('a second replica', () => endpoint.metrics().replicaCount === 2, 8000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(endpoint.metrics().replicaCount, 2, 'and no third');
  const answers = await callers.stop();
  for (const [seed, seen] of answers) assert.equal(seen.size, 1, `the answers to drawing ${seed}`);
  await until('one replica', () => endpoint.metrics().replicaCount === 1, 6000);
  await endpoint.invoke(drawing(2));
});

test('deploy() has min replicas at once, and no more than the device has cores for', async () => {
  await using endpoint = await deploy(digits, {
    task: 'image-classification',
    device: 'wasm',
    scaling: { min: 2, max: 64, targetInFlight: 0.1 },
  });
  await until('two replicas', () => endpoint.metrics().replicaCount === 2, 8000);
  const callers = load(endpoint, 8);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { replicaCount } = endpoint.metrics();
  await callers.stop();
  assert.isAtMost(replicaCount, Math.max(2, navigator.hardwareConcurrency));
});

test('deploy() lets a model rest that nobody calls, where min is 0, and brings it back for a call', async () => {
  await using endpoint = await deploy(digits, {
    task: 'image-classification',
    device: 'wasm',
    scaling: { min: 0, max: 2, idleMs: 600 },
  });
  const first = await endpoint.invoke(drawing(3));
  await until('no replica', () => endpoint.metrics().replicaCount === 0, 3000);
  assert.deepEqual(await endpoint.invoke(drawing(3)), first);
  assert.equal(endpoint.metrics().replicaCount, 1);
  await until('no replica again', () => endpoint.metrics().replicaCount === 0, 3000);
});

test('deploy() refuses a scaling that says nothing', async () => {
  const refused = async (scaling: object): Promise<unknown> =>
    deploy(digits, { task: 'image-classification', scaling }).catch((error: unknown) => error);
  for (const scaling of [
    { min: 1.5 },
    { min: Infinity },
    { max: 2.5 },
    { max: 0 },
    { min: 3, max: 2 },
    { targetInFlight: 0 },
    { idleMs: -1 },
  ])
    assert.instanceOf(await refused(scaling), RangeError, JSON.stringify(scaling));
});

await report();
