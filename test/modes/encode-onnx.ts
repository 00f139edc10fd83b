/** A tensor that is part of a model. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Uint8Array;
}

/** A tensor that a graph takes or gives. */
export interface ValueInfo {
  readonly name: string;
  readonly type: keyof typeof elementTypes;
  readonly dims: readonly number[];
}

/** One operator. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Graphs and integers that it is given by name. */
  readonly attributes?: Readonly<Record<string, Graph | number>>;
}

/** Operators in the order in which they run. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers?: readonly Initializer[];
}

const elementTypes = { float32: 1, int64: 7, bool: 9 } as const;

/** Writes a model file, of operator set 13. Source: onnx/onnx.proto, ModelProto. */
export function encodeOnnx(graph: Graph): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    message(field(1, 8), field(8, message(text(1, ''), field(2, 13))), field(7, encodeGraph(graph))),
  );
}

function encodeGraph({ nodes, inputs, outputs, initializers = [] }: Graph): Bytes {
  return message(
    ...nodes.map((node) => field(1, encodeNode(node))),
    text(2, 'graph'),
    ...initializers.map((one) => field(5, encodeTensor(one))),
    ...inputs.map((one) => field(11, encodeValue(one))),
    ...outputs.map((one) => field(12, encodeValue(one))),
  );
}

function encodeNode({ op, inputs, outputs, attributes = {} }: Node): Bytes {
  return message(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, given]) =>
      field(
        5,
        typeof given === 'number'
          ? message(text(1, name), field(3, given), field(20, 2))
          : message(text(1, name), field(6, encodeGraph(given)), field(20, 5)),
      ),
    ),
  );
}

function encodeTensor({ name, dims, data }: Initializer): Bytes {
  const type = data instanceof Float32Array ? 'float32' : data instanceof BigInt64Array ? 'int64' : 'bool';
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map((dim) => field(1, dim)), field(2, elementTypes[type]), text(8, name), field(9, raw));
}

function encodeValue({ name, type, dims }: ValueInfo): Bytes {
  const shape = message(...dims.map((dim) => field(1, message(field(1, dim)))));
  const tensor = message(field(1, elementTypes[type]), field(2, shape));
  return message(text(1, name), field(2, message(field(1, tensor))));
}

type Bytes = Uint8Array;

/** One field of a message: a number as a varint, all else with its length before it. */
function field(number: number, value: number | Bytes): Bytes {
  if (typeof value === 'number') return message(varint(number << 3), varint(value));
  return message(varint((number << 3) | 2), varint(value.length), value);
}

function text(number: number, value: string): Bytes {
  return field(number, new TextEncoder().encode(value));
}

function varint(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) return Uint8Array.from(bytes);
  }
}

function message(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
