import { twice } from './replies.js';
import * as inpoint from '../../../dist/index.js';

const orders = new BroadcastChannel('faults');
const workers = [];
const reports = [];
let faultAt = 0;
const { version } = await (await fetch('/package.json')).json();

globalThis.inpoint = inpoint;
globalThis.lab = {
  workers,
  reports,
  twice,
  settled: 0,
  async deploy(archive, { faults = '', poison = '', share = false, ...options } = {}) {
    const address = (name) => `/test/runtime-faults/workers/${name}.js?faults=${faults}&poison=${poison}`;
    const made = (name) => () => {
      const worker = new Worker(address(name), { type: 'module' });
      workers.push(worker);
      return worker;
    };
    return inpoint.deploy(`/${archive}.tar.gz`, {
      ...options,
      assets: {
        engineWorker: share ? address('engine') : made('engine'),
        webgpuWorker: share ? address('webgpu') : made('webgpu'),
        ...options.assets,
      },
      onReport: (report) => reports.push({ ...report, at: performance.now() }),
    });
  },
  foundFaster(archive) {
    const { href } = new URL(`/${archive}.tar.gz`, location.href);
    const verdict = { device: 'webgpu', reason: 'it was faster', inpoint: version, at: Date.now() };
    localStorage.setItem('inpoint/1/verdicts', JSON.stringify({ [href]: verdict }));
  },
  async ask(endpoint, number, { rounds = 2000, size = 1, length = 1, ...options } = {}) {
    const input = {
      x: inpoint.tensor('float32', new Float32Array(length).fill(number), [length]),
      rounds: inpoint.tensor('int64', BigInt64Array.of(BigInt(rounds)), []),
      size: inpoint.tensor('int64', BigInt64Array.of(BigInt(size)), [1]),
    };
    const { y } = await endpoint.invoke(input, options);
    return y.data[0];
  },
  async versionOf(endpoint, number, options) {
    const { y } = await endpoint.invoke({ x: inpoint.tensor('float32', Float32Array.of(number), [1]) }, options);
    return y.data[0];
  },
  loop(endpoint, callers, numberOf) {
    const answers = {};
    const failures = [];
    let [longestMs, calls, isOver] = [0, 0, false];
    const call = async () => {
      // Whoever began the loop ends it.
      // oxlint-disable-next-line eslint/no-unmodified-loop-condition
      while (!isOver) {
        const number = numberOf(calls++);
        const start = performance.now();
        const { value, error } = await lab.outcome(lab.versionOf(endpoint, number));
        longestMs = Math.max(longestMs, performance.now() - start);
        if (error) failures.push(`${error.code}: ${error.message}`);
        else answers[`${number} → ${value}`] = (answers[`${number} → ${value}`] ?? 0) + 1;
      }
    };
    const all = Array.from({ length: callers }, call);
    return {
      async stop() {
        isOver = true;
        await Promise.all(all);
        return { answers, failures, longestMs, calls };
      },
    };
  },
  burst(endpoint, count, change = {}, all = {}) {
    lab.settled = 0;
    const calls = Array.from({ length: count }, (_, number) =>
      lab.outcome(lab.ask(endpoint, number, { ...all, ...change[number] })).finally(() => lab.settled++),
    );
    return Promise.all(calls);
  },
  async outcome(promise) {
    try {
      return { value: await Promise.race([promise, never()]), at: performance.now() };
    } catch (error) {
      return {
        error: { name: error?.name, code: error?.code, message: String(error?.message ?? error) },
        at: performance.now(),
      };
    }
  },
  fault(what) {
    faultAt = performance.now();
    if (typeof what === 'string') orders.postMessage(what);
    else what();
  },
  recovery(outcomes) {
    const lost = reports.find(({ at, losses }) => at >= faultAt && losses.length > 0)?.at ?? faultAt;
    const after = outcomes.filter(({ at, value }) => at > lost && value !== undefined).map(({ at }) => at);
    return Math.round(Math.min(...after) - faultAt);
  },
  /** Polls: what is waited for tells nobody. */
  async until(isSo) {
    while (!isSo()) await lab.wait(0);
  },
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Milliseconds after which a call is taken to be lost. */
const lostMs = 12_000;

function never() {
  const told = () => JSON.stringify(reports.at(-1));
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`It was never settled: ${told()}`)), lostMs));
}

document.title = 'ready';
