import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';

/** The dimension of a model's tensors along which texts are long. */
export interface LengthAxis {
  /** What the places behind a shorter record are filled with, by the names of the inputs that have them. */
  readonly fills: ReadonlyMap<string, number>;
  /** The outputs that have a place for each token. */
  readonly outputs: ReadonlySet<string>;
  /** Lengths that are run together are of one step: what is filled is computed too. */
  stepOf(length: number): number;
}

/**
 * Tells where records of unlike length may be put together: those whose model is told by a mask which tokens count. Texts are
 * filled up behind their end.
 *
 * @param nameOf the input that plays a role
 * @returns undefined where that cannot be told
 */
export function findLengthAxis(
  nameOf: (role: string) => TensorInfo | undefined,
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
): LengthAxis | undefined {
  const roles = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];
  const found = roles.map(nameOf).filter((info) => info !== undefined);
  const [ids, mask] = [nameOf('input_ids'), nameOf('attention_mask')];
  const symbol = ids?.shape[1];
  // What has no name cannot be found again in the outputs.
  if (!ids || !mask || typeof symbol !== 'string' || symbol === '') return undefined;
  if (found.length !== inputs.length || found.some(({ shape }) => shape.length !== 2)) return undefined;
  const isUnclear = outputs.some(({ shape }) => shape.slice(2).includes(symbol) || shape[1] === '');
  if (isUnclear) return undefined;
  return {
    fills: new Map(found.map(({ name }) => [name, 0])),
    outputs: new Set(outputs.filter(({ shape }) => shape[1] === symbol).map(({ name }) => name)),
    // A fifth of it at the most is filled, but of the shortest.
    stepOf: (length) => {
      const step = Math.max(8, 2 ** Math.floor(Math.log2(Math.max(1, length)) - 2));
      return Math.ceil(length / step) * step;
    },
  };
}

/** Records that were made of one length. */
export interface PaddedRecords {
  readonly records: NamedTensors[];
  /** The place of the one of which most is filled. */
  readonly shortest: number;
  /** Takes what was filled off an answer again. */
  crop(answer: NamedTensors, place: number): NamedTensors;
}

/**
 * Fills records up to the longest of them.
 *
 * @param records of one row each
 * @returns undefined where they are of one length already
 */
export function padRecords(
  records: readonly NamedTensors[],
  { fills, outputs }: LengthAxis,
): PaddedRecords | undefined {
  const [first] = fills.keys();
  const lengths = records.map((record) => record[first!]!.dims[1]!);
  const longest = Math.max(...lengths);
  if (lengths.every((length) => length === longest)) return undefined;
  return {
    shortest: lengths.indexOf(Math.min(...lengths)),
    records: records.map((record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, tensor]) => [
          name,
          fills.has(name) ? padOne(tensor, longest, fills.get(name)!) : tensor,
        ]),
      ),
    ),
    crop: (answer, place) =>
      Object.fromEntries(
        Object.entries(answer).map(([name, tensor]) => [
          name,
          outputs.has(name) ? cropOne(tensor, lengths[place]!) : tensor,
        ]),
      ),
  };
}

function padOne({ type, data, dims }: Tensor, length: number, fill: number): Tensor {
  const from = data as BigInt64Array;
  const padded = new (from.constructor as new (size: number) => BigInt64Array)(length);
  if (fill !== 0) padded.fill((type === 'int64' ? BigInt(fill) : fill) as bigint);
  padded.set(from);
  return { type, data: padded, dims: [dims[0]!, length] };
}

function cropOne({ type, data, dims }: Tensor, length: number): Tensor {
  const own = [1, length, ...dims.slice(2)];
  const size = own.reduce((product, dim) => product * dim, 1);
  return { type, data: (data as Float32Array).slice(0, size), dims: own };
}
