import { assert } from 'chai';
import { deploy } from 'inpoint';
import { difference, revive } from '../../../src/golden.ts';
import { report, test } from '../harness.ts';

/** The archives that were packed, with what `inpoint predict` said of one input. */
interface Walked {
  readonly name: string;
  readonly input: unknown;
  readonly options: object;
  readonly answer: unknown;
  readonly tolerance: number;
}

const tasks = (await (await fetch('/packed.json')).json()) as string[];

// As long as one model is there, the engine stays for those that come and go.
const anchor = await deploy('/models/digits/model.tar.gz');

for (const task of tasks) {
  test(task, async () => {
    const { name, input, options, answer, tolerance } = (await (await fetch(`/packed/${task}.json`)).json()) as Walked;
    const files = new Map<string, Blob>();
    for (const [, path] of JSON.stringify(input).matchAll(/"\$file":"([^"]+)"/g))
      files.set(path!, await (await fetch(`/fixtures/tasks/${name}/${path}`)).blob());
    await using endpoint = await deploy(`/packed/${task}.tar.gz`);
    assert.equal(endpoint.task, task);
    const given = await revive(input, (path) => files.get(path)!);
    // How long a text took is another time another.
    const { timings: _, ...expected } = answer as { timings?: unknown };
    assert.isUndefined(difference(expected, await endpoint.invoke(given, options), tolerance));
  });
}

test('pair', async () => {
  const { name, input, options, answer, tolerance } = (await (
    await fetch('/packed/image-classification.json')
  ).json()) as Walked;
  const { $file } = input as { $file: string };
  const image = await (await fetch(`/fixtures/tasks/${name}/${$file}`)).blob();
  await using endpoint = await deploy('/packed/pair.tar.gz', { task: 'pipeline' });
  const answers = await endpoint.invoke(image, { labels: options });
  assert.sameMembers(Object.keys(answers), ['labels', 'features']);
  assert.isUndefined(difference(answer, answers['labels'], tolerance));
  await using features = await deploy('/packed/image-feature-extraction.tar.gz', { task: 'image-feature-extraction' });
  assert.isUndefined(difference(await features.invoke(image), answers['features'], 1e-6));
});

await report();
await anchor.close();
