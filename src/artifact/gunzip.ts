import { ArtifactError } from '../errors.ts';
import { concatBytes, type ByteReader } from './byte-reader.ts';
import { crc32 } from './crc32.ts';
import { createInflater, type Inflater } from './inflate.ts';

/**
 * Unpacks gzip (RFC 1952) as gzip(1) does: any number of members, zero padding between and after them.
 * The CRC-32 and the length of every member are checked, whichever inflater does the work.
 *
 * Inflaters do not tell where a member's deflate data ended, and the native one refuses whatever follows.
 * So a border is found from outside: where another member, a run of zeros or the end of the stream follows,
 * the bytes before it are a trailer exactly if they spell the CRC-32 and the length of what came out so far.
 *
 * @throws {ArtifactError} `archive-truncated` or `archive-corrupt`.
 */
export async function* gunzip(
  source: ByteReader,
  newInflater: () => Inflater = createInflater,
): AsyncGenerator<Uint8Array> {
  const budget = { falseBorders: maxFalseBorders };
  let readBytes = 0;
  let members = 0;
  do {
    await readHeader(source);
    const member = new Member(source, newInflater(), budget);
    yield* member.unpack();
    readBytes += member.readBytes;
    if (++members > maxSmallMembers && readBytes < members * smallMemberBytes) {
      throw new ArtifactError(
        'archive-unsupported',
        `it is made of thousands of gzip members of a few bytes each. Compress it as one.`,
      );
    }
  } while (await anotherMember(source));
}

/** True when bytes begin with gzip's magic number. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes of a member's trailer: CRC-32 and length modulo 2^32, little-endian. */
const trailerBytes = 8;

/** The longest block that deflate stores; fflate puts such a one out when it is whole, and not before. */
const storedBytes = 65_535;

/** Bytes that an inflater gets at once: it answers in one piece, up to 1,032 times as large. */
const pieceBytes = 64 * 1024;

/** Places that look like a member's end and are none, after which only the end of the stream is looked at. */
const maxFalseBorders = 10_000;

/** Members that may be small on average before an archive is refused: each costs a new inflater. */
const maxSmallMembers = 1000;
const smallMemberBytes = 512;

/** Zeros in a row that are looked at as padding. Deflate data can hold longer runs; then the look costs a little. */
const paddingBytes = 64 * 1024;

class Member {
  readonly #source: ByteReader;
  readonly #inflater: Inflater;
  readonly #budget: { falseBorders: number };
  /** Compressed bytes that were inflated. */
  readBytes = 0;
  #crc = 0;
  #length = 0;
  /** The first compressed bytes, by which an empty member is told from a long run of zeros. */
  #start: number[] = [];

  constructor(source: ByteReader, inflater: Inflater, budget: { falseBorders: number }) {
    this.#source = source;
    this.#inflater = inflater;
    this.#budget = budget;
  }

  /** Gives the member's data, and leaves the source just behind its trailer. */
  async *unpack(): AsyncGenerator<Uint8Array> {
    let ended = false;
    try {
      /** What was read and may still belong to a trailer. */
      let held: Uint8Array = new Uint8Array(0);
      for (;;) {
        const chunk = await this.#source.some();
        let bytes = chunk ? concatBytes(held, chunk) : held;
        const mayLook = (): boolean => !chunk || this.#budget.falseBorders > 0;
        let border = nextBorder(bytes, 0, !chunk);
        while (border !== -1 && mayLook()) {
          const { fed, end } = yield* this.#findTrailer(bytes, border);
          if (end !== -1) {
            this.#source.unread(bytes.subarray(end));
            ended = true;
            return;
          }
          if (!chunk && border === bytes.length) throw await this.#unended();
          this.#budget.falseBorders--;
          // What made us look may stand inside a trailer, so the bytes before it are held a little longer.
          const feed = Math.max(fed, border - trailerBytes);
          yield* this.#inflate(bytes.subarray(fed, feed));
          bytes = bytes.subarray(feed);
          border = nextBorder(bytes, Math.max(1, border - feed + 1), !chunk);
        }
        // A header may begin in the last bytes; before it zeros may stand, and before those a trailer.
        const looked = Math.max(0, bytes.length - trailerBytes);
        const safe = Math.max(0, looked - trailingZeros(bytes.subarray(0, looked)) - trailerBytes);
        yield* this.#inflate(bytes.subarray(0, safe));
        held = bytes.slice(safe);
      }
    } finally {
      if (!ended) this.#inflater.abort();
    }
  }

  /**
   * Inflates the bytes before `border` up to the trailer among the last of them, ends the inflater there and
   * returns where the trailer ends, or -1. The trailer covers the last byte that is not zero, or is all zeros
   * behind it. It may reach past the border, where a trailer happens to hold what made us look here.
   */
  async *#findTrailer(bytes: Uint8Array, border: number): AsyncGenerator<Uint8Array, { fed: number; end: number }> {
    const last = border - trailingZeros(bytes.subarray(0, border));
    let fed = Math.max(0, last - trailerBytes);
    yield* this.#inflate(bytes.subarray(0, fed));
    yield* this.#settle();
    if (border < bytes.length && !this.#mayEnd(bytes.subarray(fed), last - fed)) return { fed, end: -1 };
    for (;;) {
      if (fed + trailerBytes <= bytes.length && this.#isTrailer(bytes.subarray(fed, fed + trailerBytes))) {
        await this.#end();
        return { fed, end: fed + trailerBytes };
      }
      // Deflate data that stand for nothing end in a zero of their own.
      if (fed >= last && (this.#length > 0 || fed > last)) return { fed, end: -1 };
      if (this.#isTrailerCut(bytes.subarray(fed))) throw truncated('inside the checksum at its end');
      if (fed === bytes.length) return { fed, end: -1 };
      yield* this.#inflate(bytes.subarray(fed, fed + 1));
      yield* this.#settle();
      fed++;
    }
  }

  /** Whether any of the places up to `last` states a length that the few bytes before it could still come to. */
  #mayEnd(bytes: Uint8Array, last: number): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at <= last + 1 && at + trailerBytes <= bytes.length; at++) {
      const more = (view.getUint32(at + 4, true) - (this.#length % 2 ** 32) + 2 ** 32) % 2 ** 32;
      if (more <= trailerBytes * 1032 + storedBytes) return true;
    }
    return false;
  }

  #isTrailer(bytes: Uint8Array): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, trailerBytes);
    if (view.getUint32(0, true) !== this.#crc || view.getUint32(4, true) !== this.#length % 2 ** 32) return false;
    // Eight zeros also stand inside data that have put out nothing yet. Data for nothing are a last block without
    // content, after flushes or none: 3,0 with fixed codes, 1,0,0,255,255 stored.
    return this.#length > 0 || /^(0,0,0,255,255,)*(3,0|1,0,0,255,255)$/.test(this.#start.join());
  }

  /** True when the last bytes of the stream are a trailer's first ones. */
  #isTrailerCut(bytes: Uint8Array): boolean {
    if (bytes.length === 0 || bytes.length >= trailerBytes || this.#length === 0) return false;
    const expected = new DataView(new ArrayBuffer(trailerBytes));
    expected.setUint32(0, this.#crc, true);
    expected.setUint32(4, this.#length % 2 ** 32, true);
    return bytes.every((byte, at) => byte === expected.getUint8(at));
  }

  async *#inflate(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    if (bytes.length === 0) return;
    this.readBytes += bytes.length;
    if (this.#start.length < 64) this.#start.push(...bytes.subarray(0, 64 - this.#start.length));
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield* this.#count(this.#inflater.write(bytes.subarray(at, at + pieceBytes)));
    }
  }

  async *#settle(): AsyncGenerator<Uint8Array> {
    yield* this.#count(this.#inflater.settle());
  }

  async *#count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        this.#crc = crc32(chunk, this.#crc);
        this.#length += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw new ArtifactError(
        'archive-corrupt',
        'its compressed data are damaged: they are not what deflate writes, their CRC-32 or length is wrong, or something that is not gzip comes after them. Download or make it again.',
        { cause },
      );
    }
  }

  async #end(): Promise<void> {
    try {
      await this.#inflater.end();
    } catch (cause) {
      throw new ArtifactError(
        'archive-corrupt',
        'its compressed data do not end where their CRC-32 and length stand. Download or make it again.',
        { cause },
      );
    }
  }

  /** Why no trailer was found at the end of the stream. */
  async #unended(): Promise<ArtifactError> {
    try {
      await this.#inflater.end();
    } catch {
      return truncated('inside its compressed data');
    }
    return truncated('before the checksum of its data, or that checksum is wrong');
  }
}

/**
 * Where the next border may be: at what looks like another member's header, in a long run of zeros, or at the end
 * of the stream. -1 when `bytes` hold none that can be told by now.
 */
function nextBorder(bytes: Uint8Array, from: number, isEnd: boolean): number {
  for (let at = bytes.indexOf(0x1f, from); at !== -1; at = bytes.indexOf(0x1f, at + 1)) {
    if (!isEnd && at + trailerBytes > bytes.length) break;
    const [, magic = 0x8b, method = 8, flags = 0] = bytes.subarray(at, at + 4);
    if (magic === 0x8b && method === 8 && (flags & 0xe0) === 0) return at;
  }
  return isEnd || trailingZeros(bytes) >= paddingBytes ? bytes.length : -1;
}

function trailingZeros(bytes: Uint8Array): number {
  let count = 0;
  while (count < bytes.length && bytes[bytes.length - 1 - count] === 0) count++;
  return count;
}

/** Passes over zero padding; true when a member follows, false at the end of the stream. */
async function anotherMember(source: ByteReader): Promise<boolean> {
  for (let bytes = await source.some(); bytes; bytes = await source.some()) {
    const start = bytes.findIndex((byte) => byte !== 0);
    if (start === -1) continue;
    source.unread(bytes.subarray(start));
    if (isGzip(await source.peek(2))) return true;
    throw new ArtifactError(
      'archive-corrupt',
      'something that is not gzip comes after its compressed data. Download or make it again.',
    );
  }
  return false;
}

/** Reads a member's header and checks all of it that can be checked. */
async function readHeader(source: ByteReader): Promise<void> {
  let crc = 0;
  const take = async (count: number): Promise<Uint8Array> => {
    const bytes = await source.exactly(count);
    if (bytes.length < count) throw truncated('inside the header of its compressed data');
    crc = crc32(bytes, crc);
    return bytes;
  };
  const skipText = async (): Promise<void> => {
    for (let left = maxHeaderText; left > 0; left--) if ((await take(1))[0] === 0) return;
    throw new ArtifactError('archive-corrupt', 'the name or comment in its gzip header does not end.');
  };
  const [magic1, magic2, method, flags] = await take(10);
  if (magic1 !== 0x1f || magic2 !== 0x8b || method !== 8 || flags! & 0xe0) {
    throw new ArtifactError('archive-corrupt', 'its gzip header is damaged. Download or make it again.');
  }
  if (flags! & 0x04) {
    const [low, high] = await take(2);
    await take(low! | (high! << 8));
  }
  if (flags! & 0x08) await skipText();
  if (flags! & 0x10) await skipText();
  if (flags! & 0x02) {
    const expected = crc & 0xffff;
    const [low, high] = await take(2);
    if ((low! | (high! << 8)) !== expected) {
      throw new ArtifactError(
        'archive-corrupt',
        'the checksum of its gzip header is wrong. Download or make it again.',
      );
    }
  }
}

const maxHeaderText = 64 * 1024;

function truncated(where: string): ArtifactError {
  return new ArtifactError(
    'archive-truncated',
    `it ends ${where}. The download or the upload was cut short: try again.`,
  );
}
