import { InputError, serve, tensor, type NamedTensors } from 'inpoint/worker';

serve({
  preprocess(samples: Float32Array, { inputs, options, file }): NamedTensors {
    const [input] = inputs;
    if (!input || !file('scale.json'))
      throw new InputError('samples', `There is no input for ${Object.keys(options).join()}.`);
    return { [input.name]: tensor('float32', samples, [1, samples.length]) };
  },
  postprocess: (outputs) => Object.values(outputs)[0]?.data,
});
