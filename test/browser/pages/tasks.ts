import { assert } from 'chai';
import { deploy, type InputError, type InpointError } from 'inpoint';
import { difference, readGolden } from '../../../src/golden.ts';
import type { Artifact } from '../../../src/artifact/index.ts';
import { rejection, report, test } from '../harness.ts';
import { pack } from '../pack.ts';

/** The paths of each folder of `fixtures/tasks`, as the server lists them. */
const folders = (await (await fetch('/task-fixtures.json')).json()) as Record<string, string[]>;

// As long as one model is there, the engine stays for those that come and go.
const anchor = await deploy('/models/digits/model.tar.gz');

for (const [name, paths] of Object.entries(folders)) {
  test(`${name} in the page, as its golden samples have it`, async () => {
    const files = await Promise.all(
      paths.map(async (path) => {
        const blob = await (await fetch(`/fixtures/tasks/${name}/${path}`)).blob();
        return { path, size: blob.size, blob };
      }),
    );
    const artifact: Artifact = { name, files, downloadedBytes: 0 };
    const golden = (await readGolden(artifact, { golden: 'golden.json' }))!;
    const bytes = files.map(async ({ path, blob }) => [path, new Uint8Array(await blob.arrayBuffer())] as const);
    const archive = await pack(Object.fromEntries(await Promise.all(bytes)), `${name}.tar.gz`);
    await using endpoint = await deploy(archive);
    assert.equal(endpoint.task, name.split('--')[0]);
    if (endpoint.task !== 'text-generation') {
      const refusal = await rejection(endpoint.chat());
      assert.instanceOf(refusal, TypeError);
      assert.include(refusal.message, `is for ${endpoint.task}`);
    }
    assert.isNotEmpty(golden.samples);
    const wrong: string[] = [];
    for (const { name: sample, input, options, expected, tolerance } of golden.samples) {
      if (expected.kind === 'answer') {
        try {
          const found = difference(expected.answer, await endpoint.invoke(input, options), tolerance);
          if (found) wrong.push(`${sample}: ${found}`);
        } catch (error) {
          wrong.push(`${sample}: ${String(error)}`);
        }
      } else {
        const error = (await rejection(endpoint.invoke(input, options))) as InpointError;
        if (error.code !== expected.error.code) wrong.push(`${sample}: ${String(error)}`);
        if (expected.error.field && (error as InputError).field !== expected.error.field)
          wrong.push(`${sample}: the field is ${(error as InputError).field}`);
      }
    }
    assert.equal(wrong.join('\n'), '');
  });
}

await report();
await anchor.close();
