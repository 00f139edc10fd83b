import type { KeptTensor } from '../runtime/session.ts';
import type { DataType, Tensor } from '../tensor.ts';
import type { CacheSlot } from './decoder-layout.ts';

/** Keys and values that were computed of some tokens: a batch of rows, all as long, what is missing of one in front. */
export class KvCache {
  readonly rows: number;
  /** Tokens that each row has room for. */
  readonly length: number;
  /** By the names of the inputs that they go into. They may be the runtime's own. */
  readonly tensors: Readonly<Record<string, Tensor | KeptTensor>>;
  #users = 1;

  constructor(rows: number, length: number, tensors: Readonly<Record<string, Tensor | KeptTensor>>) {
    this.rows = rows;
    this.length = length;
    this.tensors = tensors;
  }

  /** Bytes of all its tensors. */
  get bytes(): number {
    let bytes = 0;
    for (const { dims, type } of Object.values(this.tensors))
      bytes += dims.reduce((product, dim) => product * dim, 1) * elementBytes(type);
    return bytes;
  }

  /** Whether its tensors must be fetched, from a graphics card, before anything can be done with them but a run. */
  get isFar(): boolean {
    return Object.values(this.tensors).some((tensor) => 'read' in tensor && !tensor.peek);
  }

  /** One more who uses it, and lets go of it in the end. */
  retain(): this {
    this.#users++;
    return this;
  }

  /** The last one to let go gives the runtime's memory back. */
  release(): void {
    if (--this.#users > 0) return;
    for (const tensor of Object.values(this.tensors)) if ('read' in tensor) tensor.dispose();
  }
}

/** Some tokens of one row of a cache, without gaps. */
export interface CacheSpan {
  readonly cache: KvCache;
  readonly row: number;
  /** The first slot of it. */
  readonly start: number;
  readonly length: number;
}

/** A cache of nothing yet. */
export function emptyCache(slots: readonly CacheSlot[], rows: number): KvCache {
  return new KvCache(rows, 0, Object.fromEntries(slots.map((slot) => [slot.past, emptyTensor(slot, rows, 0)])));
}

/**
 * Makes a new cache with a row for each span; the shorter ones have what is missing in front, as zeros. The caches that
 * they are of are left as they are.
 */
export async function joinSpans(slots: readonly CacheSlot[], spans: readonly CacheSpan[]): Promise<KvCache> {
  const length = Math.max(...spans.map((span) => span.length));
  const tensors: Record<string, Tensor> = {};
  for (const slot of slots) {
    let target: Tensor | undefined;
    for (const [row, span] of spans.entries()) {
      const kept = span.cache.tensors[slot.past]!;
      const source = 'read' in kept ? (kept.peek?.() ?? (await kept.read())) : kept;
      // Of the encoder's tokens each row has all.
      const part = slot.isCross ? { ...span, start: 0, length: source.dims[slot.lengthAxis]! } : span;
      target ??= emptyTensor(slot, spans.length, slot.isCross ? part.length : length);
      copySpan(slot, source, part, target, row, slot.isCross ? 0 : length - span.length);
    }
    tensors[slot.past] = target!;
  }
  return new KvCache(spans.length, length, tensors);
}

function emptyTensor(slot: CacheSlot, rows: number, length: number): Tensor {
  const dims = slot.dims.map((dim, axis) => (axis === slot.batchAxis ? rows : axis === slot.lengthAxis ? length : dim));
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { type: slot.type, data: new arrays[slot.type]!(size), dims } as unknown as Tensor;
}

/** Copies one row's tokens, head by head: between two of them lie those of the other tokens. */
function copySpan(slot: CacheSlot, from: Tensor, span: CacheSpan, to: Tensor, row: number, start: number): void {
  const { batchAxis, lengthAxis } = slot;
  const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);
  const outer = product(from.dims.slice(0, batchAxis));
  const heads = product(from.dims.slice(batchAxis + 1, lengthAxis));
  const size = product(from.dims.slice(lengthAxis + 1));
  const source = from.data as Float32Array;
  const target = to.data as Float32Array;
  const sourceLength = from.dims[lengthAxis]!;
  const targetLength = to.dims[lengthAxis]!;
  for (let o = 0; o < outer; o++) {
    for (let head = 0; head < heads; head++) {
      const at = (((o * from.dims[batchAxis]! + span.row) * heads + head) * sourceLength + span.start) * size;
      const into = (((o * to.dims[batchAxis]! + row) * heads + head) * targetLength + start) * size;
      target.set(source.subarray(at, at + span.length * size), into);
    }
  }
}

/** Halves come as the platform's own array where it has one, and go back as they came. */
const half = (globalThis as { Float16Array?: new (size: number) => ArrayLike<number> }).Float16Array ?? Uint16Array;

const arrays: Partial<Record<DataType, new (size: number) => ArrayLike<number>>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: half,
  int8: Int8Array,
  uint8: Uint8Array,
};

function elementBytes(type: DataType): number {
  return (arrays[type] as { BYTES_PER_ELEMENT?: number } | undefined)?.BYTES_PER_ELEMENT ?? 4;
}
