import { deploy } from '../dist/index.js';

const tensorOf = ({ dims }) => ({
  type: 'float32',
  dims,
  data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(0.5),
});

/** What is measured, by name; each gives milliseconds from nothing to the first answer, and the answer's beginning. */
globalThis.scenarios = {
  floor: ({ onnx, input }) =>
    new Promise((resolve) => {
      const start = performance.now();
      const worker = new Worker('./floor-worker.js', { type: 'module' });
      worker.onmessage = ({ data: { first } }) => {
        if (first) resolve({ ms: performance.now() - start, first });
      };
      worker.postMessage({ url: new URL(onnx, location.href).href, input, count: 1 });
    }),
  async inpoint({ archive, input }) {
    const start = performance.now();
    const endpoint = await deploy(archive, { task: 'tensor', threads: 1, device: 'wasm', selfTest: 'off' });
    const outputs = await endpoint.invoke({ [input.name]: tensorOf(input) });
    const ms = performance.now() - start;
    const { coldStart } = endpoint.metrics();
    return { ms, first: [...Object.values(outputs)[0].data].slice(0, 3), coldStart };
  },
};

/**
 * Latency on WASM while something else goes on: WebGPU being prepared, or as much work that is of no use.
 *
 * @returns milliseconds of each call
 */
globalThis.beside = async ({ archive, input, seconds }, other) => {
  const options = { task: 'tensor', threads: 1, selfTest: 'off' };
  // The verdict of an earlier round would end the preparation before it begins.
  localStorage.clear();
  let isOver = false;
  const over = () => (isOver = true);
  const auto = { device: 'auto', softwareWebgpu: true, onReport: over };
  const endpoint = await deploy(archive, { ...options, ...(other === 'webgpu' ? auto : { device: 'wasm' }) });
  const x = tensorOf(input);
  for (let i = 0; i < 20; i++) await endpoint.invoke({ [input.name]: x });
  // SwiftShader computes with every core.
  const count = other === 'dummy' ? navigator.hardwareConcurrency : 0;
  const workers = Array.from({ length: count }, () => new Worker('./dummy-worker.js', { type: 'module' }));
  const times = [];
  const end = performance.now() + seconds * 1000;
  for (;;) {
    if (performance.now() > end || (other === 'webgpu' && isOver)) break;
    const start = performance.now();
    await endpoint.invoke({ [input.name]: x });
    times.push(performance.now() - start);
  }
  for (const worker of workers) worker.terminate();
  const { verdict } = endpoint.report;
  await endpoint.close();
  return { times, verdict };
};

document.title = 'ready';
