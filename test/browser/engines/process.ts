import { spawn } from 'node:child_process';

/** A process that was started. Disposing ends it. */
export interface Started extends AsyncDisposable {
  /** Waits until its output, errors too, matches; rejects when it ends before, or takes longer than a minute. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when it ends. */
  readonly ended: Promise<void>;
}

export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  let output = '';
  let heard = (): void => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + String(chunk)).slice(-100_000);
      heard();
    });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  return {
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (reason: string): void => reject(new Error(`${command} ${reason}. It said: ${output}`));
        const timer = setTimeout(() => fail(`said no ${pattern} in ${readyMs / 1000} s`), readyMs);
        void ended.then(() => fail('ended')).then(() => clearTimeout(timer));
        heard = () => {
          const match = pattern.exec(output);
          if (!match) return;
          clearTimeout(timer);
          resolve(match);
        };
        heard();
      }),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

const readyMs = 60_000;
