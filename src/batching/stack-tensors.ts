import type { NamedTensors, Tensor } from '../tensor.ts';

/**
 * Puts records behind one another along the first dimension. All have the same names, types and shapes.
 *
 * @param records at least one; of each tensor the first dimension is the batch
 */
export function stackTensors(records: readonly NamedTensors[]): NamedTensors {
  const stacked: NamedTensors = {};
  for (const name in records[0]) stacked[name] = stackOne(records.map((record) => record[name]!));
  return stacked;
}

/**
 * Takes a batch apart: one record for each place of the first dimension.
 *
 * @returns undefined when some tensor does not have `count` places
 */
export function splitTensors(batch: NamedTensors, count: number): NamedTensors[] | undefined {
  const records: NamedTensors[] = Array.from({ length: count }, () => ({}));
  for (const name in batch) {
    const { type, data, dims } = batch[name]!;
    if (dims[0] !== count) return undefined;
    const own = [1, ...dims.slice(1)];
    const size = own.reduce((product, dim) => product * dim, 1);
    for (const [place, record] of records.entries()) {
      const start = place * size;
      const part = data.slice(start, start + size);
      record[name] = { type, data: part, dims: own };
    }
  }
  return records;
}

function stackOne(tensors: readonly Tensor[]): Tensor {
  const { type, data, dims } = tensors[0]!;
  const count = tensors.reduce((sum, one) => sum + one.dims[0]!, 0);
  const stacked = [count, ...dims.slice(1)];
  if (Array.isArray(data)) return { type, data: tensors.flatMap((one) => one.data as string[]), dims: stacked };
  const size = tensors.reduce((sum, one) => sum + one.data.length, 0);
  const all = new (data.constructor as new (length: number) => Float32Array)(size);
  let at = 0;
  for (const one of tensors) {
    all.set(one.data as Float32Array, at);
    at += one.data.length;
  }
  return { type, data: all, dims: stacked };
}
