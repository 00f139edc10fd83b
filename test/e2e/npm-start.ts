import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What `npm start` runs, in a process group of its own. Disposing ends what is left of it. */
export interface Started extends AsyncDisposable {
  /** The address that it printed. */
  readonly address: string;
  /** Sends what Ctrl+C sends, to the script alone; resolves when that has ended. */
  interrupt(): Promise<void>;
  /** Whether any process of the group is there still. */
  isAlive(): boolean;
}

/** Resolves when the script has printed where it serves. */
export async function npmStart(repository: string): Promise<Started> {
  const script = join(repository, 'scripts/start.mjs');
  const child = spawn(process.execPath, [script, '--port', String(await freePort()), '--strictPort'], {
    cwd: repository,
    detached: true,
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const group = -child.pid!;
  let printed = '';
  const isAlive = (): boolean => {
    try {
      return process.kill(group, 0);
    } catch {
      return false;
    }
  };
  const stop = async (): Promise<void> => {
    if (isAlive()) process.kill(group, 'SIGKILL');
    await exit;
  };
  const address = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        printed += stripVTControlCharacters(bytes.toString());
        const found = /http:\/\/\S+\//.exec(printed);
        if (found) resolve(found[0]);
      });
    }
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${printed}`)));
  });
  try {
    return {
      address: await address,
      isAlive,
      async interrupt() {
        child.kill('SIGINT');
        await exit;
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
