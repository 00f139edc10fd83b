import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/cli/run-command.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export const dist: URL = new URL('../../dist/', import.meta.url);
export const program: string = fileURLToPath(new URL('cli.js', dist));
export const fixtures: string = fileURLToPath(new URL('../fixtures/cli/', import.meta.url));

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program as a user would. */
export function runProgram(
  args: readonly string[],
  { cwd, input = '' }: { cwd: string; input?: string },
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
    child.stdin.end(input);
  });
}

/** Runs a command in this process: the same, without the time that it takes to start one. */
export async function runHere(
  args: readonly string[],
  cwd: string,
  given: Partial<Pick<Terminal, 'stdin' | 'signal'>> = {},
): Promise<Result> {
  let out = '';
  let err = '';
  const terminal: Terminal = {
    cwd,
    stdin: (async function* () {})(),
    write: async (text: string) => void (out += text),
    note: (text: string) => void (err += text),
    hasColor: false,
    noteColumns: undefined,
    signal: new AbortController().signal,
    ...given,
  };
  const code = await runCommand(args, terminal, { assets: dist, version: '0.0.0' });
  return { code, out, err };
}

/** Makes a folder of these files in another; a content that is an object becomes JSON. */
export async function writeFolder(
  root: string,
  name: string,
  files: Readonly<Record<string, string | Uint8Array | object>>,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, name, path);
    await mkdir(join(full, '..'), { recursive: true });
    const isBytes = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(full, isBytes ? content : JSON.stringify(content));
  }
  return name;
}
