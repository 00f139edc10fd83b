/**
 * An ONNX file as a tree that can be changed and written again: what is not changed comes out as it was, byte by byte.
 * Source: onnx.proto of onnx/onnx, protobuf wire format.
 */
export interface Field {
  readonly number: number;
  readonly wire: number;
  /** The name of the field where it is one that mutations look for, as in `TensorProto.dims`. */
  readonly role: string;
  /** Of a message that is known: its fields. */
  children?: Field[];
  /** Of all else: as they stand in the file behind the tag and the length. */
  bytes: Uint8Array;
}

/** Messages by what their fields are: the name of another message, or of a value. */
const messages: Record<string, Record<number, string>> = {
  ModelProto: { 1: 'ir_version', 7: 'GraphProto', 8: 'OperatorSetIdProto' },
  OperatorSetIdProto: { 1: 'domain', 2: 'version' },
  GraphProto: { 1: 'NodeProto', 5: 'TensorProto', 11: 'ValueInfoProto', 12: 'ValueInfoProto', 13: 'ValueInfoProto' },
  NodeProto: { 1: 'input', 2: 'output', 4: 'op_type', 5: 'AttributeProto', 7: 'domain' },
  AttributeProto: {
    1: 'name',
    2: 'f',
    3: 'i',
    4: 's',
    5: 'TensorProto',
    6: 'GraphProto',
    7: 'floats',
    8: 'ints',
    20: 'type',
  },
  TensorProto: { 1: 'dims', 2: 'data_type', 8: 'name', 9: 'raw_data', 14: 'data_location' },
  ValueInfoProto: { 1: 'name', 2: 'TypeProto' },
  TypeProto: { 1: 'TypeProto.Tensor' },
  'TypeProto.Tensor': { 1: 'elem_type', 2: 'TensorShapeProto' },
  TensorShapeProto: { 1: 'TensorShapeProto.Dimension' },
  'TensorShapeProto.Dimension': { 1: 'dim_value', 2: 'dim_param' },
};

/** Reads a sound file. */
export function readTree(bytes: Uint8Array, message: string = 'ModelProto'): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = readVarint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    const start = at;
    let end = at;
    if (wire === 0) {
      readVarint();
      end = at;
    } else if (wire === 2) {
      const length = readVarint();
      end = at + length;
      at = end - length;
    } else end = at + (wire === 1 ? 8 : 4);
    const content = bytes.subarray(wire === 0 ? start : at, end);
    at = end;
    const inner = messages[message]![number] ?? 'other';
    const known = wire === 2 && inner in messages;
    fields.push({
      number,
      wire,
      role: known ? inner : `${message}.${inner}`,
      bytes: content,
      ...(known ? { children: readTree(content, inner) } : {}),
    });
  }
  return fields;
}

export function writeTree(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const parts = fields.flatMap(({ number, wire, children, bytes }) => {
    const content = children ? writeTree(children) : bytes;
    return [varint(number * 8 + wire), ...(wire === 2 ? [varint(content.length)] : []), content];
  });
  return concat(parts);
}

/** Every field below, parents before children. */
export function* fieldsOf(fields: readonly Field[]): Generator<{ field: Field; siblings: Field[] }> {
  for (const field of fields) {
    yield { field, siblings: fields as Field[] };
    if (field.children) yield* fieldsOf(field.children);
  }
}

/** A number as protobuf has it; one below zero takes ten bytes. */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
