import { ByteReader, concatBytes } from './byte-reader.ts';
import { isGzip } from './gunzip.ts';
import { inflating } from './inflating.ts';
import type { Limits } from './limits.ts';
import {
  firstPartBytes,
  manifestPath,
  mostFirstBytes,
  packedHeaderBytes,
  readPackedIndex,
  type PackedIndex,
} from './packed-index.ts';
import { untar } from './untar.ts';

/** What the first bytes of a packed archive say. */
export interface PackedStart {
  readonly index: PackedIndex;
  /** Compressed bytes of the part that holds it. */
  readonly firstBytes: number;
  /** `inference.json`, as it is in the archive. */
  readonly manifest: Uint8Array<ArrayBuffer>;
}

/** The index of a packed archive; undefined of any other, and of one that something disagrees with. Nothing is consumed. */
export async function readStart(
  source: ByteReader,
  start: Uint8Array,
  { totalBytes, limits }: { readonly totalBytes: number | undefined; readonly limits: Limits },
): Promise<PackedStart | undefined> {
  const firstBytes = isGzip(start) ? firstPartBytes(start) : undefined;
  if (firstBytes === undefined || firstBytes > mostFirstBytes) return undefined;
  const first = (await source.peek(packedHeaderBytes + firstBytes)).subarray(packedHeaderBytes);
  if (first.length < firstBytes) return undefined;
  try {
    const tar = await inflateWhole(first, limits);
    const reader = new ByteReader(once(tar));
    for await (const { path, size, body } of untar(reader, limits)) {
      if (path !== manifestPath) return undefined;
      const manifest = await collect(body, size);
      const found = startOf(manifest, { firstBytes, totalBytes });
      return found?.index.borders[0]!.tarAt === tar.length ? found : undefined;
    }
  } catch {
    // The general way finds what is wrong with it.
  }
  return undefined;
}

/**
 * Reads the index in a description that is kept.
 *
 * @param manifest `inference.json`
 */
export function startOf(
  manifest: Uint8Array<ArrayBuffer>,
  { firstBytes, totalBytes }: { readonly firstBytes: number; readonly totalBytes: number | undefined },
): PackedStart | undefined {
  const json: unknown = JSON.parse(new TextDecoder().decode(manifest));
  // One header of the tar, and the file up to the next block.
  const firstTarBytes = 512 + Math.ceil(manifest.length / 512) * 512;
  const index = readPackedIndex(json, { firstBytes, firstTarBytes, totalBytes });
  return index && { index, firstBytes, manifest };
}

async function inflateWhole(deflated: Uint8Array, limits: Limits): Promise<Uint8Array> {
  let all: Uint8Array = new Uint8Array(0);
  for await (const bytes of inflating(once(deflated), limits, true)) {
    if (all.length + bytes.length > mostFirstBytes * 4) throw new RangeError('It is no description of a model.');
    all = concatBytes(all, bytes);
  }
  return all;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(chunks: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(size);
  let at = 0;
  for await (const bytes of chunks) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}
