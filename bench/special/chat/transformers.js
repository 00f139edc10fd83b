import { env, pipeline, TextStreamer } from '../rivals/@huggingface/transformers/dist/transformers.min.js';

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = '/models/';
env.backends.onnx.wasm.wasmPaths = new URL('../rivals/onnxruntime-web/dist/', import.meta.url).href;
env.backends.onnx.wasm.numThreads = 1;

/** Loads a model with Transformers.js, and gives what writes with it. */
export async function createWriter({ name, dtype }) {
  const generator = await pipeline('text-generation', name, { device: 'wasm', dtype });
  return async (prompt, count, onToken) => {
    const streamer = new TextStreamer(generator.tokenizer, {
      skip_prompt: true,
      callback_function() {},
      token_callback_function: onToken,
    });
    const options = { max_new_tokens: count, do_sample: false, return_full_text: false, streamer };
    const [{ generated_text: text }] = await generator(prompt, options);
    return text;
  };
}
