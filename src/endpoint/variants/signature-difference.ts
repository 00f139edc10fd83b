import type { TensorInfo } from '../../runtime/session.ts';
import type { LoadedModel } from '../../worker/contract.ts';

/** What a model promises to its callers. */
export type Signature = Pick<LoadedModel, 'task' | 'inputs' | 'sampleRate' | 'isStateful'>;

/**
 * Why callers of one model could not go on with another, in words; undefined where they can. Both are for the same task; and
 * where inputs are tensors, or rows of a table, the other takes whatever the one takes: its dimensions are the same, or free.
 */
export function signatureDifference(before: Signature, after: Signature): string | undefined {
  if (before.task !== after.task) return `it is for ${after.task}, and not for ${before.task}`;
  if (before.sampleRate !== after.sampleRate)
    return `it takes sound of ${after.sampleRate} samples a second, and not of ${before.sampleRate}`;
  if (before.isStateful !== after.isStateful)
    return after.isStateful ? 'it remembers conversations' : 'it remembers no conversations';
  // Of texts, pictures and sound, what a model is fed is its own affair.
  if (!/^(tensor|custom|tabular-.*)$/.test(before.task)) return undefined;
  return inputsDifference(before.inputs, after.inputs);
}

function inputsDifference(before: readonly TensorInfo[], after: readonly TensorInfo[]): string | undefined {
  const lacking = before.find(({ name }) => !after.some((input) => input.name === name));
  if (lacking) return `it has no input ${JSON.stringify(lacking.name)}`;
  for (const { name, type, shape } of after) {
    const input = before.find((one) => one.name === name);
    if (!input) return `it wants an input ${JSON.stringify(name)} beside`;
    if (input.type !== type) return `its input ${JSON.stringify(name)} is ${type}, and not ${input.type}`;
    const isWider = (dim: number | string, at: number): boolean => typeof dim === 'string' || dim === input.shape[at];
    if (shape.length !== input.shape.length || !shape.every(isWider))
      return `its input ${JSON.stringify(name)} has the shape ${shown(shape)}, and not ${shown(input.shape)}`;
  }
  return undefined;
}

function shown(shape: readonly (number | string)[]): string {
  return `[${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;
}
