import { createWriter } from './transformers.js';

let write;
onmessage = async ({ data: { model, prompt, count } }) => {
  try {
    if (model) {
      write = await createWriter(model);
      postMessage({});
    } else postMessage({ text: await write(prompt, count, () => postMessage({ token: true })) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
