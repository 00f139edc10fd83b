import { Wllama } from '../installed/@wllama/wllama/esm/index.min.js';

/** llama.cpp in workers of its own, as the documentation of wllama shows it. */
export async function open({ gguf, threads }) {
  const wllama = new Wllama({ default: '/installed/@wllama/wllama/esm/wasm/wllama.wasm' }, { suppressNativeLog: true });
  await wllama.loadModelFromUrl(gguf, { n_ctx: contextTokens, n_threads: threads });
  return {
    async predict({ prompt, tokens }, onToken) {
      const stream = await wllama.createCompletion({ prompt, max_tokens: tokens, temperature: 0, stream: true });
      let text = '';
      for await (const { choices } of stream) {
        const piece = choices[0]?.text ?? '';
        text += piece;
        if (piece !== '') onToken?.();
      }
      return text;
    },
    close: () => wllama.exit(),
  };
}

/** As many as the models of the benchmark take. */
const contextTokens = 512;
