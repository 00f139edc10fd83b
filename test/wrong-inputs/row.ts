/** One wrong thing that is given to a model, and how it must be named. */
export interface WrongCall {
  /** The folder of `test/fixtures/tasks` that is asked. */
  readonly fixture: string;
  readonly name: string;
  /** As it is given, or what makes it of the folder's files. */
  readonly input: unknown;
  readonly options: object;
  /** The field of the `InputError`, exactly. */
  readonly field: string;
  /** What was expected, in the message. */
  readonly says: RegExp;
}

/** One wrong archive, made of a right one. */
export interface WrongArchive {
  readonly fixture: string;
  readonly name: string;
  readonly change: Change;
  readonly code: string;
  readonly says: RegExp;
}

/** What becomes of a right archive. */
export interface Change {
  /** Laid over `inference.json`; a field that is undefined is taken out. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Files that take the place of others; null takes one away. */
  readonly files?: Readonly<Record<string, string | Uint8Array | null>>;
  /** Cut to its first bytes. */
  readonly cut?: { readonly path: string; readonly bytes: number };
  /** Options of loading. */
  readonly options?: { readonly task?: never; readonly model?: string; readonly dtype?: never };
}

/** Bytes of a file of the fixture. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

/** An input that is made of the fixture's files. */
export class Made {
  readonly make: (file: ReadFile) => Promise<unknown>;

  constructor(make: (file: ReadFile) => Promise<unknown>) {
    this.make = make;
  }
}

/** A file of the fixture, whole or cut to its first bytes. */
export function fileOf(path: string, bytes?: number): Made {
  return new Made(async (file) => new Blob([(await file(path)).slice(0, bytes)]));
}

/** A file of the fixture with some of its bytes written over. */
export function patched(path: string, at: number, ...bytes: number[]): Made {
  return new Made(async (file) => {
    const copy = (await file(path)).slice();
    copy.set(bytes, at);
    return new Blob([copy]);
  });
}

type CallRow = readonly [name: string, input: unknown, field: string, says: RegExp, options?: object];

export function calls(fixture: string, rows: readonly CallRow[]): WrongCall[] {
  return rows.map(([name, input, field, says, options = {}]) => ({ fixture, name, input, field, says, options }));
}

type ArchiveRow = readonly [name: string, change: Change, code: string, says: RegExp];

export function archives(fixture: string, rows: readonly ArchiveRow[]): WrongArchive[] {
  return rows.map(([name, change, code, says]) => ({ fixture, name, change, code, says }));
}
