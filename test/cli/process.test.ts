import { spawn, execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { taskFolder } from '../task-fixtures.ts';
import { program } from './commands.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('inpoint ends on %s while it waits for standard input', async (name, code) => {
  const child = spawn(process.execPath, [program, 'predict', join(taskFolder, 'text-classification'), '-']);
  const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
  child.stdin.write('first\n');
  // The first answer tells that it waits for the next line.
  await new Promise((resolve) => void child.stdout.once('data', resolve));
  child.kill(name);
  expect(await ended).toBe(code);
});

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'inpoint pack leaves nothing half-written behind on %s',
  async (name) => {
    const from = join(folder, name);
    await cp(join(taskFolder, 'text-classification'), from, { recursive: true });
    const words = Array.from({ length: 300_000 }, (_, index) => `${index * 7919} `).join('');
    await writeFile(join(from, 'large.txt'), words.repeat(30));
    const child = spawn(process.execPath, [program, 'pack', name, '-o', `${name}.tar.gz`], { cwd: folder });
    const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
    while (!(await readdir(folder)).some((path) => path.startsWith(`.${name}`)) && child.exitCode === null)
      await setTimeout(5);
    child.kill(name);
    expect(await ended).toBe(name === 'SIGTERM' ? 143 : 129);
    expect((await readdir(folder)).filter((path) => path.includes(`${name}.tar.gz`))).toEqual([]);
  },
  60_000,
);

test('inpoint ends with 3 where its output cannot be written', async () => {
  const command = `"${process.execPath}" "${program}" --help > /dev/full`;
  await expect(promisify(execFile)('sh', ['-c', command])).rejects.toMatchObject({
    code: 3,
    stderr: 'inpoint: Cannot write the output: no space is left on the device.\n',
  });
});
