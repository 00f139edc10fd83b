import { deploy } from '../dist/index.js';

const tensorOf = ({ type, dims, below = 2 }, seed) => {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data =
    type === 'int64'
      ? BigInt64Array.from({ length }, (_, i) => BigInt(1 + ((seed * 31 + i * 7) % (below - 1))))
      : Float32Array.from({ length }, (_, i) => Math.sin(seed + i));
  return { type, dims, data };
};

const feedsOf = (inputs, seed) => Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input, seed)]));

/** A worker with one message a call. */
async function openRival({ onnx, threads }) {
  const worker = new Worker('./rival-worker.js', { type: 'module' });
  const pending = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, answer } }) => {
    pending.get(id)(answer);
    pending.delete(id);
  };
  const ask = (message) =>
    new Promise((resolve) => {
      pending.set(++last, resolve);
      worker.postMessage({ id: last, ...message });
    });
  await ask({ url: new URL(onnx, location.href).href, threads });
  return { call: (feeds) => ask({ feeds }), close: () => worker.terminate() };
}

async function openInpoint({ archive, threads, scaling }) {
  const endpoint = await deploy(archive, {
    task: 'tensor',
    threads,
    device: 'wasm',
    selfTest: 'off',
    ...(scaling && { scaling }),
  });
  const isWhole = () => endpoint.metrics().replicaCount >= (scaling?.min ?? 1);
  while (!isWhole()) await new Promise((look) => setTimeout(look, 20));
  return { endpoint, call: (feeds) => endpoint.invoke(feeds), close: () => endpoint.close() };
}

const open = { rival: openRival, inpoint: openInpoint };
const opened = {};

globalThis.openSide = async (name, given) => {
  opened[name] = await open[given.side](given);
};
globalThis.closeSide = async (name) => opened[name].close();

/** So many callers, each of whom asks again once it is answered. */
globalThis.loop = async (name, { inputs, callers, seconds }) => {
  const { call } = opened[name];
  const times = [];
  let answers = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  const caller = async (seed) => {
    const feeds = feedsOf(inputs, seed);
    while (performance.now() < end) {
      const asked = performance.now();
      await call(feeds);
      if (callers === 1) times.push(performance.now() - asked);
      answers++;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  times.sort((a, b) => a - b);
  return { perSecond: (answers / (performance.now() - start)) * 1000, p50: times[Math.floor(times.length / 2)] };
};

/** What both answer to the same. */
globalThis.answersOf = async (name, { inputs, output }) => {
  const seeds = Array.from({ length: 16 }, (_, i) => i);
  const all = await Promise.all(seeds.map((seed) => opened[name].call(feedsOf(inputs, seed))));
  return all.map((answer) => [...answer[output].data].slice(0, 5).map((value) => Math.round(value * 1e4) / 1e4));
};

document.title = 'ready';
