import { deploy } from '../inpoint/index.js';
import { stack } from './over-worker.js';

/** Inpoint: an archive in, an endpoint out, in as many engines as the calls ask for and the device has cores for. */
export async function open({ archive, task, output, threads, stacks }) {
  const endpoint = await deploy(archive, {
    task,
    device: 'wasm',
    threads,
    selfTest: 'off',
    scaling: { max: Infinity },
  });
  const invoke = {
    tensor: async (feeds) => (await endpoint.invoke(feeds))[output].data,
    'feature-extraction': async (text) => (await endpoint.invoke(text, { pooling: 'mean', normalize: true })).embedding,
    'image-classification': async (image) => (await endpoint.invoke(image, { topK: 5 })).labels,
    async 'text-generation'({ prompt, tokens }, onToken) {
      let written = '';
      for await (const { text, token } of endpoint.invokeStream(prompt, { maxTokens: tokens, temperature: 0 })) {
        written += text;
        if (token !== undefined) onToken?.();
      }
      return written;
    },
  };
  return {
    predict: invoke[task],
    ...(stacks && {
      async predictMany(rows) {
        const { data, dims } = (await endpoint.invoke(stack(rows)))[output];
        const size = data.length / dims[0];
        return Array.from({ length: dims[0] }, (_, row) => data.slice(row * size, (row + 1) * size));
      },
    }),
    close: () => endpoint.close(),
  };
}
