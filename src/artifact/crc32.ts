/**
 * Continues a CRC-32 (reflected, polynomial 0xEDB88320) over more bytes; start from 0.
 * Eight tables take eight bytes a step ("slicing-by-8", Kounavis and Berry, 2005).
 * Source: RFC 1952, section 8.
 */
export function crc32(bytes: Uint8Array, previous: number = 0): number {
  let crc = ~previous;
  let at = 0;
  const { length } = bytes;
  for (const end = length - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[1792 + (crc & 0xff)]! ^
      tables[1536 + ((crc >>> 8) & 0xff)]! ^
      tables[1280 + ((crc >>> 16) & 0xff)]! ^
      tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/**
 * The CRC-32 of two stretches of bytes, one after the other, from those of each.
 * Source: `crc32_combine()` of zlib, which steps over zeros by squaring the matrix of one zero bit.
 *
 * @param length bytes of the second one
 */
export function crc32Combined(first: number, second: number, length: number): number {
  let power = Int32Array.from({ length: 32 }, (_, bit) => (bit === 0 ? 0xedb88320 | 0 : 1 << (bit - 1)));
  // From one zero bit to one zero byte.
  for (let squares = 0; squares < 3; squares++) power = squared(power);
  let crc = first;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = times(power, crc);
    power = squared(power);
  }
  return (crc ^ second) >>> 0;
}

function times(matrix: Int32Array, vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < 32; bit++) if (vector & (1 << bit)) sum ^= matrix[bit]!;
  return sum;
}

function squared(matrix: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  return matrix.map((column) => times(matrix, column));
}

const tables: Int32Array = makeTables();

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256]!;
    made[at] = (before >>> 8) ^ made[before & 0xff]!;
  }
  return made;
}
