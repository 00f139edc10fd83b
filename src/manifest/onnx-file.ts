import { ManifestError } from '../errors.ts';
import type { DataType } from '../tensor.ts';
import { readFields, type Field, type ProtobufReader, protobufReader } from './protobuf.ts';

/** What an ONNX file says of itself. Its weights are counted and not read. */
export interface OnnxFile {
  /** Which program wrote it, with its version: `pytorch 2.1.0`. */
  readonly producer: string | undefined;
  readonly irVersion: number;
  /** Versions of the operator sets it uses, by domain; `ai.onnx` is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** How often each operator is used, subgraphs and functions included, the most used first. */
  readonly operators: readonly OperatorCount[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Weights by element type, the largest first. */
  readonly parameters: readonly ParameterCount[];
  /** Files beside the model that hold weights, as it names them. */
  readonly externalData: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OperatorCount {
  readonly domain: string;
  readonly name: string;
  readonly count: number;
}

export interface OnnxValue {
  readonly name: string;
  /** Undefined for what is no tensor. */
  readonly type: string | undefined;
  /** A name, or `?`, stands for a dimension that is free; undefined where the rank is. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface ParameterCount {
  readonly type: string;
  readonly count: number;
  readonly bytes: number;
}

/**
 * Reads an ONNX model's description. It goes through the file from front to back, and passes over the numbers, so that
 * a model of any size takes as little memory.
 *
 * Source: onnx.proto of onnx/onnx (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto).
 *
 * @param name of the file, for messages
 * @throws {ManifestError} `file-invalid` for what is no ONNX model, or is cut short.
 */
export async function readOnnxFile(name: string, blob: Blob): Promise<OnnxFile> {
  const found = new Findings();
  try {
    await readModel(protobufReader(blob), blob.size, found);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(name)} is no ONNX model, or a damaged one: ${cause.message} Export it again.`,
      { cause },
    );
  }
  if (!found.hasGraph) {
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(name)} is no ONNX model, or a damaged one: it has no graph. Export it again.`,
    );
  }
  return found.result();
}

/** By their numbers in `TensorProto.DataType`. */
const elementTypes: readonly { readonly name: DataType | (string & {}); readonly bits: number }[] = [
  { name: 'undefined', bits: 0 },
  { name: 'float32', bits: 32 },
  { name: 'uint8', bits: 8 },
  { name: 'int8', bits: 8 },
  { name: 'uint16', bits: 16 },
  { name: 'int16', bits: 16 },
  { name: 'int32', bits: 32 },
  { name: 'int64', bits: 64 },
  { name: 'string', bits: 0 },
  { name: 'bool', bits: 8 },
  { name: 'float16', bits: 16 },
  { name: 'float64', bits: 64 },
  { name: 'uint32', bits: 32 },
  { name: 'uint64', bits: 64 },
  { name: 'complex64', bits: 64 },
  { name: 'complex128', bits: 128 },
  { name: 'bfloat16', bits: 16 },
  { name: 'float8e4m3fn', bits: 8 },
  { name: 'float8e4m3fnuz', bits: 8 },
  { name: 'float8e5m2', bits: 8 },
  { name: 'float8e5m2fnuz', bits: 8 },
  { name: 'uint4', bits: 4 },
  { name: 'int4', bits: 4 },
  { name: 'float4e2m1', bits: 4 },
];

class Findings {
  hasGraph = false;
  irVersion = 0;
  producer: string[] = [];
  readonly opsets: Record<string, number> = {};
  readonly operators = new Map<string, { domain: string; name: string; count: number }>();
  readonly parameters = new Map<string, { type: string; count: number; bytes: number }>();
  readonly initializers = new Set<string>();
  readonly externalData = new Set<string>();
  readonly metadata: Record<string, string> = {};
  inputs: OnnxValue[] = [];
  outputs: OnnxValue[] = [];

  result(): OnnxFile {
    return {
      producer: this.producer.filter(Boolean).join(' ') || undefined,
      irVersion: this.irVersion,
      opsets: this.opsets,
      operators: [...this.operators.values()].toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
      // Models of IR 3 and before list their weights among their inputs.
      inputs: this.inputs.filter(({ name }) => !this.initializers.has(name)),
      outputs: this.outputs,
      parameters: [...this.parameters.values()].toSorted((a, b) => b.bytes - a.bytes),
      externalData: [...this.externalData],
      metadata: this.metadata,
    };
  }
}

async function readModel(reader: ProtobufReader, end: number, found: Findings): Promise<void> {
  for await (const field of readFields(reader, end)) {
    if (field.number === 1) found.irVersion = field.value;
    else if (field.number === 2) found.producer[0] = await field.text();
    else if (field.number === 3) found.producer[1] = await field.text();
    else if (field.number === 7) {
      found.hasGraph = true;
      await readGraph(field, found, true);
    } else if (field.number === 8) {
      const { text, numbers } = await simple(field);
      found.opsets[text.get(1) || 'ai.onnx'] = numbers.get(2) ?? 0;
    } else if (field.number === 14) {
      const { text } = await simple(field);
      found.metadata[text.get(1) ?? ''] = text.get(2) ?? '';
    } else if (field.number === 25) {
      // FunctionProto: its nodes are field 7.
      for await (const inner of field.fields()) if (inner.number === 7) await readNode(inner, found);
    }
  }
}

async function readGraph(graph: Field, found: Findings, isMain: boolean): Promise<void> {
  for await (const field of graph.fields()) {
    if (field.number === 1) await readNode(field, found);
    else if (field.number === 5) await readTensor(field, found);
    // SparseTensorProto: its values are field 1.
    else if (field.number === 15) {
      for await (const inner of field.fields()) if (inner.number === 1) await readTensor(inner, found);
    } else if (isMain && field.number === 11) found.inputs.push(await readValue(field));
    else if (isMain && field.number === 12) found.outputs.push(await readValue(field));
  }
}

async function readNode(node: Field, found: Findings): Promise<void> {
  let name = '';
  let domain = '';
  for await (const field of node.fields()) {
    if (field.number === 4) name = await field.text();
    else if (field.number === 7) domain = await field.text();
    else if (field.number === 5) await readAttribute(field, found);
  }
  domain ||= 'ai.onnx';
  const key = `${domain}:${name}`;
  const known = found.operators.get(key);
  if (known) known.count++;
  else found.operators.set(key, { domain, name, count: 1 });
}

/** Subgraphs of control flow, and tensors of `Constant`. */
async function readAttribute(attribute: Field, found: Findings): Promise<void> {
  for await (const field of attribute.fields()) {
    if (field.number === 6 || field.number === 11) await readGraph(field, found, false);
    else if (field.number === 5 || field.number === 10) await readTensor(field, found);
  }
}

async function readTensor(tensor: Field, found: Findings): Promise<void> {
  const dims: number[] = [];
  let type = 0;
  for await (const field of tensor.fields()) {
    if (field.number === 1) dims.push(...(await field.varints()));
    else if (field.number === 2) type = field.value;
    else if (field.number === 8) found.initializers.add(await field.text());
    else if (field.number === 13) {
      const { text } = await simple(field);
      if (text.get(1) === 'location') found.externalData.add(text.get(2) ?? '');
    }
  }
  const { name, bits } = elementTypes[type] ?? { name: `type ${type}`, bits: 0 };
  const count = dims.reduce((product, dim) => product * dim, 1);
  const known = found.parameters.get(name) ?? { type: name, count: 0, bytes: 0 };
  known.count += count;
  known.bytes += Math.ceil((count * bits) / 8);
  found.parameters.set(name, known);
}

async function readValue(value: Field): Promise<OnnxValue> {
  let name = '';
  let type: string | undefined;
  let shape: (number | string)[] | undefined;
  for await (const field of value.fields()) {
    if (field.number === 1) name = await field.text();
    else if (field.number !== 2) continue;
    else {
      for await (const kind of field.fields()) {
        if (kind.number !== 1) continue;
        for await (const part of kind.fields()) {
          if (part.number === 1) type = elementTypes[part.value]?.name;
          else if (part.number === 2) shape = await readShape(part);
        }
      }
    }
  }
  return { name, type, shape };
}

async function readShape(shape: Field): Promise<(number | string)[]> {
  const dims: (number | string)[] = [];
  for await (const dim of shape.fields()) {
    if (dim.number !== 1) continue;
    const { text, numbers } = await simple(dim);
    dims.push(numbers.get(1) ?? (text.get(2) || '?'));
  }
  return dims;
}

/** The fields of a message of nothing but numbers and short texts, by their numbers. */
async function simple(message: Field): Promise<{ text: Map<number, string>; numbers: Map<number, number> }> {
  const text = new Map<number, string>();
  const numbers = new Map<number, number>();
  for await (const field of message.fields()) {
    if (field.length === undefined) numbers.set(field.number, field.value);
    else text.set(field.number, await field.text());
  }
  return { text, numbers };
}
