// What a developer writes by hand: bare ONNX Runtime in a worker, one message a call and one back.
import * as ort from '../runtime/ort.wasm.min.mjs';

let session;

onmessage = async ({ data: { id, url, feeds, threads } }) => {
  if (url) {
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = new URL('../runtime/', import.meta.url).href;
    session = await ort.InferenceSession.create(new Uint8Array(await (await fetch(url)).arrayBuffer()));
    postMessage({ id });
    return;
  }
  const given = {};
  for (const name in feeds) given[name] = new ort.Tensor(feeds[name].type, feeds[name].data, feeds[name].dims);
  const results = await session.run(given);
  const answer = {};
  for (const name in results) answer[name] = { data: results[name].data, dims: results[name].dims };
  postMessage({ id, answer });
};
