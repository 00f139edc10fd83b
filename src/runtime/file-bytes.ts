/** Workers have it, and the types of pages do not. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Whether this thread can wait for a file. */
export const canReadAtOnce: boolean = 'FileReaderSync' in globalThis;

/**
 * A file that passes for its bytes where the runtime takes parts of them, one after the other: each is read from the
 * file when it is asked for, and let go of at the next. ONNX Runtime Web asks for `byteLength` and `subarray()` only.
 */
export class FileBytes extends Uint8Array {
  readonly #blob: Blob;
  readonly #reader = new FileReaderSync();
  #last: ArrayBuffer | undefined;
  /** Why a part could not be read: of it the runtime says only that something went wrong. */
  failure: unknown;

  constructor(blob: Blob) {
    super(0);
    this.#blob = blob;
  }

  override get byteLength(): number {
    return this.#blob.size;
  }

  override subarray(start: number, end: number): Uint8Array<ArrayBuffer> {
    this.release();
    try {
      this.#last = this.#reader.readAsArrayBuffer(this.#blob.slice(start, end));
      return new Uint8Array(this.#last);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Gives the memory of the last part back at once: nobody knows when it would be collected. */
  release(): void {
    // Engines of before 2024 have no `transfer()`, and the types of some do not.
    (this.#last as { transfer?(length: number): ArrayBuffer } | undefined)?.transfer?.(0);
    this.#last = undefined;
  }
}
