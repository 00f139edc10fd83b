import {
  AutoModel,
  env,
  pipeline,
  RawImage,
  Tensor,
  TextStreamer,
} from '../installed/@huggingface/transformers/dist/transformers.min.js';
import { stack } from './over-worker.js';

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = '/models/';
env.backends.onnx.wasm.wasmPaths = new URL('/installed/onnxruntime-web/dist/', import.meta.url).href;

/** Transformers.js as its documentation shows it: on the page's own thread. */
export async function open(model) {
  env.backends.onnx.wasm.numThreads = model.threads;
  const dtype = model.dtype === 'int8' ? 'q8' : 'fp32';
  return tasks[model.task](model, { device: 'wasm', dtype });
}

const tasks = {
  async tensor({ name, output }, options) {
    const model = await AutoModel.from_pretrained(name, options);
    const tensors = (feeds) =>
      Object.fromEntries(
        Object.entries(feeds).map(([input, { type, dims, data }]) => [input, new Tensor(type, data, dims)]),
      );
    const predictStacked = async (feeds) => {
      const { data, dims } = (await model(tensors(feeds)))[output];
      const size = data.length / dims[0];
      return Array.from({ length: dims[0] }, (_, row) => data.slice(row * size, (row + 1) * size));
    };
    return {
      predict: async (feeds) => (await model(tensors(feeds)))[output].data,
      predictStacked,
      predictMany: (rows) => predictStacked(stack(rows)),
      close: () => model.dispose(),
    };
  },

  async 'feature-extraction'({ name }, options) {
    const extract = await pipeline('feature-extraction', name, options);
    return {
      predict: async (text) => (await extract(text, { pooling: 'mean', normalize: true })).data,
      close: () => extract.dispose(),
    };
  },

  async 'image-classification'({ name }, options) {
    const classify = await pipeline('image-classification', name, options);
    return {
      async predict({ data, width, height }) {
        const image = new RawImage(data, width, height, 4).rgb();
        return classify(image, { top_k: 5 });
      },
      close: () => classify.dispose(),
    };
  },

  async 'text-generation'({ name }, options) {
    const generator = await pipeline('text-generation', name, options);
    return {
      async predict({ prompt, tokens }, onToken) {
        const streamer = new TextStreamer(generator.tokenizer, {
          skip_prompt: true,
          callback_function() {},
          token_callback_function: onToken,
        });
        const [{ generated_text: text }] = await generator(prompt, {
          max_new_tokens: tokens,
          do_sample: false,
          return_full_text: false,
          streamer,
        });
        return text;
      },
      close: () => generator.dispose(),
    };
  },
};
