import { assert } from 'chai';
import { deploy, InferenceError, tensor, type InpointError } from 'inpoint';
import { patience, rejection, report, test } from '../harness.ts';
import { pack } from '../pack.ts';

const archives = '/shared/archives';

test('sentiment.tar.gz gives its known answers', async () => {
  await using endpoint = await deploy(`${archives}/sentiment.tar.gz`, { task: 'text-classification' });
  for (const [text, label, score] of [
    ['This movie was wonderful, I loved every minute of it.', 'POSITIVE', 0.687],
    ['The food was cold and the service was terrible.', 'NEGATIVE', 0.7],
  ] as const) {
    const [best] = (await endpoint.invoke(text)).labels;
    assert.equal(best!.label, label);
    assert.approximately(best!.score, score, 0.0005);
  }
});

for (const [file, expected] of [
  ['imdb_labelled', 83.4],
  ['yelp_labelled', 77.0],
  ['amazon_cells_labelled', 76.2],
] as const) {
  test(`sentiment.tar.gz is right on ${expected} % of ${file}, ± 0.3`, async () => {
    await using endpoint = await deploy(`${archives}/sentiment.tar.gz`, { task: 'text-classification' });
    const lines = (await (await fetch(`/shared/data/uci_sentiment/${file}.txt`)).text())
      .split('\n')
      .filter((line) => /\t[01]\s*$/.test(line));
    const answers = await Promise.all(
      lines.map(async (line) => {
        const [text, label] = line.split('\t');
        const { labels } = await endpoint.invoke(text!);
        return labels[0]!.label === (label!.trim() === '1' ? 'POSITIVE' : 'NEGATIVE');
      }),
    );
    const percent = (100 * answers.filter(Boolean).length) / answers.length;
    console.log(`sentiment on ${file}: ${percent.toFixed(2)} % of ${answers.length}`);
    assert.approximately(percent, expected, 0.3);
  });
}

test('mobilenet_v1_0.5_160.tar.gz sees a goldfish, above 0.99', async () => {
  await using endpoint = await deploy(`${archives}/mobilenet_v1_0.5_160.tar.gz`, { task: 'image-classification' });
  const [best] = (await endpoint.invoke('/shared/images/goldfish.jpg')).labels;
  console.log(`goldfish.jpg: ${best!.label} ${best!.score.toFixed(4)}`);
  assert.equal(best!.label, 'goldfish, Carassius auratus');
  assert.isAbove(best!.score, 0.99);
});

test('mnist-bare.tar.gz is right on 98.91 % of the 10,000 digits', async () => {
  await using endpoint = await deploy(`${archives}/mnist-bare.tar.gz`, { task: 'tensor' });
  const unzip = async (name: string): Promise<Uint8Array> => {
    const { body } = await fetch(`/shared/data/mnist/${name}.gz`);
    return new Uint8Array(await new Response(body!.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
  };
  const pixels = (await unzip('t10k-images-idx3-ubyte')).subarray(16);
  const labels = (await unzip('t10k-labels-idx1-ubyte')).subarray(8);
  const [input] = endpoint.inputs;
  const [output] = endpoint.outputs;
  const answers = await Promise.all(
    Array.from(labels, async (label, index) => {
      const image = Float32Array.from(pixels.subarray(index * 784, (index + 1) * 784));
      const answer = await endpoint.invoke({ [input!.name]: tensor('float32', image, [1, 1, 28, 28]) });
      const logits = answer[output!.name]!.data as Float32Array;
      return logits.indexOf(Math.max(...logits)) === label;
    }),
  );
  const right = answers.filter(Boolean).length;
  console.log(`mnist-bare: ${right} of ${answers.length}`);
  assert.equal(right, 9891);
});

for (const [file, code, says] of [
  ['sagemaker-xgboost-churn', 'model-foreign', 'convert_xgboost'],
  ['sagemaker-tensorflow', 'model-foreign', '--saved-model 1 --output model.onnx'],
  ['sagemaker-code-appledouble', 'model-missing', '"custom_script.py"'],
  ['not-gzip-xml', 'not-an-archive', 'XML'],
] as const) {
  test(`${file}.tar.gz says ${code} at once`, async () => {
    const start = performance.now();
    const error = (await rejection(deploy(`${archives}/${file}.tar.gz`))) as InpointError;
    const ms = performance.now() - start;
    assert.equal(error.code, code, String(error));
    assert.include(error.message, says);
    console.log(`${file}: ${code} after ${ms.toFixed(0)} ms`);
    assert.isBelow(ms, 2000 * patience);
  });
}

test('stories260K.tar.gz goes on with a story, and serves its tensors', async () => {
  await using writer = await deploy(`${archives}/stories260K.tar.gz`, { task: 'text-generation' });
  const { generatedText } = await writer.invoke('Once upon a time', { maxTokens: 12, temperature: 0 });
  assert.equal(generatedText, ', there was a little girl named Lily. She');
  await using endpoint = await deploy(`${archives}/stories260K.tar.gz`, { task: 'tensor' });
  assert.isAbove(endpoint.inputs.length, 1);
});

for (const [file, says] of [
  ['missing-opset', 'operator set'],
  ['unregistered-op', 'operator that this runtime does not have'],
] as const) {
  test(`broken/${file}.onnx is refused with its reason, and the next model loads`, async () => {
    const bytes = new Uint8Array(await (await fetch(`/shared/models/broken/${file}.onnx`)).arrayBuffer());
    const error = (await rejection(deploy(await pack({ 'model.onnx': bytes })))) as InferenceError;
    assert.instanceOf(error, InferenceError);
    assert.equal(error.code, 'model-invalid');
    assert.include(error.message, says);
    await (await deploy(`${archives}/mnist-bare.tar.gz`)).close();
  });
}

await report();
