import { writeFile } from 'node:fs/promises';
import { onWasm } from './on-wasm.ts';

/** What the models answered in one browser. */
export interface Column {
  /** As `Firefox 153.7.0`. */
  readonly title: string;
  /** Whether they were computed by WebGPU. */
  readonly isWebGpu: boolean;
  readonly answers: Readonly<Record<string, unknown>>;
}

/**
 * By how much numbers may differ. Not every browser can be kept from applying a picture's colour profile, and WebGPU adds
 * up in another order.
 */
export function allowedFor(model: string, isWebGpu: boolean): number {
  if (isWebGpu) return 1e-3;
  return model.endsWith('colour profile') ? 0.1 : 1e-4;
}

/**
 * The largest difference between two answers: absolute for numbers up to 1, relative above. Infinity where anything
 * but a number differs.
 */
export function largestDifference(expected: unknown, actual: unknown): number {
  if (typeof expected === 'number' && typeof actual === 'number')
    return Math.abs(expected - actual) / Math.max(1, Math.abs(expected));
  if (typeof expected !== 'object' || typeof actual !== 'object' || !expected || !actual)
    return expected === actual ? 0 : Infinity;
  const keys = Object.keys(expected);
  if (keys.length !== Object.keys(actual).length) return Infinity;
  let largest = 0;
  for (const key of keys) {
    const found = largestDifference(
      (expected as Record<string, unknown>)[key],
      (actual as Record<string, unknown>)[key],
    );
    if (found > largest) largest = found;
  }
  return largest;
}

/** Writes `docs/engines.md`: a row a model, and in each column how far it is from the first. */
export async function writeTable([first, ...others]: readonly Column[], file: URL): Promise<void> {
  const rows = Object.entries(first!.answers).map(([model, expected]) => [
    model,
    typeof expected === 'string' ? `refused: \`${expected}\`` : 'answers',
    ...others.map(({ answers }) =>
      answers[model] === onWasm && expected !== onWasm ? onWasm : shown(largestDifference(expected, answers[model])),
    ),
  ]);
  const header = ['model', first!.title, ...others.map(({ title }) => title)];
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  await writeFile(file, `${introduction}\n${lines.join('\n')}\n`);
}

function shown(difference: number): string {
  if (difference === 0) return 'equal';
  return Number.isFinite(difference) ? difference.toExponential(1) : '**another answer**';
}

const introduction = `# The same answers

What real models answer in each browser engine, compared with the first column: the largest difference of any number,
relative where the number is above 1. 1e-4 is allowed, and 1e-3 on WebGPU, which adds up in another order; 0.1 where a picture has a colour profile, which Inpoint asks browsers
not to apply and WebKit applies. What is refused has to be refused with the same code.
WebGPU is computed by SwiftShader, on the processor: there was no graphics card. What its build of the runtime lacks an operator for
stays on WASM. \`npm run test:engines -- --write\` makes this page.

The models are those of the demo, with all their golden samples, and those that lie in \`../shared\`.
`;
