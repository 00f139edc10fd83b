import { joinSpans, type KvCache } from './kv-cache.ts';
import type { CacheSlot } from './decoder-layout.ts';

/** Keys and values of the beginning of a text. */
export interface Prefix {
  /** Of one row, without gaps; it belongs to whoever asked for it, who releases it. */
  readonly cache: KvCache;
  readonly length: number;
}

/**
 * Keeps what was computed of earlier texts, so that one which begins alike, as the next turn of a conversation does, or
 * another conversation under the same instructions, computes only the rest. The least recently used go when the memory
 * that they may take is full.
 */
export class PrefixCache {
  readonly #slots: readonly CacheSlot[];
  readonly #mostBytes: number;
  /** The least recently used first. */
  #entries: Entry[] = [];

  constructor(slots: readonly CacheSlot[], mostBytes: number) {
    this.#slots = slots;
    this.#mostBytes = mostBytes;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * The longest beginning of `tokens` that was computed; undefined where there is none. At least one token is left over,
   * since a step needs one.
   */
  async find(tokens: readonly number[]): Promise<Prefix | undefined> {
    let best: Entry | undefined;
    let length = 0;
    for (const entry of this.#entries) {
      const common = Math.min(commonLength(entry.tokens, tokens), tokens.length - 1);
      if (common > length) [best, length] = [entry, common];
    }
    if (!best) return undefined;
    this.#entries = [...this.#entries.filter((entry) => entry !== best), best];
    if (length === best.tokens.length) return { cache: best.cache.retain(), length };
    const whole = best.cache.retain();
    const cache = await joinSpans(this.#slots, [{ cache: whole, row: 0, start: 0, length }]);
    whole.release();
    return { cache, length };
  }

  /** Keeps a cache of one row; those of its beginnings are not needed any more. It remains the caller's as well. */
  keep(computed: readonly number[], cache: KvCache): void {
    const { bytes } = cache;
    if (bytes > this.#mostBytes) return;
    const tokens = computed.slice(0, cache.length);
    if (this.#entries.some((entry) => commonLength(entry.tokens, tokens) === tokens.length)) return;
    this.#drop((entry) => commonLength(entry.tokens, tokens) === entry.tokens.length);
    this.#entries.push({ tokens, cache: cache.retain(), bytes });
    let left = this.bytes;
    this.#drop((entry) => left > this.#mostBytes && ((left -= entry.bytes), true));
  }

  /** Gives all memory back. */
  clear(): void {
    this.#drop(() => true);
  }

  #drop(isOver: (entry: Entry) => boolean): void {
    const over = new Set(this.#entries.filter(isOver));
    this.#entries = this.#entries.filter((entry) => !over.has(entry));
    for (const { cache } of over) cache.release();
  }
}

interface Entry {
  readonly tokens: readonly number[];
  readonly cache: KvCache;
  readonly bytes: number;
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
