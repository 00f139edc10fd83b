/** TensorFlow.js with its WASM backend, by script elements as its documentation shows it: on the page's own thread. */
export async function open({ tfjs, folder, threads }) {
  await loadScript('/installed/@tensorflow/tfjs/dist/tf.min.js');
  await loadScript('/installed/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js');
  const { tf } = globalThis;
  tf.wasm.setWasmPaths('/installed/@tensorflow/tfjs-backend-wasm/dist/');
  tf.wasm.setThreadsCount(threads);
  if (!(await tf.setBackend('wasm'))) throw new Error('The WASM backend of TensorFlow.js did not start.');
  await tf.ready();
  const [model, { id2label }] = await Promise.all([
    tf.loadLayersModel(tfjs),
    fetch(`${folder}config.json`).then((response) => response.json()),
  ]);
  return {
    async predict(image) {
      const [values, indices] = tf.tidy(() => {
        const pixels = tf.browser.fromPixels(image).toFloat().div(127.5).sub(1).expandDims(0);
        const { values: scores, indices: places } = tf.topk(tf.softmax(model.predict(pixels)), 5);
        return [scores, places];
      });
      const [scores, places] = await Promise.all([values.data(), indices.data()]);
      values.dispose();
      indices.dispose();
      return Array.from(places, (place, index) => ({ label: id2label[place], score: scores[index] }));
    },
    async close() {
      model.dispose();
      tf.disposeVariables();
    },
  };
}

function loadScript(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${source} did not load.`));
    script.src = source;
    document.head.append(script);
  });
}
