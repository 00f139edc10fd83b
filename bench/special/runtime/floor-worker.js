// The least that a first prediction takes: a hand-written worker with the bare runtime.
import * as ort from '../runtime/ort.wasm.min.mjs';

onmessage = async ({ data: { url, input, count } }) => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL('../runtime/', import.meta.url).href;
  const model = await (await fetch(url)).arrayBuffer();
  const session = await ort.InferenceSession.create(new Uint8Array(model));
  const data = new Float32Array(input.dims.reduce((product, dim) => product * dim, 1)).fill(0.5);
  const feeds = { [input.name]: new ort.Tensor('float32', data, input.dims) };
  const times = [];
  for (let run = 0; run < count; run++) {
    const start = performance.now();
    const results = await session.run(feeds);
    times.push(performance.now() - start);
    if (run === 0) postMessage({ first: [...Object.values(results)[0].data].slice(0, 3) });
  }
  postMessage({ times });
};
