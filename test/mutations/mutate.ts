import { concat, fieldsOf, readTree, varint, writeTree, type Field } from './onnx-tree.ts';
import type { Random } from './random.ts';

/** A model that was changed. */
export interface Mutant {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly kind: Kind;
}

const kindNames = [
  'flipped bits',
  'overwritten run',
  'cut',
  'cut at a field',
  'repeated slice',
  'removed slice',
  'wrong length',
  'changed shape',
  'changed type',
  'changed operator',
  'changed attribute',
  'changed name',
  'changed version',
  'moved node',
] as const;

type Kind = (typeof kindNames)[number];

/** Changes a sound ONNX file in one of the ways below; what comes is never the file that was given. */
export function mutate(sound: Uint8Array, random: Random): Mutant {
  for (;;) {
    const kind = random.pick(kindNames);
    const bytes = kinds[kind](sound, random);
    if (bytes && !same(bytes, sound)) return { bytes, kind };
  }
}

/** Whether nothing can be made of it: a cut takes its end away, and with it more than what an ONNX file may lack. */
export function isCut({ kind }: Mutant): boolean {
  return kind === 'cut' || kind === 'cut at a field';
}

type Change = (sound: Uint8Array, random: Random) => Uint8Array<ArrayBuffer> | undefined;

const kinds: Record<Kind, Change> = {
  'flipped bits': (sound, random) => {
    const bytes = sound.slice();
    for (let n = 1 + random.below(8); n > 0; n--) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    return bytes;
  },
  'overwritten run': (sound, random) => {
    const bytes = sound.slice();
    const { start, end } = slice(sound, random);
    const filler = random.pick([0, 255, undefined]);
    for (let at = start; at < end; at++) bytes[at] = filler ?? random.below(256);
    return bytes;
  },
  cut: (sound, random) => cutAt(sound, 1 + random.below(leastWhole(sound) - 1)),
  'cut at a field': (sound, random) => {
    let at = 0;
    const borders = readTree(sound).map((field) => (at += writeTree([field]).length));
    return cutAt(sound, random.pick([0, ...borders.filter((border) => border < leastWhole(sound))]));
  },
  'repeated slice': (sound, random) => {
    const { start, end } = slice(sound, random);
    return concat([sound.subarray(0, end), sound.subarray(start)]);
  },
  'removed slice': (sound, random) => {
    const { start, end } = slice(sound, random);
    return concat([sound.subarray(0, start), sound.subarray(end)]);
  },
  'wrong length': (sound, random) => {
    const fields = readTree(sound);
    const all = [...fieldsOf(fields)].filter(({ field }) => field.wire === 2);
    const { field, siblings } = random.pick(all);
    const content = field.children ? writeTree(field.children) : field.bytes;
    const { length } = content;
    const claimed = random.pick([length + 1, Math.max(0, length - 1), 0, length * 2, 2 ** 31 - 1, 2 ** 32 - 1]);
    // Its parents know how long it really is.
    const lying = concat([varint(field.number * 8 + 2), varint(claimed), content]);
    return replaced(fields, siblings, field, lying);
  },
  'changed shape': (sound, random) => {
    const roles = ['TensorProto.dims', 'TensorShapeProto.Dimension.dim_value'];
    return setNumber(sound, random, roles, [0, 1, 2, 3, 1000, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2n ** 62n, -1]);
  },
  'changed type': (sound, random) => {
    const roles = ['TensorProto.data_type', 'TypeProto.Tensor.elem_type', 'AttributeProto.type'];
    return setNumber(sound, random, roles, [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 22, 99, -1]);
  },
  'changed operator': (sound, random) =>
    setText(sound, random, ['NodeProto.op_type', 'NodeProto.domain', 'OperatorSetIdProto.domain'], operators),
  'changed attribute': (sound, random) => {
    const roles = ['AttributeProto.i', 'AttributeProto.ints', 'AttributeProto.type', 'AttributeProto.f'];
    return setNumber(sound, random, roles, [0, 1, 2, 5, -1, -2, 100_000, 2 ** 31, 2n ** 62n, -(2n ** 63n)]);
  },
  'changed name': (sound, random) => {
    const names = [...fieldsOf(readTree(sound))].filter(({ field }) => /input|output|\.name$/.test(field.role));
    const others = names.map(({ field }) => new TextDecoder().decode(field.bytes));
    return setText(
      sound,
      random,
      [...new Set(names.map(({ field }) => field.role))],
      [...others.slice(0, 200), '', 'nobody', 'x'.repeat(5000), '\u0000', '💥'],
    );
  },
  'changed version': (sound, random) =>
    setNumber(sound, random, ['ModelProto.ir_version', 'OperatorSetIdProto.version'], [0, 1, 3, 5, 9, 22, 30, 99, -1]),
  'moved node': (sound, random) => {
    const fields = readTree(sound);
    const nodes = [...fieldsOf(fields)].filter(({ field }) => field.role === 'NodeProto');
    if (nodes.length === 0) return undefined;
    const { field, siblings } = random.pick(nodes);
    const at = siblings.indexOf(field);
    const way = random.pick(['remove', 'repeat', 'move']);
    if (way !== 'repeat') siblings.splice(at, 1);
    if (way !== 'remove') siblings.splice(random.below(siblings.length + 1), 0, field);
    return writeTree(fields);
  },
};

const operators = [
  'Relu',
  'Add',
  'Loop',
  'Reshape',
  'Gather',
  'Conv',
  'Expand',
  'Cast',
  'TopK',
  'Foo',
  '',
  'ai.onnx.ml',
];

/** Bytes up to which the model is not whole: what comes behind may be left out without anybody being able to tell. */
function leastWhole(sound: Uint8Array): number {
  let at = 0;
  let least = 0;
  for (const field of readTree(sound)) {
    at += writeTree([field]).length;
    if (field.role === 'GraphProto' || isOwnOpset(field)) least = at;
  }
  return least;
}

/** Operator sets of other domains are often listed and not used. */
function isOwnOpset({ role, children = [] }: Field): boolean {
  return role === 'OperatorSetIdProto' && children.every(({ number, bytes }) => number !== 1 || bytes.length === 0);
}

function cutAt(sound: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  return sound.slice(0, at);
}

function slice(sound: Uint8Array, random: Random): { start: number; end: number } {
  const start = random.below(sound.length);
  return { start, end: Math.min(sound.length, start + 1 + random.below(64)) };
}

/** The tree with bytes in the place of one field. */
function replaced(
  fields: readonly Field[],
  siblings: Field[],
  field: Field,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const raw = (list: readonly Field[]): Uint8Array<ArrayBuffer> =>
    concat(
      list.map((one) => {
        if (list === siblings && one === field) return bytes;
        if (!one.children) return writeTree([one]);
        const content = raw(one.children);
        return concat([varint(one.number * 8 + 2), varint(content.length), content]);
      }),
    );
  return raw(fields);
}

function setNumber(
  sound: Uint8Array,
  random: Random,
  roles: readonly string[],
  values: readonly (number | bigint)[],
): Uint8Array<ArrayBuffer> | undefined {
  const value = random.pick(values);
  return set(sound, random, roles, ({ wire, bytes }) => {
    if (wire === 0) return varint(value);
    if (wire === 5) return new Uint8Array(Float32Array.of(Number(value)).buffer);
    // Packed: as many as there were, more or less.
    return concat(Array.from({ length: Math.max(1, bytes.length) }, () => varint(value)));
  });
}

function setText(
  sound: Uint8Array,
  random: Random,
  roles: readonly string[],
  values: readonly string[],
): Uint8Array<ArrayBuffer> | undefined {
  return set(sound, random, roles, () => new TextEncoder().encode(random.pick(values)));
}

/** First a role is chosen, then a field of it: roles of few fields are not forgotten. */
function set(
  sound: Uint8Array,
  random: Random,
  roles: readonly string[],
  change: (field: Field) => Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const fields = readTree(sound);
  const all = [...fieldsOf(fields)].map(({ field }) => field).filter(({ role }) => roles.includes(role));
  if (all.length === 0) return undefined;
  const { role } = random.pick([...new Map(all.map((field) => [field.role, field])).values()]);
  const field = random.pick(all.filter((one) => one.role === role));
  field.bytes = change(field);
  return writeTree(fields);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
