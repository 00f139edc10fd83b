/** What keeps files: OPFS, Cache Storage, or nothing but memory. */
export type StorageKind = 'opfs' | 'cache-storage' | 'memory';

/**
 * A place for files, by paths with forward slashes below a root of our own. It knows nothing of models. A file that is
 * kept is a `Blob`: it crosses to another thread without its bytes, and looks the same whatever is behind it.
 */
export interface FileStore {
  readonly kind: StorageKind;
  /** Whether a file that was begun is still there when its writer is gone. */
  readonly keepsUnfinished: boolean;
  /**
   * Begins a file, or goes on with one.
   *
   * @param size bytes that it will have, where that is known
   * @param from bytes that it has already and that stay
   */
  create(path: string, size: number, from?: number): Promise<FileWriter>;
  /** Undefined where there is none. */
  read(path: string): Promise<Blob | undefined>;
  /** Opens a file to be read through, by the quickest way there is; undefined where there is none. */
  open(path: string): Promise<OpenFile | undefined>;
  /** Writes a small file whole. */
  put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  move(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all that is in it; what is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Names of what is in a folder; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
}

/** Takes one file's bytes in order. */
export interface FileWriter {
  /** Takes a piece; its bytes may be used again once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the file. */
  finish(): Promise<void>;
  /** Lets go of it as it is. */
  abandon(): Promise<void>;
}

/** A file that is read through. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number;
  /** Fills an array with the bytes from `at` on; fewer where the file ends before. */
  read(at: number, into: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  close(): void;
}
