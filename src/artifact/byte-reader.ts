/** Reads chunks as bytes: exactly so many, or whatever is at hand. It copies only what straddles chunks. */
export class ByteReader {
  readonly #chunks: AsyncGenerator<Uint8Array, unknown>;
  #chunk: Uint8Array = new Uint8Array(0);
  #ended = false;
  #taken = 0;

  /** @param position what the first byte is called: that of a source which begins in the middle of something */
  constructor(chunks: AsyncGenerator<Uint8Array, unknown>, position: number = 0) {
    this.#chunks = chunks;
    this.#taken = position;
  }

  /** Bytes before the next one. */
  get position(): number {
    return this.#taken;
  }

  /** The next bytes at hand, at least 1 and at most `max`; undefined at the end of the source. */
  async some(max: number = Infinity): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      if (!(await this.#fill())) return undefined;
    }
    const taken = this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(taken.length);
    this.#taken += taken.length;
    return taken;
  }

  /** The next `count` bytes; fewer only where the source ends first. */
  async exactly(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    this.#chunk = this.#chunk.subarray(bytes.length);
    this.#taken += bytes.length;
    return bytes;
  }

  /** The next `count` bytes, which stay to be read; fewer only where the source ends first. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#chunk.length < count) {
      const before = this.#chunk;
      if (!(await this.#fill())) break;
      this.#chunk = concatBytes(before, this.#chunk);
    }
    return this.#chunk.subarray(0, count);
  }

  /** Passes over `count` bytes, and returns how many there were. */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count) {
      const bytes = await this.some(count - skipped);
      if (!bytes) break;
      skipped += bytes.length;
    }
    return skipped;
  }

  /** Puts bytes back in front of what is still to be read. */
  unread(bytes: Uint8Array): void {
    this.#chunk = concatBytes(bytes, this.#chunk);
    this.#taken -= bytes.length;
  }

  /** Lets go of the source without reading on. */
  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  /** Replaces the current chunk by the next one; false at the end of the source, where the chunk stays. */
  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    const result = await this.#chunks.next();
    if (result.done) this.#ended = true;
    else this.#chunk = result.value;
    return !result.done;
  }
}

/** Both arrays' bytes in one: a new one, unless there is nothing to join. */
export function concatBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
