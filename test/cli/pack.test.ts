import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openAsBlob } from 'node:fs';
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackArtifact, type Artifact } from '../../src/artifact/index.ts';
import { writeWhole } from '../../src/cli/write-file.ts';
import { taskFolder } from '../task-fixtures.ts';
import { fixtures, runHere, writeFolder, type Result } from './commands.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-pack-'));
});
afterAll(() => rm(folder, { recursive: true }));

const inpoint = (...args: string[]): Promise<Result> => runHere(args, folder);

/** A folder with the small model of two inputs and no golden samples. */
async function bareModel(name: string, files: Parameters<typeof writeFolder>[2] = {}): Promise<string> {
  await mkdir(join(folder, name));
  for (const path of ['model.onnx', 'model.onnx_data']) await cp(join(fixtures, path), join(folder, name, path));
  return writeFolder(folder, name, files);
}

async function unpacked(archive: string): Promise<Artifact> {
  return unpackArtifact(await openAsBlob(join(folder, archive)));
}

async function jsonIn({ files }: Artifact, path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await files.find((file) => file.path === path)!.blob.text()) as Record<string, unknown>;
}

describe('pack and its readers', () => {
  test('packs 40 MB of zeros so that they are read back', async () => {
    await bareModel('zeros', { 'zeros.bin': '' });
    await truncate(join(folder, 'zeros/zeros.bin'), 40_000_000);
    expect(await inpoint('pack', 'zeros', '-o', 'zeros.tar.gz')).toMatchObject({ code: 0, err: '' });
    const { files } = await unpacked('zeros.tar.gz');
    expect(files.find(({ path }) => path === 'zeros.bin')!.size).toBe(40_000_000);
    expect((await lstat(join(folder, 'zeros.tar.gz'))).size).toBeLessThan(10_000_000);
  }, 60_000);

  test('refuses a path of more than 1024 bytes and says which', async () => {
    const long = Array.from({ length: 6 }, () => 'd'.repeat(200)).join('/');
    await bareModel('deep', { [`${long}/x.txt`]: 'x' });
    const { code, err } = await inpoint('pack', 'deep', '-o', 'deep.tar.gz');
    expect([code, existsSync(join(folder, 'deep.tar.gz'))]).toEqual([3, false]);
    expect(err).toMatch(/The path "dddd.*1211 bytes.*1024/);
  });

  test('refuses more files than readers take', async () => {
    await bareModel('many');
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => writeFile(join(folder, `many/${index}.txt`), '')));
    const { code, err } = await inpoint('pack', 'many', '-o', 'many.tar.gz');
    expect([code, existsSync(join(folder, 'many.tar.gz'))]).toEqual([3, false]);
    expect(err).toContain('more than 10000 files');
  }, 60_000);

  test('reads a folder of links between folders only up to a bound', async () => {
    await bareModel('fan');
    for (let level = 0; level < 12; level++) await mkdir(join(folder, `fan/${level}`));
    for (let level = 0; level < 11; level++)
      for (const name of ['a', 'b', 'c']) await symlink(`../${level + 1}`, join(folder, `fan/${level}/${name}`));
    const { code, err } = await inpoint('inspect', 'fan');
    expect([code, err]).toEqual([3, expect.stringContaining('more than 10000 files')]);
  }, 60_000);

  test('writeWhole() leaves the file of before where what was written is not right', async () => {
    const path = join(folder, 'before.bin');
    await writeFile(path, 'before');
    const refuse = async (written: Blob): Promise<void> => {
      throw new Error(`not right: ${await written.text()}`);
    };
    const chunks = (async function* () {
      yield new TextEncoder().encode('after');
    })();
    await expect(writeWhole(path, chunks, refuse)).rejects.toThrow('not right: after');
    expect(await readFile(path, 'utf8')).toBe('before');
    expect((await readdir(folder)).filter((name) => name.includes('before.bin'))).toEqual(['before.bin']);
  });

  test('packs into the folder itself, also by a link to it, without what is there', async () => {
    await bareModel('self');
    await symlink('self', join(folder, 'self-link'));
    expect((await inpoint('pack', 'self', '-o', 'self/made.tar.gz')).code).toBe(0);
    const first = await readFile(join(folder, 'self/made.tar.gz'));
    expect((await inpoint('pack', 'self', '-o', 'self-link/made.tar.gz')).code).toBe(0);
    expect((await readFile(join(folder, 'self/made.tar.gz'))).equals(first)).toBe(true);
    const { files } = await unpacked('self/made.tar.gz');
    expect(files.map(({ path }) => path)).not.toContain('made.tar.gz');
  });
});

describe('pack -o', () => {
  test('writes where a link leads, and leaves the link', async () => {
    await bareModel('linked');
    await writeFile(join(folder, 'target.tar.gz'), 'as it was');
    await symlink('target.tar.gz', join(folder, 'link.tar.gz'));
    expect((await inpoint('pack', 'linked', '-o', 'link.tar.gz')).code).toBe(0);
    expect(await readlink(join(folder, 'link.tar.gz'))).toBe('target.tar.gz');
    expect((await unpacked('target.tar.gz')).files.length).toBeGreaterThan(2);
  });

  test('refuses a pipe, and a link that leads nowhere', async () => {
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    await symlink('nowhere', join(folder, 'dangling'));
    for (const [output, reason] of [
      ['pipe', 'a device or a pipe'],
      ['dangling', 'a link that leads nowhere'],
    ] as const) {
      const { code, err } = await inpoint('pack', 'linked', '-o', output);
      expect([code, err]).toEqual([2, expect.stringContaining(reason)]);
    }
    expect((await lstat(join(folder, 'pipe'))).isFIFO()).toBe(true);
  });

  test('says of a file that a folder is wanted', async () => {
    const { code, err } = await inpoint('pack', 'linked/model.onnx', '-o', 'x.tar.gz');
    expect([code, err]).toEqual([2, expect.stringContaining('"linked/model.onnx" is a file, and pack takes a folder')]);
  });

  test('writes the model that --model names, and says that it can', async () => {
    await cp(join(taskFolder, 'text-classification'), join(folder, 'two'), { recursive: true });
    for (const name of ['a', 'b']) await cp(join(folder, 'two/model.onnx'), join(folder, `two/${name}.onnx`));
    await rm(join(folder, 'two/model.onnx'));
    const refused = await inpoint('pack', 'two', '-o', 'two.tar.gz');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('that is --model MODEL')]);
    expect((await inpoint('pack', 'two', '-o', 'two.tar.gz', '--model', 'b.onnx')).code).toBe(0);
    expect(JSON.stringify((await jsonIn(await unpacked('two.tar.gz'), 'inference.json'))['model'])).toContain('b.onnx');
    expect((await inpoint('verify', 'two.tar.gz')).code).toBe(0);
    expect((await inpoint('verify', 'two.tar.gz', '--dtype', 'q3')).code).toBe(2);
  });

  test('does not write over code/requirements.txt', async () => {
    await cp(join(taskFolder, 'text-classification'), join(folder, 'coded'), { recursive: true });
    await writeFolder(folder, 'coded', { 'code/requirements.txt': 'mine' });
    const { code, err } = await inpoint('pack', 'coded', '-o', 'coded.tar.gz', '--with-sagemaker-handler');
    expect([code, err]).toEqual([1, expect.stringContaining('code/requirements.txt already')]);
  });
});

describe('pack and golden samples', () => {
  const answered = { input: { x: { $tensor: { type: 'float32', dims: [1, 4], data: [0, 0, 0, 0] } } }, answer: {} };

  test.each([
    ['another model', 'model.onnx', 'another model', 'another file of that path'],
    ['the description', 'inference.json', '{}', 'Give it another name'],
    ['itself', 'golden.json', undefined, 'Give it another name'],
  ])('refuses a golden file that names %s', async (what, name, content, reason) => {
    const beside = `beside-${what.replaceAll(' ', '-')}`;
    await bareModel(`with-${beside}`, { 'inference.json': { task: 'tensor' } });
    const samples = [{ ...answered, input: { ...answered.input, y: { $file: name } } }];
    await writeFolder(folder, beside, {
      'golden.json': { samples },
      ...(content !== undefined && { [name]: content }),
    });
    const golden = ['--golden', `${beside}/golden.json`];
    const { code, err } = await inpoint('pack', `with-${beside}`, '-o', `${beside}.tar.gz`, ...golden);
    expect([code, err]).toEqual([1, expect.stringContaining(reason)]);
    expect(existsSync(join(folder, `${beside}.tar.gz`))).toBe(false);
  });

  test.each([
    ['a file that is not there', { $file: 'nowhere.png' }, 3, 'names "nowhere.png", and no such file'],
    ['a tensor of nothing', { $tensor: null }, 1, 'A "$tensor" is an object'],
    ['a tensor without data', { $tensor: { type: 'float32', dims: [1] } }, 1, 'A "$tensor" is an object'],
    ['half an integer', { $int64: [1.5] }, 1, '1.5'],
  ])('says what is wrong with a golden file of %s', async (what, input, code, reason) => {
    const name = `golden-${what.replaceAll(' ', '-')}`;
    await bareModel(name);
    await writeFolder(folder, `${name}-samples`, { 'golden.json': { samples: [{ input, answer: {} }] } });
    const result = await inpoint('pack', name, '-o', 'never.tar.gz', '--golden', `${name}-samples/golden.json`);
    expect(result).toMatchObject({ code, err: expect.stringContaining(reason) as string });
    expect(result.err).not.toContain('--debug');
  });

  test('says of a golden file that is nested without end what is wrong with it', async () => {
    await bareModel('nested');
    const text = `{"samples":[{"input":${'['.repeat(20_000)}${']'.repeat(20_000)},"answer":1}]}`;
    await writeFolder(folder, 'nested-samples', { 'golden.json': text });
    const { code, err } = await inpoint('pack', 'nested', '-o', 'n.tar.gz', '--golden', 'nested-samples/golden.json');
    expect([code, err]).toEqual([1, expect.stringContaining('nested more than 100 levels deep')]);
  });

  test('refuses a golden file without samples', async () => {
    await bareModel('none');
    await writeFolder(folder, 'none-samples', { 'golden.json': { samples: [] } });
    const { code, err } = await inpoint('pack', 'none', '-o', 'none.tar.gz', '--golden', 'none-samples/golden.json');
    expect([code, err]).toEqual([1, expect.stringContaining('There are no samples in')]);
  });

  test('records answers to the files that it packs, and leaves those that are there', async () => {
    const from = join(folder, 'pictured');
    await cp(join(taskFolder, 'image-classification'), from, { recursive: true });
    await rm(join(from, 'golden.json'));
    await mkdir(join(from, 'golden'), { recursive: true });
    await cp(join(fixtures, 'rgb.png'), join(from, 'golden/picture.png'));
    const { code, out } = await inpoint('pack', 'pictured', '-o', 'pictured.tar.gz', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ golden: { samples: 1, recorded: true } });
    expect(JSON.parse((await inpoint('verify', 'pictured.tar.gz', '--json')).out)).toMatchObject({ ok: true });
    const packed = (await unpacked('pictured.tar.gz')).files.find(({ path }) => path === 'golden/picture.png')!;
    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(sha256(new Uint8Array(await packed.blob.arrayBuffer()))).toBe(
      sha256(await readFile(join(fixtures, 'rgb.png'))),
    );
  });

  test('records samples of a model with constants and states', async () => {
    await cp(join(taskFolder, 'tensor--stateful'), join(folder, 'stateful'), { recursive: true });
    await rm(join(folder, 'stateful/golden.json'));
    const { code, out } = await inpoint('pack', 'stateful', '-o', 'stateful.tar.gz', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      0,
      expect.objectContaining({ golden: expect.objectContaining({ samples: 2, recorded: true }) as object }),
    ]);
    expect((await inpoint('verify', 'stateful.tar.gz')).code).toBe(0);
  });

  test.each([
    ['a list', [{ text: 'x', probability: 1 }], 'not in the format'],
    ['no samples', { samples: [] }, 'there are no samples'],
  ])('packs a folder whose golden.json is %s, with samples of its own', async (what, golden, reason) => {
    const name = `foreign-${what.replaceAll(' ', '-')}`;
    await bareModel(name, { 'golden.json': golden });
    const inspected = await inpoint('inspect', name);
    expect([inspected.code, inspected.out]).toEqual([0, expect.stringContaining(`golden samples cannot be used`)]);
    expect(inspected.out).toContain(reason);
    const verified = await inpoint('verify', name);
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining(reason)]);
    const { code, out } = await inpoint('pack', name, '-o', `${name}.tar.gz`, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      golden: { samples: 2, recorded: true },
      note: expect.stringContaining(reason) as string,
    });
    const artifact = await unpacked(`${name}.tar.gz`);
    expect(await jsonIn(artifact, 'golden.json')).toEqual(golden);
    expect(await jsonIn(artifact, 'inference.json')).toMatchObject({ golden: 'golden-2.json' });
    expect((await inpoint('verify', `${name}.tar.gz`)).code).toBe(0);
  });

  test('ends with 1 where inference.json itself names samples that are none', async () => {
    await bareModel('stated', { 'golden.json': [1], 'inference.json': { golden: 'golden.json' } });
    expect((await inpoint('verify', 'stated')).code).toBe(1);
    expect((await inpoint('pack', 'stated', '-o', 'stated.tar.gz')).code).toBe(1);
    expect(await inpoint('inspect', 'stated')).toMatchObject({
      code: 0,
      out: expect.stringContaining('golden samples cannot be used') as string,
    });
  });
});

describe('pipelines', () => {
  test('refuses a part that leads out of the folder', async () => {
    await mkdir(join(folder, 'parts'));
    for (const from of ['../part.tar.gz', '/etc/part.tar.gz', 'a/../../part.tar.gz']) {
      const stages = [{ name: 'one', from }];
      await writeFolder(folder, 'parts/pipe', { 'inference.json': { task: 'pipeline', stages } });
      const { code, err } = await inpoint('verify', 'parts/pipe');
      expect([code, err]).toEqual([1, expect.stringContaining('leads out of its folder')]);
    }
  });

  test('says which part is not there', async () => {
    const stages = [{ name: 'one', from: 'part.tar.gz' }];
    await writeFolder(folder, 'parts/pipe', { 'inference.json': { task: 'pipeline', stages } });
    const { code, err } = await inpoint('verify', 'parts/pipe');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/names the archive "part.tar.gz", and it cannot be opened.*not there/),
    ]);
  });

  test('refuses --task pipeline for what is none', async () => {
    await bareModel('no-pipeline');
    for (const args of [
      ['pack', 'no-pipeline', '-o', 'no-pipeline.tar.gz'],
      ['predict', 'no-pipeline', 'x'],
    ]) {
      expect(await inpoint(...args, '--task', 'pipeline')).toMatchObject({ code: 1, out: '' });
    }
  });
});

describe('verify and inspect', () => {
  test.each([
    ['without chunks', { 'model.onnx': { size: 3 } }],
    ['of nothing', { 'model.onnx': null }],
    ['in a list', []],
    ['in a text', 'x'],
  ])('verify tells of digests %s', async (what, files) => {
    const name = `digests-${what.replaceAll(' ', '-')}`;
    await bareModel(name, { 'inference.json': { task: 'tensor', files } });
    const { code, out } = await inpoint('verify', name);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ digests.*\n +.*(digests that cannot be read|no object of digests)/);
  });

  test('verify keeps the lines of a command, and spells out the rest', async () => {
    await writeFolder(folder, 'pickled', { 'model.joblib': 'x', 'inference.json': { name: 'a\u001b[2J' } });
    const { code, out } = await inpoint('verify', 'pickled');
    expect(code).toBe(1);
    expect(out).not.toContain('\\u000a');
    expect(out.split('\n').length).toBeGreaterThan(4);
  });

  test('inspect ends with 2 for what is no address', async () => {
    expect(await inpoint('inspect', 'http://[')).toMatchObject({ code: 2, out: '' });
  });

  test('inspect says of an empty folder that it is', async () => {
    await mkdir(join(folder, 'empty'));
    const { code, err } = await inpoint('inspect', 'empty');
    expect([code, err]).toEqual([1, expect.stringContaining('"empty" is empty')]);
  });

  test('errors spell out the control characters of what an archive says', async () => {
    await bareModel('sly', { 'inference.json': { task: 'tensor', model: 'a\u001b[2Jb\u202e\u009bc.onnx' } });
    for (const args of [
      ['predict', 'sly', '{}'],
      ['pack', 'sly', '-o', 'sly.tar.gz'],
    ]) {
      const { code, err } = await inpoint(...args);
      expect(code).toBe(1);
      expect(err).toContain('.onnx');
      for (const character of ['\u001b', '\u009b', '\u202e']) expect(err).not.toContain(character);
    }
  });

  test('names that are not UTF-8 are told of', async () => {
    await bareModel('names');
    await writeFile(Buffer.concat([Buffer.from(join(folder, 'names/')), Buffer.from([0x61, 0xff, 0x62])]), 'x');
    const { code, err } = await inpoint('inspect', 'names');
    expect([code, err]).toEqual([3, expect.stringContaining('has a name that is not UTF-8')]);
  });
});
