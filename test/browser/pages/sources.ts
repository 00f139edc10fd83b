import { assert } from 'chai';
import { deploy, openArtifact, type InpointError } from 'inpoint';
import { difference, readGolden, type GoldenSample } from '../../../src/golden.ts';
import { rejection, report, test } from '../harness.ts';

const folders = (await (await fetch('/task-fixtures.json')).json()) as Record<string, string[]>;

async function filesOf(name: string): Promise<{ path: string; source: Blob }[]> {
  return Promise.all(
    folders[name]!.map(async (path) => ({
      path,
      source: await (await fetch(`/fixtures/tasks/${name}/${path}`)).blob(),
    })),
  );
}

async function firstSample(name: string): Promise<GoldenSample> {
  const files = (await filesOf(name)).map(({ path, source }) => ({ path, size: source.size, blob: source }));
  const golden = await readGolden({ name, files, downloadedBytes: 0 }, { golden: 'golden.json' });
  return golden!.samples.find(({ expected }) => expected.kind === 'answer')!;
}

for (const name of ['text-classification', 'image-classification', 'tabular-classification--sklearn']) {
  test(`deploy() of the folder of ${name} answers as its archive does`, async () => {
    const { input, options, expected, tolerance } = await firstSample(name);
    await using endpoint = await deploy(`/fixtures/tasks/${name}/`);
    const answer = await endpoint.invoke(input, options);
    assert.equal(expected.kind, 'answer');
    assert.isUndefined(difference(expected.kind === 'answer' && expected.answer, answer, tolerance));
  });

  test(`deploy() of the files of ${name} answers as its archive does`, async () => {
    const { input, options, expected, tolerance } = await firstSample(name);
    await using endpoint = await deploy(await filesOf(name));
    const answer = await endpoint.invoke(input, options);
    assert.isUndefined(difference(expected.kind === 'answer' && expected.answer, answer, tolerance));
  });
}

const folder = '/fixtures/tasks/text-classification/';
const refusals = [
  ['a key', { trust: ['RHIlZLBxfjYzXZqn1LJs8hK4bRMyDQHNHyGmRtpDFyg='] }, 'signature-missing'],
  ['only what is kept', { cache: 'only-if-cached' }, 'not-kept'],
] as const;
for (const [what, options, code] of refusals) {
  test(`openArtifact() of a folder or of files refuses ${what}, which only archives have`, async () => {
    for (const source of [folder, await filesOf('text-classification')]) {
      const error = (await rejection(openArtifact(source, options))) as InpointError;
      assert.equal(error.code, code);
    }
  });
}

test('openArtifact() takes files as an <input> gives them, and addresses relative to the page', async () => {
  const file = new File(['{}'], 'config.json');
  const { files } = await openArtifact([file, '/fixtures/models/every-type.onnx']);
  assert.sameMembers(
    files.map(({ path }) => path.split('/').at(-1)),
    ['config.json', 'every-type.onnx'],
  );
});

test('deploy() of a folder that is none says what it looked for', async () => {
  const error = (await rejection(deploy('/fixtures/archives/none/'))) as InpointError;
  assert.equal(error.code, 'model-missing');
  assert.match(error.message, /onnx\/model\.onnx/);
});

await report();
