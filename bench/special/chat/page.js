/** Those who write texts, by name: each loads a model and gives what writes with it. */
const rivals = {
  /** A hand-written loop in a worker, with the bare runtime. */
  floor: (model) => overWorker('./floor-worker.js', model),
  /** As its documentation shows it. */
  async transformers(model) {
    const { createWriter } = await import('./transformers.js');
    return createWriter(model);
  },
  /** The same in a worker. */
  'transformers-worker': (model) => overWorker('./transformers-worker.js', model),
  async inpoint({ folder, cacheMemoryMB, file }) {
    const { deploy } = await import('../dist/index.js');
    const options = { task: 'text-generation', device: 'wasm', threads: 1, selfTest: 'off', model: file };
    const endpoint = await deploy(folder, { ...options, cacheMemoryMB });
    return async (prompt, count, onToken) => {
      let text = '';
      for await (const piece of endpoint.invokeStream(prompt, { maxTokens: count, temperature: 0 })) {
        text += piece.text;
        if (piece.token !== undefined) onToken();
      }
      return text;
    };
  },
};

async function overWorker(script, model) {
  const worker = new Worker(script, { type: 'module' });
  const next = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data));
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  worker.postMessage({ model });
  await next();
  return (prompt, count, onToken) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        if (data.token) onToken();
        else if ('error' in data) reject(new Error(data.error));
        else resolve(data.text);
      };
      worker.postMessage({ prompt, count });
    });
}

/** How the main thread was held while something was done. */
async function watched(work) {
  const tasks = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  });
  observer.observe({ type: 'longtask' });
  const result = await work();
  await new Promise((resolve) => setTimeout(resolve, 50));
  observer.disconnect();
  return { ...result, longestTaskMs: Math.max(0, ...tasks), blockedMs: tasks.reduce((sum, ms) => sum + ms, 0) };
}

let write;

/** Loads a model, and writes once, from nothing. */
globalThis.open = (name, model, prompt, count) =>
  watched(async () => {
    const start = performance.now();
    write = await rivals[name](model);
    let firstMs;
    await write(prompt, count, () => (firstMs ??= performance.now() - start));
    return { firstMs };
  });

/** Writes, and tells when each token came. */
globalThis.writeText = (prompt, count) =>
  watched(async () => {
    const start = performance.now();
    const times = [];
    const text = await write(prompt, count, () => times.push(performance.now() - start));
    const tokensPerSecond = ((times.length - 1) / (times.at(-1) - times[0])) * 1000;
    return { text, tokens: times.length, firstMs: times[0], tokensPerSecond };
  });

/** Writes several texts at once; gives the tokens a second of all of them. */
globalThis.writeAtOnce = async (prompts, count) => {
  const start = performance.now();
  let tokens = 0;
  await Promise.all(prompts.map((prompt) => write(prompt, count, () => tokens++)));
  return { tokensPerSecond: (tokens / (performance.now() - start)) * 1000 };
};

document.title = 'ready';
