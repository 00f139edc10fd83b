import { serve, tensor } from '/node_modules/inpoint/dist/worker.js';

serve({
  preprocess(image, { inputs: [input] }) {
    const pixels = Float32Array.from({ length: 28 * 28 }, (_, index) => image.data[4 * index] / 127.5 - 1);
    return { [input.name]: tensor('float32', pixels, [1, 1, 28, 28]) };
  },
  postprocess(outputs, { outputs: [output] }) {
    const logits = outputs[output.name].data;
    return logits.indexOf(Math.max(...logits));
  },
});
