import { assert } from 'chai';
import { deploy, InputError } from 'inpoint';
import { difference, readGolden } from '../../../src/golden.ts';
import { misnamed } from '../../wrong-inputs/judge.ts';
import { Made, type ReadFile } from '../../wrong-inputs/row.ts';
import { wrongCalls } from '../../wrong-inputs/table.ts';
import { rejection, report, test } from '../harness.ts';
import { fixture as fetched, pack } from '../pack.ts';

/** The paths of each folder of `fixtures/tasks`, as the server lists them. */
const folders = (await (await fetch('/task-fixtures.json')).json()) as Record<string, string[]>;

/** Milliseconds within which a wrong thing is refused. */
const deadlineMs = 5000;

// As long as one model is there, the engine stays for those that come and go.
const anchor = await deploy('/models/digits/model.tar.gz');

for (const name of new Set(wrongCalls.map(({ fixture }) => fixture))) {
  test(`${name} in the page refuses what is wrong by its name, and answers as before`, async () => {
    const read: ReadFile = async (path) => (await fetched(`tasks/${name}/${path}`)).slice();
    const entries = await Promise.all(folders[name]!.map(async (path) => [path, await read(path)] as const));
    await using endpoint = await deploy(await pack(Object.fromEntries(entries), `${name}.tar.gz`));
    const wrong: string[] = [];
    for (const row of wrongCalls.filter(({ fixture }) => fixture === name)) {
      const start = performance.now();
      try {
        const input = row.input instanceof Made ? await row.input.make(read) : row.input;
        // Some browsers show of a picture what there is of it.
        if (row.name === 'a PNG that is cut' && (await decodes(input as Blob))) continue;
        const error = await rejection(endpoint.invoke(input, row.options));
        const found = misnamed(error, { ...row, code: 'input-invalid' });
        if (found) wrong.push(`${row.name}: ${found}`);
        else if (!(error instanceof InputError)) wrong.push(`${row.name}: it is no InputError`);
      } catch (error) {
        wrong.push(`${row.name}: ${String(error)}`);
      }
      const took = performance.now() - start;
      if (took > deadlineMs) wrong.push(`${row.name}: refused after ${Math.round(took)} ms`);
    }
    assert.deepEqual(wrong, []);
    const files = entries.map(([path, bytes]) => ({ path, size: bytes.length, blob: new Blob([bytes]) }));
    const golden = (await readGolden({ name, files, downloadedBytes: 0 }, { golden: 'golden.json' }))!;
    const { input, options, expected, tolerance } = golden.samples.find((one) => one.expected.kind === 'answer')!;
    assert.equal(expected.kind, 'answer');
    const answer: unknown = await endpoint.invoke(input, options);
    assert.isUndefined(expected.kind === 'answer' && difference(expected.answer, answer, tolerance));
  });
}

async function decodes(picture: Blob): Promise<boolean> {
  return createImageBitmap(picture).then(
    () => true,
    () => false,
  );
}

await report();
await anchor.close();
