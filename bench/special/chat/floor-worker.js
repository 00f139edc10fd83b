// The least that a text takes: a hand-written loop over the bare runtime, which is given its tokens.
import { Tokenizer } from '../tokenizers/tokenizers.mjs';
import * as ort from '../runtime/ort.wasm.min.mjs';

let session;
let tokenizer;

onmessage = async ({ data: { model, prompt, count } }) => {
  try {
    if (model) {
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmPaths = new URL('../runtime/', import.meta.url).href;
      const json = async (file) => (await fetch(`${model.folder}${file}`)).json();
      tokenizer = new Tokenizer(await json('tokenizer.json'), await json('tokenizer_config.json'));
      const bytes = await (await fetch(`${model.folder}${model.file}`)).arrayBuffer();
      session = await ort.InferenceSession.create(new Uint8Array(bytes), { graphOptimizationLevel: 'all' });
      postMessage({});
    } else postMessage({ text: await write(tokenizer.encode(prompt).ids, count) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};

async function write(prompt, count) {
  const pasts = session.inputMetadata.filter(({ name }) => name.startsWith('past'));
  const tensors = {};
  for (const { name, shape } of pasts) {
    tensors[name] = new ort.Tensor('float32', new Float32Array(0), [1, shape[1], 0, shape[3]]);
  }
  const int64 = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  let step = prompt;
  let length = 0;
  const written = [];
  for (;;) {
    const feeds = {
      ...tensors,
      input_ids: int64(step),
      attention_mask: int64(Array.from({ length: length + step.length }, () => 1)),
      position_ids: int64(step.map((_, index) => length + index)),
    };
    const results = await session.run(feeds);
    length += step.length;
    const { data, dims } = results.logits;
    const last = data.subarray((dims[1] - 1) * dims[2]);
    let best = 0;
    for (let token = 1; token < last.length; token++) if (last[token] > last[best]) best = token;
    written.push(best);
    postMessage({ token: true });
    if (written.length === count) return tokenizer.decode(written, { skip_special_tokens: true });
    for (const { name } of pasts) tensors[name] = results[name.replace('past_key_values', 'present')];
    step = [best];
  }
}
