import * as inpoint from '../../../dist/index.js';

const workers = new Set();

/** Counts the workers that are there. */
globalThis.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    workers.add(this);
  }
  terminate() {
    workers.delete(this);
    super.terminate();
  }
};

globalThis.inpoint = inpoint;
globalThis.modes = {
  get workers() {
    return [...workers];
  },
  deploy: (name, options) =>
    inpoint.deploy(`/${name}.tar.gz`, { device: 'wasm', selfTest: 'off', threads: 1, ...options }),
  async ask(endpoint, number, { rounds = 0, ...options } = {}) {
    const input = {
      x: inpoint.tensor('float32', Float32Array.of(number), [1]),
      rounds: inpoint.tensor('int64', BigInt64Array.of(BigInt(rounds)), [1]),
    };
    const { y } = await endpoint.invoke(input, options);
    return y.data[0];
  },
  /** Rounds that take so many milliseconds, as measured. */
  async roundsFor(endpoint, ms) {
    await modes.ask(endpoint, 1, { rounds: 10 });
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await modes.ask(endpoint, 1, { rounds: 50 });
      best = Math.min(best, performance.now() - start);
    }
    return Math.ceil((ms * 50) / best);
  },
  /** Milliseconds that something takes, with what it came to. */
  async timed(promise) {
    const start = performance.now();
    try {
      return { value: await promise, ms: performance.now() - start };
    } catch (error) {
      const { name, code, message, retryAfterMs } = error ?? {};
      return { error: { name, code, message, retryAfterMs }, ms: performance.now() - start };
    }
  },
  /** Polls: what is waited for tells nobody. */
  async until(isSo, ms = 20_000) {
    const end = performance.now() + ms;
    while (!isSo()) {
      if (performance.now() > end) throw new Error(`It did not come to that: ${isSo}`);
      await modes.wait(5);
    }
  },
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  /** As if the visitor had gone to another tab, or come back. */
  setVisibility(state) {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  },
};

document.title = 'ready';
