import { UnwritableError } from './exit-code.ts';
import { reasonOf } from './open-file.ts';

/** Where a command reads and writes. Answers go to `write`; `note` is for what is not part of an answer. */
export interface Terminal {
  readonly cwd: string;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  /**
   * Fulfilled when there is room for more.
   *
   * @throws {ClosedOutputError} when nobody reads any more (`| head`). @throws {UnwritableError} on a full disk.
   */
  write(text: string): Promise<void>;
  note(text: string): void;
  /** Whether colours may be used in what is written. */
  readonly hasColor: boolean;
  /** Columns of the terminal that notes go to; undefined where it is none, and then there is no progress bar. */
  readonly noteColumns: number | undefined;
  readonly signal: AbortSignal;
}

/** Whoever read the output has had enough, which is no error. */
export class ClosedOutputError extends Error {
  override readonly name = 'ClosedOutputError';
}

/**
 * The terminal of a process. `signal` is aborted by the first Ctrl+C, and as well when the process is to end or its
 * terminal is gone; a second signal ends the process as it is.
 */
export function processTerminal(): Terminal {
  const controller = new AbortController();
  for (const [name, code] of Object.entries(interruptions)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort(new InterruptedError(code));
    });
  }
  let failed: Error | undefined;
  const failedBy = (error: NodeJS.ErrnoException): Error =>
    error.code === 'EPIPE'
      ? new ClosedOutputError()
      : new UnwritableError(`Cannot write the output: ${reasonOf(error)}.`, { cause: error });
  process.stdout.on('error', (error) => (failed ??= failedBy(error)));
  // Nowhere is left to say it.
  process.stderr.on('error', () => {});
  const noColor = (process.env['NO_COLOR'] ?? '') !== '';
  return {
    cwd: process.cwd(),
    stdin: process.stdin,
    write: (text) =>
      new Promise((resolve, reject) => {
        if (failed) return reject(failed);
        process.stdout.write(text, (error) => (error ? reject(failedBy(error)) : resolve()));
      }),
    note: (text) => void process.stderr.write(text),
    hasColor: process.stdout.isTTY && !noColor && process.env['TERM'] !== 'dumb',
    noteColumns: process.stderr.isTTY && process.env['TERM'] !== 'dumb' ? process.stderr.columns || 80 : undefined,
    signal: controller.signal,
  };
}

/** Signals that end a command once it has cleaned up, with the exit codes that shells have for them. */
const interruptions: Readonly<Record<'SIGHUP' | 'SIGINT' | 'SIGTERM', number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** Ctrl+C, or another signal that ends a command. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;

  constructor(code: number) {
    super('Interrupted.');
    this.exitCode = code;
  }
}

/** Text in a style of ANSI terminals (ECMA-48), where there is one. */
export function painter({
  hasColor,
}: Pick<Terminal, 'hasColor'>): Record<'bold' | 'dim' | 'green' | 'red' | 'yellow', (text: string) => string> {
  const style =
    (on: number, off: number) =>
    (text: string): string =>
      hasColor ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), green: style(32, 39), red: style(31, 39), yellow: style(33, 39) };
}

/**
 * Untrusted text for a terminal: control characters, which could move the cursor or rewrite what is above, are spelt
 * out.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
