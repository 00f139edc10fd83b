/**
 * Where unpacked files are kept. A kept file is a `Blob`: it crosses to another thread without its bytes,
 * is read by whoever needs them, and looks the same whether disk or memory is behind it.
 */
export interface Store {
  /** Begins a file of `size` bytes, where that is known. */
  create(path: string, size: number | undefined): FileWriter;
}

/** Takes one file's bytes in order. A file that is not finished leaves nothing behind. */
export interface FileWriter {
  /** Takes a piece; the array may be used again afterwards only by the writer. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the file and gives it. */
  finish(): Promise<Blob>;
}

export { memoryStore } from './memory.ts';
