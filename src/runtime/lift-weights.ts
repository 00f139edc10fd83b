import { protobufReader, readFields, type Field } from '../manifest/protobuf.ts';

/** Smaller tensors stay in the graph: shapes and axes are among them, which the runtime wants to see at once. */
const leastBytes = 16 * 1024;

/**
 * An ONNX model without its large weights: where they stood, it says that they are external data, in the file they
 * came from. The runtime then takes them one by one, and at no time has the file and the weights in memory together.
 * Weights in subgraphs stay: there ONNX Runtime Web takes no external data.
 *
 * Source: onnx.proto of onnx/onnx (ModelProto, GraphProto, TensorProto) and its
 * `ExternalData.md`.
 *
 * @param name the name under which the file is to be mounted
 * @returns the model; undefined where the file has no large weights in it
 * @throws {RangeError} for what is no protobuf, or is cut short
 */
export async function liftWeights(blob: Blob, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = protobufReader(blob);
  const model = new Parts();
  let lifted = 0;

  async function liftGraph(graph: Field): Promise<Parts> {
    const parts = new Parts();
    for await (const field of graph.fields()) {
      if (field.number === 5 && (field.length ?? 0) >= leastBytes) parts.message(5, await liftTensor(field));
      else parts.copy(field.range);
    }
    return parts;
  }

  async function liftTensor(tensor: Field): Promise<Parts> {
    const parts = new Parts();
    for await (const field of tensor.fields()) {
      if (field.number !== 9 || field.length! < leastBytes) parts.copy(field.range);
      else {
        const offset = field.range[1] - field.length!;
        const said = { location: name, offset: String(offset), length: String(field.length) };
        for (const [key, value] of Object.entries(said)) {
          parts.message(13, new Parts().message(1, text(key)).message(2, text(value)));
        }
        // `data_location = EXTERNAL`
        parts.bytes(Uint8Array.of((14 << 3) | 0, 1));
        lifted++;
      }
    }
    return parts;
  }

  for await (const field of readFields(reader, blob.size)) {
    if (field.number === 7 && field.length !== undefined) model.message(7, await liftGraph(field));
    else model.copy(field.range);
  }
  return lifted === 0 ? undefined : model.read(blob);
}

type Part = Uint8Array | readonly [start: number, end: number];

/** Bytes of a file, and others between them. */
class Parts {
  readonly #parts: Part[] = [];
  size = 0;

  /** What stands in the file from here to there; neighbours are joined. */
  copy([start, end]: readonly [number, number]): void {
    const last = this.#parts.at(-1);
    if (last && !(last instanceof Uint8Array) && last[1] === start) this.#parts.splice(-1, 1, [last[0], end]);
    else this.#parts.push([start, end]);
    this.size += end - start;
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.size += bytes.length;
    return this;
  }

  message(field: number, content: Parts): this {
    this.bytes(Uint8Array.from([...varint(field * 8 + 2), ...varint(content.size)]));
    for (const part of content.#parts) this.#parts.push(part);
    this.size += content.size;
    return this;
  }

  async read(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
    const parts = this.#parts.map((part) =>
      part instanceof Uint8Array ? (part as Uint8Array<ArrayBuffer>) : blob.slice(...part),
    );
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }
}

function text(content: string): Parts {
  return new Parts().bytes(new TextEncoder().encode(content));
}

/** Seven bits a byte, the lowest first. */
function varint(number: number): number[] {
  const bytes: number[] = [];
  let left = number;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return [...bytes, left];
}
