import { assert } from 'chai';
import { deploy, InferenceError, type DeployOptions } from 'inpoint';
import { rejection, report, test } from '../harness.ts';

const digits = '/models/digits/model.tar.gz';

async function startError(name: string, options: DeployOptions = {}): Promise<InferenceError> {
  const error = await rejection(deploy(digits, { ...options, assets: { wasm: `/bad/runtimes/${name}/` } }));
  assert.instanceOf(error, InferenceError, String(error));
  assert.include(error.message, `/bad/runtimes/${name}/ort-wasm-simd-threaded.wasm`);
  assert.notMatch(error.message, /no available backend|previous call|ASSERTIONS/);
  return error;
}

for (const [name, says] of [
  ['script-404', 'Its script is not there, has no JavaScript type'],
  ['script-as-text', 'Its script is not there, has no JavaScript type'],
  ['script-is-a-page', 'Its script is not there, has no JavaScript type'],
  ['script-is-cut', 'Its script is damaged'],
  ['script-of-another', 'Its two files are of different versions'],
  ['wasm-404', 'What came as its .wasm is not there, empty, cut short'],
  ['wasm-500', 'What came as its .wasm is not there, empty, cut short'],
  ['wasm-is-a-page', 'A web page came instead of its .wasm'],
  ['wasm-is-empty', 'What came as its .wasm is not there, empty, cut short'],
  ['wasm-is-cut', 'What came as its .wasm is not there, empty, cut short'],
  ['wasm-drops', 'The connection broke off'],
  ['wasm-of-another', 'Its two files are of different versions'],
] as const) {
  test(`deploy() tells why the runtime does not start: ${name}`, async () => {
    const error = await startError(name);
    assert.equal(error.code, 'runtime-failed');
    assert.include(error.message, says);
  });
}

test('a .wasm that is served as text is compiled all the same, and deploy() works after all those', async () => {
  await (await deploy(digits, { assets: { wasm: '/bad/runtimes/wasm-as-text/' } })).close();
  await (await deploy(digits)).close();
});

test('deploy() tells that a policy forbids WebAssembly', async () => {
  // Only a page without 'wasm-unsafe-eval' comes here.
  const error = await startError('sound');
  assert.equal(error.code, 'runtime-failed');
  assert.include(error.message, "add 'wasm-unsafe-eval' to its script-src");
});

test('deploy() tells that threads cannot start, and goes without them when told to', async () => {
  assert.isTrue(crossOriginIsolated);
  const error = await startError('script-without-coep', { threads: 2 });
  assert.equal(error.code, 'runtime-failed');
  assert.include(error.message, 'Cross-Origin-Embedder-Policy');
  const assets = { wasm: '/bad/runtimes/sound/' };
  await (await deploy(digits, { assets, threads: 2 })).close();
  const single = await deploy(digits, { assets: { wasm: '/bad/runtimes/script-without-coep/' }, threads: 1 });
  assert.equal(single.report.threads, 1);
  await single.close();
});

test('deploy() tells that a model of 2 GiB in one piece is too large', async () => {
  const piece = new Blob([new Uint8Array(2 ** 26)]);
  const source = [{ path: 'model.onnx', source: new Blob(Array.from({ length: 33 }, () => piece)) }];
  const error = await rejection(
    deploy(source, { task: 'tensor', limits: { maxFileBytes: 2 ** 33, maxTotalBytes: 2 ** 33 } }),
  );
  assert.equal((error as InferenceError).code, 'model-too-large', String(error));
  await (await deploy(digits)).close();
});

await report();
