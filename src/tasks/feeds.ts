import { ManifestError } from '../errors.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { DataType, NamedTensors, Tensor } from '../tensor.ts';
import { castTensor } from '../cast-tensor.ts';
import type { TaskContext } from './task.ts';

/** Puts the tensors of a task's roles under the names of the model's inputs, cast to the types they have there. */
export type Feeder = (byRole: Readonly<Record<string, Tensor>>) => NamedTensors;

/**
 * Finds which of the roles that a task can play each of the model's inputs wants: the one that `feeds` of
 * `inference.json` names, else the one of its own name, else, where one input and one role are all there is, that.
 *
 * @param roles what the task can give, by the names that exporters use (`input_ids`, `pixel_values`)
 * @param what the task, for messages: `a text`
 * @throws {ManifestError} `task-unsupported` when an input wants something that the task does not give, or several
 *   records at once.
 */
export function createFeeder(
  { manifest, inputs }: Pick<TaskContext, 'manifest' | 'inputs'>,
  roles: readonly string[],
  what: string,
): Feeder {
  const plan = inputs.map((input) => ({ input, role: roleOf(input) }));
  checkBatch(inputs);
  return (byRole) =>
    Object.fromEntries(plan.map(({ input, role }) => [input.name, castTensor(byRole[role]!, input.type)]));

  function roleOf({ name }: TensorInfo): string {
    const said = manifest.feeds[name];
    const role = typeof said === 'string' ? said : roles.includes(name) ? name : onlyRole();
    if (role !== undefined && roles.includes(role)) return role;
    const known = roles.map((one) => JSON.stringify(one)).join(', ');
    throw new ManifestError(
      'task-unsupported',
      `The model wants an input ${JSON.stringify(role ?? name)}, which ${what} does not give. Say under "feeds" of inference.json what it is (${known}, or a constant), or deploy it with { task: 'tensor' } and feed it yourself.`,
    );
  }

  /** A model of one input needs no names. */
  function onlyRole(): string | undefined {
    return inputs.length === 1 ? roles[0] : undefined;
  }
}

/**
 * Sees that a model takes records one at a time.
 *
 * @throws {ManifestError} `task-unsupported`
 */
export function checkBatch(inputs: readonly TensorInfo[]): void {
  const many = inputs.find(({ shape: [batch], shape }) => shape.length > 1 && typeof batch === 'number' && batch > 1);
  if (!many) return;
  throw new ManifestError(
    'task-unsupported',
    `The model's input ${JSON.stringify(many.name)} has the shape [${many.shape.join(', ')}]: it takes ${many.shape[0]} records at once, and is fed one at a time. Export it with a batch dimension that is free (dynamic_axes of torch.onnx.export) or 1.`,
  );
}

/** The type of the input that plays a role, as far as it is known before there are tensors. */
export function inputFor(
  { manifest, inputs }: Pick<TaskContext, 'manifest' | 'inputs'>,
  role: string,
): TensorInfo | undefined {
  return (
    inputs.find(({ name }) => manifest.feeds[name] === role) ??
    inputs.find(({ name }) => manifest.feeds[name] === undefined && name === role) ??
    (inputs.length === 1 ? inputs[0] : undefined)
  );
}

/**
 * The tensor of a role among what a model gave: the one that `results` of `inference.json` names, else the first of
 * `names` that is there, else the only output of all.
 *
 * @throws {ManifestError} when there is none of them.
 */
export function resultOf(
  { manifest }: Pick<TaskContext, 'manifest'>,
  outputs: NamedTensors,
  ...names: [string, ...string[]]
): Tensor {
  const found = findResult({ manifest }, outputs, ...names);
  if (found) return found;
  const there = Object.keys(outputs)
    .map((name) => JSON.stringify(name))
    .join(', ');
  throw new ManifestError(
    'task-unsupported',
    `The model gave no output ${JSON.stringify(names[0])}; it gave ${there}. Say which one it is under "results" of inference.json: { "${names[0]}": "…" }.`,
  );
}

/** The same, or undefined. */
export function findResult(
  { manifest }: Pick<TaskContext, 'manifest'>,
  outputs: NamedTensors,
  ...names: [string, ...string[]]
): Tensor | undefined {
  const said = names.map((name) => manifest.results[name]).find((name) => name !== undefined);
  if (said !== undefined) return outputs[said];
  const name = names.find((candidate) => outputs[candidate] !== undefined);
  if (name !== undefined) return outputs[name];
  const all = Object.values(outputs);
  return all.length === 1 ? all[0] : undefined;
}

/** The values of a tensor of any type of number, as numbers. */
export function numbersOf({ type, data }: Tensor): Float32Array | Float64Array | number[] {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  return castTensor({ type, data, dims: [data.length] }, 'float32' satisfies DataType).data as Float32Array;
}
