import { Deflate, deflateRaw, Z_SYNC_FLUSH } from 'pako';

/**
 * What a gzip file begins with (RFC 1952): no name, no time, and an extra field `IP` with the compressed bytes of the
 * first part, by which a reader has what is in it before all else.
 */
export function gzipHeader(firstBytes: number): Uint8Array {
  const bytes = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x49, 0x50, 4, 0, 0, 0, 0, 0);
  new DataView(bytes.buffer).setUint32(16, firstBytes, true);
  return bytes;
}

/**
 * What it ends with, behind its parts: an empty last block, the CRC-32 of all data, and how much there was.
 *
 * @param length in bytes, before deflating
 */
export function gzipTrailer(crc: number, length: number): Uint8Array {
  const bytes = new Uint8Array(10);
  bytes.set([3, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint32(2, crc, true);
  view.setUint32(6, length % 2 ** 32, true);
  return bytes;
}

/**
 * A part of a deflate stream (RFC 1951) that stands by itself: it begins and ends at a byte's border and refers to
 * nothing before it, so that an inflater can start anew with it. pako deflates, and not the platform: zlib gives other
 * bytes from version to version, and an archive made twice is to be the same. (A flush of fflate 0.8.3 loses bits.)
 *
 * @param shrink false stores the data as they are, for what does not get smaller
 */
export function deflatePart(data: Uint8Array, shrink: boolean): Uint8Array {
  if (!shrink) return stored(data);
  const deflate = new Deflate({ raw: true, level: 6 });
  const pieces: Uint8Array[] = [];
  deflate.onData = (piece) => void pieces.push(piece);
  deflate.push(data, Z_SYNC_FLUSH);
  return joined(pieces);
}

/** Bytes of a part that is stored. */
export function storedBytes(length: number): number {
  return length + Math.ceil(length / mostStored) * 5;
}

/** Blocks of type 00, none of which is the last (RFC 1951, section 3.2.4). */
function stored(data: Uint8Array): Uint8Array {
  const blocks = Math.ceil(data.length / mostStored);
  const bytes = new Uint8Array(storedBytes(data.length));
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < blocks; block++) {
    const content = data.subarray(block * mostStored, (block + 1) * mostStored);
    const at = block * (mostStored + 5);
    view.setUint16(at + 1, content.length, true);
    view.setUint16(at + 3, ~content.length & 0xffff, true);
    bytes.set(content, at + 5);
  }
  return bytes;
}

/** Bytes of a stored block. */
const mostStored = 65_535;

/** One array of several. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Whether deflate makes a file smaller by more than 3 %, by up to three samples of it. Less is not worth the time that
 * everyone who loads it spends on inflating.
 */
export async function shrinks(blob: Blob): Promise<boolean> {
  const places = [0, Math.floor(blob.size / 2), blob.size - sampleBytes];
  const starts = blob.size <= 3 * sampleBytes ? [0] : places;
  const length = blob.size <= 3 * sampleBytes ? blob.size : sampleBytes;
  let before = 0;
  let after = 0;
  for (const start of starts) {
    const sample = new Uint8Array(await blob.slice(start, start + length).arrayBuffer());
    before += sample.length;
    after += deflateRaw(sample, { level: 6 }).length;
  }
  return after < before * worthwhile;
}

const sampleBytes = 256 * 1024;

const worthwhile = 0.97;
