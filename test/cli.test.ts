import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { readOnnxFile } from '../src/manifest/onnx-file.ts';
import { dist, fixtures, program, runHere, runProgram, writeFolder, type Result } from './cli/commands.ts';
import { taskFixtures, taskFolder } from './task-fixtures.ts';

const inpoint = (args: readonly string[], options: { cwd?: string; input?: string } = {}): Promise<Result> =>
  runProgram(args, { cwd: folder, ...options });
const inProcess = (args: readonly string[]): Promise<Result> => runHere(args, folder);

let folder = '';
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-cli-'));
  server = createServer((request, response) => {
    const path = join(folder, request.url!);
    if (!existsSync(path)) return response.writeHead(404).end();
    return response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  await inpoint(['pack', join(taskFolder, 'text-classification'), '-o', 'text.tar.gz']);
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

const folderOf = (name: string, files: Parameters<typeof writeFolder>[2]): Promise<string> =>
  writeFolder(folder, name, files);

describe('help and usage', () => {
  test.each([
    ['--help'],
    ['help'],
    ['-h'],
    ['pack', '--help'],
    ['inspect', '-h'],
    ['verify', '--help'],
    ['predict', '--help'],
    ['help', 'pack'],
  ])('inpoint %s %s explains itself', async (...args) => {
    const { code, out, err } = await inProcess(args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Exit codes');
    expect(out).toContain('inpoint ');
  });

  test('inpoint --version says the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await inpoint(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test.each([
    [[], 'Usage'],
    [['bake'], 'There is no command "bake"'],
    [['pack'], 'pack takes one folder'],
    [['pack', 'a'], '-o model.tar.gz'],
    [['pack', 'a', 'b', '-o', 'c'], 'pack takes one folder'],
    [['pack', 'a', '-o'], '--output'],
    [['inspect', 'a', '--colour'], '--colour'],
    [['verify'], 'verify takes one archive'],
    [['predict', 'x.tar.gz'], 'one input or more'],
    [['predict', 'x.tar.gz', 'a', '--top-k', '0'], '--top-k'],
    [['predict', 'x.tar.gz', 'a', '--options', '[1]'], '--options'],
    [['predict', 'x.tar.gz', 'a', '--task', 'guessing'], '"guessing"'],
    [['pack', '.', '-o', '.'], 'it is a folder'],
    [['pack', '.', '-o', 'no/such/folder.tar.gz'], 'there is no such folder'],
    [['verify', 'https://example.org/model.tar.gz'], 'Only inspect reads addresses'],
  ])('inpoint %j ends with 2 and says why', async (args, reason) => {
    const { code, out, err } = await inProcess(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(reason);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('pack', () => {
  test('gives the same bytes each time, from a process as from another', async () => {
    const again = await inpoint(['pack', join(taskFolder, 'text-classification'), '-o', 'again.tar.gz']);
    expect([again.code, again.err]).toEqual([0, '']);
    expect((await readFile(join(folder, 'again.tar.gz'))).equals(await readFile(join(folder, 'text.tar.gz')))).toBe(
      true,
    );
  });

  test('writes out what it inferred, and what it was told', async () => {
    const card = ['--name', 'Topics', '--version', '1.2.0', '--license', 'MIT', '--author', 'A', '--description', 'D'];
    await inpoint(['pack', join(taskFolder, 'text-classification'), '-o', 'card.tar.gz', ...card]);
    const { out } = await inpoint(['inspect', 'card.tar.gz', '--json']);
    const { taskFrom, manifest } = JSON.parse(out) as { taskFrom: string; manifest: Record<string, object[]> };
    expect(taskFrom).toBe('inference.json');
    expect(manifest['preprocess']!.length).toBeGreaterThan(0);
    expect(manifest['card']).toMatchObject({
      name: 'Topics',
      version: '1.2.0',
      license: 'MIT',
      author: 'A',
      description: 'D',
    });
  });

  test('leaves out junk, and follows links only within the folder', async () => {
    const from = join(folder, 'junk');
    await cp(join(taskFolder, 'text-classification'), from, { recursive: true });
    for (const path of ['.DS_Store', '__pycache__/a.pyc', '.ipynb_checkpoints/b.ipynb', '.git/HEAD', '.env', 'c.pyc']) {
      await folderOf('junk', { [path]: 'x' });
    }
    await symlink('config.json', join(from, 'linked.json'));
    const { code } = await inpoint(['pack', 'junk', '-o', 'junk.tar.gz']);
    expect(code).toBe(0);
    const { out } = await inpoint(['inspect', 'junk.tar.gz', '--json']);
    const paths = (JSON.parse(out) as { files: { path: string }[] }).files.map(({ path }) => path);
    expect(paths).toContain('linked.json');
    expect(paths.filter((path) => /DS_Store|pyc|ipynb|git|env/.test(path))).toEqual([]);
    await symlink('/etc/passwd', join(from, 'out.txt'));
    const refused = await inpoint(['pack', 'junk', '-o', 'never.tar.gz']);
    expect([refused.code, existsSync(join(folder, 'never.tar.gz'))]).toEqual([3, false]);
    expect(refused.err).toContain('"out.txt" is a link that leads out of the folder');
  });

  test('refuses golden samples that get another answer, and writes nothing', async () => {
    await folderOf('wrong', {
      'golden.json': {
        source: 'a better model',
        samples: [{ name: 'first', input: 'hello', answer: { labels: [{ label: 'nothing', score: 1 }] } }],
      },
    });
    const { code, err } = await inpoint([
      'pack',
      join(taskFolder, 'text-classification'),
      '-o',
      'wrong.tar.gz',
      '--golden',
      'wrong/golden.json',
    ]);
    expect([code, existsSync(join(folder, 'wrong.tar.gz'))]).toEqual([1, false]);
    expect(err).toContain('1 of 1 golden samples get another answer than a better model');
    expect(err).toContain('first: answer.labels');
  });

  test('records samples where there are none, and says so', async () => {
    await cp(join(fixtures, 'model.onnx'), join(folder, 'bare/model.onnx'));
    await cp(join(fixtures, 'model.onnx_data'), join(folder, 'bare/model.onnx_data'));
    const { code, out } = await inpoint(['pack', 'bare', '-o', 'bare.tar.gz', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ task: 'tensor', golden: { samples: 2, recorded: true } });
    const verified = await inpoint(['verify', 'bare.tar.gz', '--json']);
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true });
  });

  test.each<[string, Record<string, string | object>, string]>([
    ['an empty one', { '.DS_Store': '' }, 'is empty'],
    ['no model', { 'config.json': {} }, 'holds no model'],
    ['a model that is none', { 'model.onnx': 'no model at all' }, 'model'],
    [
      'a bad description',
      {
        'model.onnx': 'x',
        'inference.json': {
          task: 'image-classification',
          preprocess: [{ step: 'resize', size: { width: 0, height: 2 } }],
        },
      },
      'preprocess[0].size.width',
    ],
    ['an unknown task', { 'model.onnx': 'x', 'inference.json': { task: 'guessing' } }, '"guessing"'],
    ['scikit-learn', { 'model.joblib': 'x', 'scaler.pkl': 'x' }, 'skl2onnx'],
    ['PyTorch', { 'model.pth': 'x' }, 'torch.onnx.export'],
  ])('ends with 1 for a folder with %s, and says why', async (name, files, reason) => {
    const from = await folderOf(`bad-${name.replaceAll(' ', '-')}`, files);
    const { code, err } = await inProcess(['pack', from, '-o', 'bad.tar.gz']);
    expect([code, existsSync(join(folder, 'bad.tar.gz'))]).toEqual([1, false]);
    expect(err).toContain(reason);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test('ends with 3 where there is no folder', async () => {
    expect(await inProcess(['pack', 'nowhere', '-o', 'x.tar.gz'])).toMatchObject({ code: 3, out: '' });
  });

  test('leaves nothing half-written behind after Ctrl+C', async () => {
    const from = join(folder, 'large');
    await cp(join(taskFolder, 'text-classification'), from, { recursive: true });
    const words = Array.from({ length: 300_000 }, (_, index) => `${index * 7919} `).join('');
    for (let part = 0; part < 30; part++) await appendFile(join(from, 'large.txt'), words);
    const child = spawn(process.execPath, [program, 'pack', 'large', '-o', 'large.tar.gz'], { cwd: folder });
    const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
    while (!readdirSync(folder).some((name) => name.startsWith('.large.tar.gz')) && child.exitCode === null)
      await setTimeout(5);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(readdirSync(folder).filter((name) => name.includes('large.tar.gz'))).toEqual([]);
  });

  test('keeps the archive of before when it fails', async () => {
    await writeFile(join(folder, 'kept.tar.gz'), 'as it was');
    await folderOf('broken', { 'model.onnx': 'no model' });
    expect((await inProcess(['pack', 'broken', '-o', 'kept.tar.gz'])).code).toBe(1);
    expect(await readFile(join(folder, 'kept.tar.gz'), 'utf8')).toBe('as it was');
  });

  test('refuses a handler that it could not write right', async () => {
    const { code, err } = await inProcess([
      'pack',
      join(taskFolder, 'token-classification'),
      '-o',
      'h.tar.gz',
      '--with-sagemaker-handler',
    ]);
    expect([code, existsSync(join(folder, 'h.tar.gz'))]).toEqual([1, false]);
    expect(err).toContain('--with-sagemaker-handler does not serve the task token-classification');
  });
});

/** A Python that has what the handler needs; undefined where there is none. */
const python = await (async () => {
  for (const command of [process.env['INPOINT_PYTHON'], 'python3']) {
    if (!command) continue;
    const found = await promisify(execFile)(command, ['-c', 'import onnxruntime, tokenizers, PIL']).catch(
      () => undefined,
    );
    if (found) return command;
  }
  console.log('No Python with onnxruntime, tokenizers and Pillow (INPOINT_PYTHON): the SageMaker handler is not run.');
  return undefined;
})();

test
  .skipIf(!python)
  .each([
    'text-classification',
    'text-classification--multi-label',
    'text-classification--words',
    'image-classification',
    'image-classification--crop',
    'tabular-classification--sklearn',
    'tabular-classification--sklearn-pipeline',
  ])('the SageMaker handler answers as %s should, to 1e-4', async (name) => {
  const packed = await inProcess([
    'pack',
    join(taskFolder, name),
    '-o',
    `handler-${name}.tar.gz`,
    '--with-sagemaker-handler',
  ]);
  expect([packed.code, packed.err]).toEqual([0, '']);
  const into = join(folder, `handler-${name}`);
  await mkdir(into);
  await promisify(execFile)('tar', ['-xzf', join(folder, `handler-${name}.tar.gz`), '-C', into]);
  const script = fileURLToPath(new URL('cli/compare_handler.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python!, [script, into, '1e-4']);
  const { compared, problems } = JSON.parse(stdout) as { compared: number; problems: string[] };
  expect(problems).toEqual([]);
  expect(compared).toBeGreaterThan(0);
});

describe('inspect', () => {
  test('reads an address', async () => {
    const { port } = server.address() as AddressInfo;
    const { code, out, err } = await inpoint(['inspect', `http://127.0.0.1:${port}/text.tar.gz`]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('text-classification, told from inference.json: can be served');
    const missing = await inpoint(['inspect', `http://127.0.0.1:${port}/nothing.tar.gz`]);
    expect(missing).toMatchObject({ code: 3, out: '' });
    expect(missing.err).toContain('404');
  });

  test('explains a folder made for SageMaker', async () => {
    const from = await folderOf('sagemaker', {
      'model.joblib': 'x',
      'scaler.pkl': 'x',
      'code/inference.py':
        'def model_fn(d):\n  pass\ndef input_fn(b, t):\n  pass\ndef predict_fn(x, m):\n  return scaler.transform(x)\n',
      'code/requirements.txt': 'scikit-learn==1.2\npandas\n',
    });
    const { code, out } = await inpoint(['inspect', from]);
    expect(code).toBe(1);
    expect(out).toContain('skl2onnx');
    for (const name of [
      'model_fn() of code/inference.py',
      'input_fn()',
      'predict_fn()',
      'standard-scale',
      'for path in ["scaler.pkl"]',
      'Nothing of code/requirements.txt is needed: scikit-learn, pandas',
    ]) {
      expect(out).toContain(name);
    }
    expect(out).not.toContain('output_fn()');
  });

  test('spells out control characters of what an archive says', async () => {
    await cp(join(fixtures, 'model.onnx'), join(folder, 'sly/model.onnx'));
    await cp(join(fixtures, 'model.onnx_data'), join(folder, 'sly/model.onnx_data'));
    await folderOf('sly', { 'inference.json': { name: 'a\u001b[2Jb\u202ec' } });
    const { out } = await inpoint(['inspect', 'sly']);
    expect(out).toContain('a\\u001b[2Jb\\u202ec');
    expect(out).not.toContain('\u001b');
  });
});

describe('verify', () => {
  test('names the file that was changed after packing', async () => {
    const into = join(folder, 'changed');
    await mkdir(into);
    await promisify(execFile)('tar', ['-xzf', join(folder, 'text.tar.gz'), '-C', into]);
    await appendFile(join(into, 'config.json'), ' ');
    await rm(join(into, 'tokenizer_config.json'), { force: true });
    await promisify(execFile)('tar', ['-czf', join(folder, 'changed.tar.gz'), '-C', into, '.']);
    const { code, out } = await inpoint(['verify', 'changed.tar.gz']);
    expect(code).toBe(1);
    expect(out).toContain('"config.json" has');
  });

  test('ends with 3 for an archive that is cut, is none, or is not there', async () => {
    const bytes = await readFile(join(folder, 'text.tar.gz'));
    await writeFile(join(folder, 'cut.tar.gz'), bytes.subarray(0, bytes.length - 100));
    await writeFile(join(folder, 'page.tar.gz'), '<!doctype html>');
    for (const name of ['cut.tar.gz', 'page.tar.gz', 'nothing.tar.gz']) {
      expect(await inpoint(['verify', name]), name).toMatchObject({ code: 3, out: '' });
    }
  });
});

describe('predict', () => {
  test('answers a line of standard input with a line of JSON, in order, and ends with 1 for a bad one', async () => {
    const { code, out, err } = await inpoint(['predict', 'text.tar.gz', '-', '--top-k', '1'], {
      input: '\uFEFFfirst\r\n\n{"text":"second"}\n{"text":5}\n"fourth"',
    });
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { labels?: object[]; error?: object });
    expect([code, err, lines.length]).toEqual([1, '', 4]);
    expect(lines.map(({ labels }) => labels?.length)).toEqual([1, 1, undefined, 1]);
    expect(lines[2]!.error).toMatchObject({ code: 'input-invalid', field: 'text' });
    const first = await inpoint(['predict', 'text.tar.gz', 'first', '--top-k', '1', '--json']);
    expect(JSON.parse(first.out)).toEqual(lines[0]);
  });

  test('ends quietly when nobody reads on', async () => {
    const lines = Array.from({ length: 2000 }, () => '"a text"').join('\n');
    await writeFile(join(folder, 'many.jsonl'), lines);
    const command = `set -o pipefail; "${process.execPath}" "${program}" predict text.tar.gz many.jsonl --json | head -n 1`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], { cwd: folder });
    expect([stdout.split('\n').length, stderr]).toEqual([2, '']);
  });

  test('reads rows of a CSV file by its header', async () => {
    await inpoint(['pack', join(taskFolder, 'tabular-classification--sklearn'), '-o', 'table.tar.gz']);
    const golden = JSON.parse(
      readFileSync(join(taskFolder, 'tabular-classification--sklearn/golden.json'), 'utf8'),
    ) as {
      samples: { input: Record<string, unknown>; answer?: { labels: { score: number }[] } }[];
    };
    const samples = golden.samples
      .filter(({ input, answer }) => answer && typeof input === 'object' && !Array.isArray(input))
      .slice(0, 5);
    const names = Object.keys(samples[0]!.input);
    const cell = (value: unknown): string =>
      value === null || value === undefined ? '' : JSON.stringify(String(value));
    const rows = samples.map(({ input }) => names.map((name) => cell(input[name])).join(','));
    await writeFile(join(folder, 'rows.csv'), `\uFEFF${names.join(',')}\r\n${rows.join('\r\n')}\r\n`);
    const { code, out } = await inpoint(['predict', 'table.tar.gz', 'rows.csv', '--json']);
    expect(code).toBe(0);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { labels: { score: number }[] });
    for (const [index, { answer }] of samples.entries()) {
      expect(answers[index]!.labels[0]!.score).toBeCloseTo(answer!.labels[0]!.score, 5);
    }
  });

  test('names a file that is not there, and goes on', async () => {
    await inpoint(['pack', join(taskFolder, 'image-classification'), '-o', 'image.tar.gz']);
    const { code, out, err } = await inpoint([
      'predict',
      'image.tar.gz',
      'nowhere.png',
      join(fixtures, 'rgb.png'),
      '--top-k',
      '1',
    ]);
    expect(code).toBe(1);
    expect(err).toBe('inpoint: nowhere.png: There is no file "nowhere.png".\n');
    expect(out.trim().split('\n')).toHaveLength(2);
  });
});

/** The first fixture of each task. */
const firsts = taskFixtures.filter(
  (name, index) => taskFixtures.findIndex((one) => one.split('--')[0] === name.split('--')[0]) === index,
);

test.each(firsts)('%s: pack, inspect, verify', async (name) => {
  const archive = `walk-${name}.tar.gz`;
  const packed = await inProcess(['pack', join(taskFolder, name), '-o', archive, '--json']);
  expect([packed.code, packed.err]).toEqual([0, '']);
  expect(JSON.parse(packed.out)).toMatchObject({ task: name.split('--')[0], golden: { recorded: false } });
  const inspected = JSON.parse((await inProcess(['inspect', archive, '--json'])).out) as {
    task: string;
    problem?: string;
  };
  expect([inspected.task, inspected.problem]).toEqual([name.split('--')[0], undefined]);
  const verified = JSON.parse((await inProcess(['verify', archive, '--json'])).out) as {
    ok: boolean;
    checks: { state: string }[];
  };
  expect([verified.ok, verified.checks.map(({ state }) => state)]).toEqual([true, ['ok', 'ok', 'ok', 'ok']]);
});

const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  pictures: Record<string, { width: number; height: number; sha256: string }>;
  model: { operators: Record<string, number>; parameters: Record<string, object>; externalData: string[] };
};

test.each(Object.keys(expected.pictures))('nodeMedia() decodes %s as Pillow does', async (name) => {
  const { data, width, height } = await nodeMedia(dist).readImage(await openAsBlob(join(fixtures, name)), 'image');
  const sha256 = createHash('sha256').update(data).digest('hex');
  expect({ width, height, sha256 }).toEqual(expected.pictures[name]);
});

test.each([
  ['CMYK', 'cmyk.jpg', (bytes: Uint8Array) => bytes, 'CMYK'],
  ['a cut JPEG', 'full.jpg', (bytes: Uint8Array) => bytes.slice(0, -200), 'cut short'],
  ['a cut PNG', 'rgb.png', (bytes: Uint8Array) => bytes.slice(0, -200), 'PNG'],
  ['a damaged PNG', 'rgb.png', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 200 ? byte ^ 1 : byte)), 'PNG'],
  ['nothing', 'rgb.png', () => new Uint8Array(0), 'empty'],
  ['a text', 'rgb.png', () => new TextEncoder().encode('hello, no picture here'), 'neither PNG nor JPEG'],
])('nodeMedia() refuses %s', async (_, name, change, reason) => {
  const bytes = change(new Uint8Array(await readFile(join(fixtures, name))));
  const reading = nodeMedia(dist).readImage(new Blob([bytes as Uint8Array<ArrayBuffer>]), 'image');
  await expect(reading).rejects.toMatchObject({ field: 'image', message: expect.stringContaining(reason) as string });
});

test('readOnnxFile() counts what the onnx library counts', async () => {
  const read = await readOnnxFile('model.onnx', await openAsBlob(join(fixtures, 'model.onnx')));
  expect(Object.fromEntries(read.operators.map(({ name, count }) => [name, count]))).toEqual(expected.model.operators);
  expect(Object.fromEntries(read.parameters.map(({ type, ...counts }) => [type, counts]))).toEqual(
    expected.model.parameters,
  );
  expect(read).toMatchObject({
    producer: 'make_cli 1',
    irVersion: 8,
    opsets: { 'ai.onnx': 13 },
    inputs: [{ name: 'x', type: 'float32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['batch', 2] }],
    externalData: expected.model.externalData,
    metadata: { author: 'nobody' },
  });
});

test('readOnnxFile() refuses a model that is cut anywhere, and never hangs on one that is damaged', async () => {
  const bytes = new Uint8Array(await readFile(join(fixtures, 'model.onnx')));
  const reading = (part: Uint8Array): Promise<unknown> =>
    readOnnxFile('m', new Blob([part as Uint8Array<ArrayBuffer>])).catch((error: unknown) => error);
  for (let length = 0; length < bytes.length; length += 7) {
    const found = await reading(bytes.slice(0, length));
    if (found instanceof Error) expect(found).toMatchObject({ code: 'file-invalid' });
  }
  for (let at = 0; at < bytes.length; at += 3) {
    const found = await reading(bytes.map((byte, index) => (index === at ? byte ^ 0x55 : byte)));
    if (found instanceof Error) expect(found).toMatchObject({ code: 'file-invalid' });
  }
});
