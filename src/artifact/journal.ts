import type { Validators } from './download/index.ts';
import type { FileStore, FileWriter } from './store/index.ts';

/** What an unfinished download needs to go on in a later visit. */
export interface JournalStart {
  readonly format: 1;
  /** Of the bytes that are there already. */
  readonly validators: Validators;
  readonly totalBytes: number;
  /** Of a packed archive; any other is kept as it comes, compressed. */
  readonly packed:
    | { readonly firstBytes: number; readonly manifest: string; readonly signature: readonly number[] | undefined }
    | undefined;
}

/** Where it can go on: the number of a border, or of compressed bytes that are kept. */
export interface Journal {
  readonly start: JournalStart;
  readonly mark: number;
}

/** Writes what a later visit needs, a line at a time, so that a line which was cut off costs no other. */
export class JournalWriter {
  readonly #writer: FileWriter;

  private constructor(writer: FileWriter) {
    this.#writer = writer;
  }

  static async begin(files: FileStore, folder: string, start: JournalStart, mark: number): Promise<JournalWriter> {
    const writer = new JournalWriter(await files.create(pathIn(folder), 0));
    await writer.#line(JSON.stringify(start));
    await writer.mark(mark);
    return writer;
  }

  /** Says that all is written up to a place. */
  async mark(mark: number): Promise<void> {
    await this.#line(String(mark));
  }

  async close(): Promise<void> {
    await this.#writer.finish();
  }

  async #line(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${text}\n`));
  }
}

/** What a job left in its folder; undefined where there is nothing to go on with. */
export async function readJournal(files: FileStore, folder: string): Promise<Journal | undefined> {
  const text = await (await files.read(pathIn(folder)))?.text().catch(() => undefined);
  const lines = text?.split('\n').slice(0, -1) ?? [];
  const mark = Number(lines.at(-1));
  if (lines.length < 2 || !Number.isSafeInteger(mark)) return undefined;
  try {
    const start = JSON.parse(lines[0]!) as JournalStart;
    return start.format === 1 ? { start, mark } : undefined;
  } catch {
    return undefined;
  }
}

function pathIn(folder: string): string {
  return `${folder}/journal`;
}
