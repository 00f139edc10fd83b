import { columns } from '../../classify/table/penguin-rows.ts';

/** Rows that are written between two turns of the event loop. */
const sliceRows = 5000;
/** Of so many values one was not measured. */
const gapEvery = 25;

/** A CSV of made-up penguins, some with gaps: the same ones for the same number of rows, whenever it is made. */
export async function sampleCsv(rows: number): Promise<File> {
  const random = congruential(rows);
  const parts: string[] = [`id,${columns.map(({ name }) => name).join(',')}\n`];
  for (let first = 1; first <= rows; first += sliceRows) {
    let part = '';
    for (let id = first; id < Math.min(rows + 1, first + sliceRows); id++) part += `${id},${penguin(random)}\n`;
    parts.push(part);
    await new Promise((resolve) => setTimeout(resolve));
  }
  // Its date is part of what a job goes on with.
  return new File(parts, `penguins-${rows}.csv`, { type: 'text/csv', lastModified: 0 });
}

function penguin(random: () => number): string {
  return columns
    .map((column) => {
      const at = random();
      if (random() < 1 / gapEvery) return '';
      if (column.kind === 'category') return column.values[Math.floor(at * column.values.length)];
      const value = column.from + at * (column.to - column.from);
      return column.unit === 'g' ? Math.round(value) : value.toFixed(1);
    })
    .join(',');
}

/** Numbers from 0 up to 1. Source: the linear congruential generator of "Numerical Recipes", chapter 7.1. */
function congruential(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
