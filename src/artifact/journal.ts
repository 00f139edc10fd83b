import { sha256Hex } from './file-digest.ts';
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
    const json = JSON.stringify(start);
    await writer.#line(json);
    await writer.#line(await digestOf(json));
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

  /** Lets go of it as it is. */
  async abandon(): Promise<void> {
    await this.#writer.abandon();
  }

  async #line(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${text}\n`));
  }
}

/**
 * What a job left in its folder; undefined where there is nothing to go on with, and where a tab that is frozen still has
 * its files open.
 */
export async function readJournal(files: FileStore, folder: string): Promise<Journal | undefined> {
  const blob = await files.read(pathIn(folder));
  const text = await blob?.text().catch(() => undefined);
  const [json, digest, ...marks] = text?.split('\n').slice(0, -1) ?? [];
  const mark = Number(marks.at(-1));
  if (!json || marks.length === 0 || !Number.isSafeInteger(mark) || (await digestOf(json)) !== digest) return undefined;
  const start = JSON.parse(json) as JournalStart;
  return start.format === 1 && (await isFree(files, folder, blob!.size)) ? { start, mark } : undefined;
}

async function isFree(files: FileStore, folder: string, size: number): Promise<boolean> {
  try {
    await (await files.create(pathIn(folder), size, size)).abandon();
    return true;
  } catch (error) {
    if ((error as DOMException).name === 'NoModificationAllowedError') return false;
    throw error;
  }
}

async function digestOf(json: string): Promise<string> {
  return sha256Hex(new TextEncoder().encode(json));
}

function pathIn(folder: string): string {
  return `${folder}/journal`;
}
