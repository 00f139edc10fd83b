/** Where a command reads and writes. Answers go to `write`; `note` is for what is not part of an answer. */
export interface Terminal {
  readonly cwd: string;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  /** Fulfilled when there is room for more. @throws {ClosedOutputError} when nobody reads any more (`| head`). */
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

/** The terminal of a process. `signal` is aborted by the first Ctrl+C; a second ends the process as it is. */
export function processTerminal(): Terminal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new InterruptedError());
    process.once('SIGINT', () => process.exit(130));
  });
  let closed = false;
  process.stdout.on('error', () => (closed = true));
  const noColor = (process.env['NO_COLOR'] ?? '') !== '';
  return {
    cwd: process.cwd(),
    stdin: process.stdin,
    write: (text) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new ClosedOutputError());
        process.stdout.write(text, (error) => (error ? reject(new ClosedOutputError()) : resolve()));
      }),
    note: (text) => void process.stderr.write(text),
    hasColor: process.stdout.isTTY && !noColor && process.env['TERM'] !== 'dumb',
    noteColumns: process.stderr.isTTY && process.env['TERM'] !== 'dumb' ? process.stderr.columns || 80 : undefined,
    signal: controller.signal,
  };
}

/** Ctrl+C. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('Interrupted.');
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
    /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
