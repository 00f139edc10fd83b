import { InputError } from '../errors.ts';
import { shorten, shown } from '../shown.ts';
import type { TensorManifest } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import { tensorProblem, type NamedTensors } from '../tensor.ts';
import type { Task, TaskContext } from './task.ts';

/** The last resort: the model's own inputs in, its own outputs out, by name. */
export function tensorTask({ inputs }: TaskContext<TensorManifest>): Task<NamedTensors, object, NamedTensors> {
  return {
    prepare(feeds) {
      checkFeeds(feeds, inputs);
      return { records: [feeds], finish: ([outputs]) => outputs! };
    },
    transfer(outputs) {
      const buffers: ArrayBuffer[] = [];
      for (const name in outputs) {
        const { data } = outputs[name]!;
        const buffer = 'buffer' in data ? (data.buffer as ArrayBuffer) : undefined;
        if (buffer && !buffers.includes(buffer)) buffers.push(buffer);
      }
      return buffers;
    },
  };
}

/** @throws {InputError} that names the input and the part of it at fault, as in `feeds.x.dims`. */
function checkFeeds(feeds: unknown, inputs: readonly TensorInfo[]): void {
  const expected = (): string => inputs.map(({ name }) => JSON.stringify(name)).join(', ');
  if (typeof feeds !== 'object' || feeds === null || Array.isArray(feeds)) {
    throw new InputError('feeds', `The input is an object of tensors by name; this model takes ${expected()}.`);
  }
  for (const { name, type, shape } of inputs) {
    const fed = (feeds as Record<string, unknown>)[name];
    if (fed === undefined)
      throw new InputError(
        `feeds.${name}`,
        `The tensor ${JSON.stringify(name)} is missing; this model takes ${expected()}.`,
      );
    const problem = tensorProblem(fed);
    if (problem) throw new InputError(`feeds.${name}${problem.field && `.${problem.field}`}`, problem.message);
    const { type: fedType, dims } = (feeds as NamedTensors)[name]!;
    if (type && fedType !== type) {
      throw new InputError(
        `feeds.${name}.type`,
        `The tensor ${JSON.stringify(name)} is ${fedType}, and the model takes ${type}.`,
      );
    }
    if (
      dims.length !== shape.length ||
      shape.some((dim, axis) => typeof dim === 'number' && dim >= 0 && dim !== dims[axis])
    ) {
      throw new InputError(
        `feeds.${name}.dims`,
        `The tensor ${JSON.stringify(name)} has the shape [${shorten(dims.join(', '))}], and the model takes [${shape.join(', ')}].`,
      );
    }
  }
  const unknown = Object.keys(feeds).find((given) => !inputs.some(({ name }) => name === given));
  if (unknown !== undefined)
    throw new InputError(`feeds.${unknown}`, `The model has no input ${shown(unknown)}; it takes ${expected()}.`);
}
