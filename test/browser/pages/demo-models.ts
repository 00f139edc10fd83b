import { assert } from 'chai';
import { deploy, openArtifact, type InpointError } from 'inpoint';
import { difference, readGolden } from '../../../src/golden.ts';
import { rejection, report, test } from '../harness.ts';

/** The models of the demo site, as its folder has them. */
const names = (await (await fetch('/demo-models.json')).json()) as string[];

/** How far an answer in the page may be from the training framework's. */
const allowed = 1e-4;

// As long as one model is there, the engine stays for those that come and go.
const anchor = await deploy('/models/digits/model.tar.gz');

for (const name of names) {
  test(`${name} answers in the page what its training framework did, to 1e-4`, async () => {
    const artifact = await openArtifact(`/models/${name}/model.tar.gz`);
    const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
    assert.isNotOk(golden.recorded, 'The answers come from the training framework.');
    assert.isAtLeast(golden.samples.length, 5);
    await using endpoint = await deploy(artifact);
    const wrong: string[] = [];
    for (const { name: sample, input, options, expected } of golden.samples) {
      if (expected.kind === 'answer') {
        const found = difference(expected.answer, await endpoint.invoke(input, options), allowed);
        if (found) wrong.push(`${sample}: ${found}`);
      } else {
        const { code } = (await rejection(endpoint.invoke(input, options))) as InpointError;
        if (code !== expected.error.code) wrong.push(`${sample}: ${code}`);
      }
    }
    assert.deepEqual(wrong, []);
    for (const part of ['name', 'version', 'license'] as const)
      assert.isNotEmpty(endpoint.card[part], `the card has no ${part}`);
    assert.include(endpoint.card.readme, 'icen', 'The card names the licences of the model and of its data.');
    assert.isNotEmpty(endpoint.card.metrics);
  });
}

await report();
await anchor.close();
