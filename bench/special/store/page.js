import { deploy, models, openArtifact } from '../dist/index.js';

const open = async (url, options) => {
  const start = performance.now();
  const artifact = await openArtifact(url, options);
  const ms = performance.now() - start;
  return { ms, kind: artifact.storage.kind, source: artifact.storage.source };
};

/** What is measured, by name; each gives milliseconds. A worker is started within each: ours starts its own, too. */
globalThis.scenarios = {
  floor: (url) =>
    new Promise((resolve) => {
      const worker = new Worker('./floor-worker.js');
      const start = performance.now();
      worker.onmessage = () => {
        worker.terminate();
        resolve({ ms: performance.now() - start });
      };
      worker.postMessage(new URL(url, location.href).href);
    }),
  opened: (url) => open(url, { cache: 'reload' }),
  memory: (url) => open(url, { cache: 'no-store' }),
  integrity: (url, { integrity }) => open(url, { cache: 'reload', integrity }),
  always: (url) => open(url, { cache: 'reload', resume: 'always' }),
  never: (url) => open(url, { cache: 'reload', resume: 'never' }),
  reopened: (url) => open(url, { cache: 'force-cache' }),
  async loaded(url) {
    const start = performance.now();
    await using endpoint = await deploy(url, { cache: 'force-cache', task: 'tensor' });
    return { ms: performance.now() - start, kind: endpoint.storage.kind };
  },
};

globalThis.clear = () => models.clear();

document.title = 'ready';
