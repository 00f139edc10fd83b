// What a developer writes by hand for each task: no library but the runtime, and a tokenizer where there is text.
import * as ort from '../../runtime/ort.wasm.min.mjs';
import { serveOverWorker } from './serve-over-worker.js';

serveOverWorker(async (model) => {
  ort.env.wasm.numThreads = model.threads;
  ort.env.wasm.wasmPaths = new URL('/runtime/', import.meta.url).href;
  const [task, bytes] = await Promise.all([tasks[model.task](model), fetchBytes(model.onnx)]);
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'all' });
  return { ...task(session), close: () => session.release() };
});

async function fetchBytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const fetchJson = async (url) => (await fetch(url)).json();

const int64 = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

const tasks = {
  async tensor({ output }) {
    const tensors = (feeds) =>
      Object.fromEntries(
        Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new ort.Tensor(type, data, dims)]),
      );
    return (session) => ({
      predict: async (feeds) => (await session.run(tensors(feeds), [output]))[output].data,
      async predictStacked(feeds) {
        const { data, dims } = (await session.run(tensors(feeds), [output]))[output];
        const size = data.length / dims[0];
        return Array.from({ length: dims[0] }, (_, row) => data.slice(row * size, (row + 1) * size));
      },
    });
  },

  async 'feature-extraction'({ folder }) {
    const tokenizer = await openTokenizer(folder);
    return (session) => ({
      async predict(text) {
        const { ids, attention_mask: mask } = tokenizer.encode(text);
        const feeds = { input_ids: int64(ids), attention_mask: int64(mask), token_type_ids: int64(ids.map(() => 0)) };
        const { data, dims } = (await session.run(feeds)).last_hidden_state;
        const width = dims[2];
        const mean = new Float32Array(width);
        for (let i = 0; i < data.length; i++) mean[i % width] += data[i] / dims[1];
        const length = Math.hypot(...mean);
        return mean.map((value) => value / length);
      },
    });
  },

  async 'image-classification'({ folder }) {
    const { id2label } = await fetchJson(`${folder}config.json`);
    return (session) => ({
      async predict({ data, width, height }) {
        const area = width * height;
        const pixels = new Float32Array(3 * area);
        for (let i = 0; i < area; i++) {
          for (let channel = 0; channel < 3; channel++) pixels[channel * area + i] = data[i * 4 + channel] / 127.5 - 1;
        }
        const { logits } = await session.run({
          pixel_values: new ort.Tensor('float32', pixels, [1, 3, height, width]),
        });
        return best(softmax(logits.data), id2label);
      },
    });
  },

  async 'text-generation'({ folder }) {
    const tokenizer = await openTokenizer(folder);
    return (session) => ({
      predict: async ({ prompt, tokens }, onToken) => {
        const written = await write(session, tokenizer.encode(prompt).ids, tokens, onToken);
        return tokenizer.decode(written, { skip_special_tokens: true });
      },
    });
  },
};

async function openTokenizer(folder) {
  const { Tokenizer } = await import('../../tokenizers/tokenizers.mjs');
  const files = ['tokenizer.json', 'tokenizer_config.json'].map((file) => fetchJson(`${folder}${file}`));
  return new Tokenizer(...(await Promise.all(files)));
}

function softmax(logits) {
  const highest = Math.max(...logits);
  const exps = logits.map((value) => Math.exp(value - highest));
  const sum = exps.reduce((total, value) => total + value, 0);
  return exps.map((value) => value / sum);
}

function best(scores, labels) {
  const order = [...scores.keys()].toSorted((a, b) => scores[b] - scores[a]);
  return order.slice(0, 5).map((index) => ({ label: labels[index], score: scores[index] }));
}

/** A greedy loop that keeps keys and values from step to step. */
async function write(session, prompt, count, onToken) {
  const pasts = session.inputMetadata.filter(({ name }) => name.startsWith('past'));
  const tensors = {};
  for (const { name, shape } of pasts) {
    tensors[name] = new ort.Tensor('float32', new Float32Array(0), [1, shape[1], 0, shape[3]]);
  }
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
    let top = 0;
    for (let token = 1; token < last.length; token++) if (last[token] > last[top]) top = token;
    written.push(top);
    onToken();
    if (written.length === count) return written;
    for (const { name } of pasts) tensors[name] = results[name.replace('past_key_values', 'present')];
    step = [top];
  }
}
