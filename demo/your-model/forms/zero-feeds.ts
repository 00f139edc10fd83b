import type { TensorInfo } from 'inpoint';

/** JSON of zeros in the shapes that a model takes, to be edited; a dimension that is free is 1. */
export function zeroFeeds(inputs: readonly TensorInfo[]): string {
  const tensors = inputs.map(({ name, type = 'float32', shape }) => {
    const dims = shape.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : 1));
    const zero = type === 'string' ? '""' : '0';
    const dense = type === 'int4' || type === 'uint4';
    return `  ${JSON.stringify(name)}: {\n    "type": "${type}",\n    "dims": [${dims.join(', ')}],\n    "data": ${dense ? zero : zeros(dims, zero)}\n  }`;
  });
  return `{\n${tensors.join(',\n')}\n}`;
}

/** A line for each row of the last dimension, or one value for all where there would be too many to read. */
function zeros(dims: readonly number[], zero: string): string {
  const values = dims.reduce((product, dim) => product * dim, 1);
  if (values > mostValues) return zero;
  const perRow = Math.max(1, dims.at(-1) ?? 1);
  const row = Array.from({ length: perRow }, () => zero).join(', ');
  const rows = Array.from({ length: values / perRow }, () => row);
  return rows.length > 1 ? `[\n      ${rows.join(',\n      ')}\n    ]` : `[${rows.join()}]`;
}

const mostValues = 2048;
