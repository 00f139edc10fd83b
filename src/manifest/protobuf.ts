/** One field of a protobuf message. What it holds is read when asked for, and passed over when not. */
export interface Field {
  readonly number: number;
  /** Where it begins in the file, and ends. */
  readonly range: readonly [start: number, end: number];
  /** A number's value; 0 for what is not written as a varint. */
  readonly value: number;
  /** Bytes of what has a length (texts, messages, packed lists); undefined for numbers. */
  readonly length: number | undefined;
  /** @throws {RangeError} for a text of more than a megabyte. */
  text(): Promise<string>;
  /** A repeated number, packed or not. */
  varints(): Promise<number[]>;
  /** The fields of a message. */
  fields(): AsyncGenerator<Field>;
}

/** A place in a file of protobuf messages. */
export interface ProtobufReader {
  position: number;
  /** Bytes from `position`, at least `count` where the file has them. */
  peek(count: number): Uint8Array | Promise<Uint8Array>;
}

/** Reads a Blob a window at a time: what lies between is never read. */
export function protobufReader(blob: Blob): ProtobufReader {
  let window = new Uint8Array(0);
  let start = 0;
  return {
    position: 0,
    peek(count) {
      const from = this.position - start;
      if (from >= 0 && from + count <= window.length) return window.subarray(from);
      return (async () => {
        start = this.position;
        window = new Uint8Array(await blob.slice(start, start + Math.max(windowBytes, count)).arrayBuffer());
        return window;
      })();
    },
  };
}

const windowBytes = 64 * 1024;

/** Longer texts are none that anyone would show. */
const maxTextBytes = 2 ** 20;

/** Messages in messages, beyond which a file is meant to do harm: control flow nests by a few. */
const maxDepth = 100;

/**
 * The fields of a message that ends at `end`. Each has to be looked at before the next is asked for.
 * Source: protobuf.dev, "Encoding".
 *
 * @throws {RangeError} for what is no protobuf, or is cut short.
 */
export async function* readFields(reader: ProtobufReader, end: number, depth: number = 0): AsyncGenerator<Field> {
  if (depth > maxDepth) throw new RangeError(`Its messages are nested more than ${maxDepth} levels deep.`);
  while (reader.position < end) {
    const start = reader.position;
    const tag = await varint(reader, end);
    const kind = tag & 7;
    const number = Math.floor(tag / 8);
    if (number === 0) throw new RangeError('A field in it has the number 0.');
    if (kind === 0) {
      const value = await varint(reader, end);
      const range = [start, reader.position] as const;
      yield { number, range, value, length: undefined, text, varints: async () => [value], fields: noFields };
    } else if (kind === 1 || kind === 5) {
      reader.position += kind === 1 ? 8 : 4;
      const range = [start, reader.position] as const;
      yield { number, range, value: 0, length: undefined, text, varints: async () => [], fields: noFields };
    } else if (kind === 2) {
      const length = await varint(reader, end);
      const from = reader.position;
      const to = from + length;
      if (to > end) throw new RangeError(`It ends ${to - end} bytes before a part in it does.`);
      yield {
        number,
        range: [start, to],
        value: 0,
        length,
        async text() {
          if (length > maxTextBytes) throw new RangeError(`A name in it is ${length} bytes long.`);
          reader.position = from;
          return new TextDecoder().decode((await reader.peek(length)).subarray(0, length));
        },
        async varints() {
          const values: number[] = [];
          reader.position = from;
          while (reader.position < to) values.push(await varint(reader, to));
          return values;
        },
        fields() {
          reader.position = from;
          return readFields(reader, to, depth + 1);
        },
      };
      reader.position = to;
    } else {
      throw new RangeError(`A field in it is of the unknown kind ${kind}.`);
    }
    if (reader.position > end) throw new RangeError('It ends within a number.');
  }
}

async function text(): Promise<string> {
  throw new RangeError('A number stands where a text should.');
}

function noFields(): AsyncGenerator<Field> {
  throw new RangeError('A number stands where a message should.');
}

/** Seven bits a byte, the lowest first. Numbers past 2^53 lose their last digits; negative ones come out negative. */
async function varint(reader: ProtobufReader, end: number): Promise<number> {
  const at = reader.peek(10);
  const bytes = at instanceof Uint8Array ? at : await at;
  let value = 0n;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[index];
    if (byte === undefined || reader.position + index >= end) throw new RangeError('It ends within a number.');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) {
      reader.position += index + 1;
      return Number(BigInt.asIntN(64, value));
    }
  }
  throw new RangeError('A number in it is longer than ten bytes.');
}
