import { deploy, InpointError, models, openArtifact, preflight } from '../../../dist/index.js';

/**
 * What a page does with a model. What became of it goes to the server, under `/results`: a driver's `evaluate()` is an
 * `eval()`, which the policies that are tested forbid.
 *
 * `?call=deploy` is what it does; `?model=/model.tar.gz` its address; `?options={…}` are given to the call as they are;
 * `?policy=inpoint` makes addresses of workers by a Trusted Types policy of that name.
 */
const asked = new URLSearchParams(location.search);
const { href: site } = new URL('/', import.meta.url);
const address = new URL(asked.get('model') ?? '/public/models/digits/model.tar.gz', site);

const violations = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) =>
  violations.push({ effectiveDirective, blockedURI, sourceFile }),
);

const calls = {
  async deploy(options) {
    await using endpoint = await deploy(address, { task: 'image-classification', ...options });
    const { labels } = await endpoint.invoke(seven());
    const kept = (await models.list(options)).map(({ key }) => new URL(key).pathname);
    const { storage, report } = endpoint;
    return { label: labels[0].label, score: labels[0].score, storage, report, kept };
  },
  async invokeBlobs(options) {
    await using endpoint = await deploy(address, { task: 'image-classification', ...options });
    const canvas = new OffscreenCanvas(280, 280);
    canvas.getContext('2d').putImageData(seven(), 0, 0);
    const blob = await canvas.convertToBlob();
    const answers = [blob, URL.createObjectURL(blob)].map((input) => endpoint.invoke(input));
    const settled = await Promise.allSettled(answers);
    return settled.map(({ value, reason }) => reason?.code ?? value.labels[0].label);
  },
  openArtifact: async (options) => (await openArtifact(address, options)).name,
  preflight: async (options) => (await preflight(address, options)).name,
  list: (options) => models.list(options),
  prefetch: (options) => models.prefetch(address, options),
  persist: () => models.persist(),
};

const start = performance.now();
const told = await outcome();
const ms = performance.now() - start;
// A violation is told of in a turn of its own.
await new Promise((later) => setTimeout(later));
const here = { isSecureContext, origin: globalThis.origin, lacks: lacking() };
const body = JSON.stringify({ ...told, ms, violations, here });
await fetch(new URL('/results', site), { method: 'POST', body });

async function outcome() {
  try {
    const options = { ...JSON.parse(asked.get('options') ?? '{}'), ...trusted(asked.get('policy')) };
    return { value: await calls[asked.get('call') ?? 'deploy'](options) };
  } catch (thrown) {
    const { name, code, message } = thrown;
    return { error: { name, code, message, isInpoint: thrown instanceof InpointError } };
  }
}

function lacking() {
  const parts = {
    'crypto.subtle': 'subtle' in crypto,
    OPFS: 'storage' in navigator,
    locks: 'locks' in navigator,
    caches: 'caches' in globalThis,
    SharedArrayBuffer: 'SharedArrayBuffer' in globalThis,
  };
  return Object.keys(parts).filter((name) => !parts[name]);
}

/**
 * Under `require-trusted-types-for` a worker's address needs a policy of the page that vouches for it. One that is named
 * `default` is asked of every address, wherever it is written.
 */
function trusted(name) {
  if (!name) return {};
  const policy = trustedTypes.createPolicy(name, {
    createScriptURL(path) {
      const { origin, pathname, href } = new URL(path, site);
      if (origin === location.origin && /^\/(dist|assets)\//.test(pathname)) return href;
      throw new TypeError(`${href} is no worker of Inpoint.`);
    },
  });
  if (name === 'default') return {};
  const engineWorker = policy.createScriptURL('/dist/engine-worker.js');
  const archiveWorker = policy.createScriptURL('/dist/archive-worker.js');
  return { assets: { engineWorker, archiveWorker } };
}

/** A seven, as the demo's visitors draw them. */
function seven() {
  const canvas = new OffscreenCanvas(280, 280);
  const pen = canvas.getContext('2d');
  pen.fillStyle = 'black';
  pen.fillRect(0, 0, 280, 280);
  pen.strokeStyle = 'white';
  pen.lineWidth = 24;
  pen.lineCap = 'round';
  pen.beginPath();
  pen.moveTo(80, 80);
  pen.lineTo(200, 80);
  pen.lineTo(130, 220);
  pen.stroke();
  return pen.getImageData(0, 0, 280, 280);
}
