import { deflateSync } from 'fflate';
import { crc32 } from '../artifact/crc32.ts';

/**
 * One member of a gzip file (RFC 1952), without name or time. fflate deflates, and not the platform: zlib gives other
 * bytes from version to version, and an archive made twice is to be the same.
 *
 * @param shrink false stores the data as they are, for what does not get smaller
 */
export function gzipMember(data: Uint8Array, shrink: boolean): Uint8Array {
  const deflated = deflateSync(data, { level: shrink ? 6 : 0 });
  const member = new Uint8Array(headerBytes + deflated.length + 8);
  member.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  member.set(deflated, headerBytes);
  const trailer = new DataView(member.buffer, member.length - 8);
  trailer.setUint32(0, crc32(data), true);
  trailer.setUint32(4, data.length, true);
  return member;
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
    after += deflateSync(sample, { level: 6 }).length;
  }
  return after < before * worthwhile;
}

const headerBytes = 10;

const sampleBytes = 256 * 1024;

const worthwhile = 0.97;
