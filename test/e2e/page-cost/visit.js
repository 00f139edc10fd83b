import { deploy } from '../../../dist/index.js';

let endpoint;

/** Megabytes of the page, its workers and WebAssembly included, after the browser has collected what is free. */
globalThis.weigh = async () => (await performance.measureUserAgentSpecificMemory()).bytes / 1e6;

/** Deploys and calls a hundred times, between two marks. */
globalThis.work = async (archive, task) => {
  performance.mark('from here');
  endpoint = await deploy(archive, { task });
  const canvas = Object.assign(document.createElement('canvas'), { width: 280, height: 280 });
  canvas.getContext('2d').fillRect(100, 40, 80, 200);
  const tensors = { pixel_values: { type: 'float32', data: new Float32Array(784), dims: [1, 1, 28, 28] } };
  for (let call = 0; call < 100; call++) await endpoint.invoke(task === 'tensor' ? tensors : canvas);
  performance.mark('to here');
};

globalThis.close = async () => {
  await endpoint.close();
  endpoint = undefined;
};

document.title = 'ready';
