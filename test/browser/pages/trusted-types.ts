import { assert } from 'chai';
import { deploy } from 'inpoint';
import { report, test } from '../harness.ts';

interface Policy {
  createScriptURL(address: string): { toString(): string };
}

const policy = (
  globalThis as unknown as {
    trustedTypes: { createPolicy(name: string, rules: { createScriptURL(address: string): string }): Policy };
  }
).trustedTypes.createPolicy('inpoint', { createScriptURL: (address) => address });

test('deploy() works under require-trusted-types-for with addresses of the page’s own policy', async () => {
  assert.throws(() => new Worker('/dist/engine-worker.js'), TypeError);
  await using endpoint = await deploy('/models/digits/model.tar.gz', {
    task: 'image-classification',
    assets: {
      engineWorker: policy.createScriptURL('/dist/engine-worker.js'),
      archiveWorker: policy.createScriptURL('/dist/archive-worker.js'),
    },
  });
  const { labels } = await endpoint.invoke(new ImageData(28, 28));
  assert.lengthOf(labels, 5);
});

await report();
