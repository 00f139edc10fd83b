import { stripTypeScriptTypes } from 'node:module';
import type { Model } from '../../src/model.ts';
import { tensor } from '../../src/tensor.ts';

/**
 * Runs the example of a page as it stands there, with `deploy()` giving a model that is loaded in Node. Each
 * `console.log(…)` with a comment behind it says what is logged: numbers as far as they are written out, `…` for the
 * rest of a list or an object.
 *
 * @param file what a visitor chooses or draws
 * @param microphone sound that comes from one, chunk by chunk
 * @returns where the example shows something else than it logs; how many logs there were
 */
export async function runExample(
  code: string,
  model: Model,
  file: Blob | undefined,
): Promise<{ checked: number; problems: string[] }> {
  const problems: string[] = [];
  let checked = 0;
  const check = (actual: unknown, expected: () => unknown): void => {
    checked++;
    const problem = mismatch(expected(), actual, 'the answer');
    if (problem) problems.push(`${problem}; logged was ${JSON.stringify(actual, plainly).slice(0, 2000)}`);
  };
  const body = stripTypeScriptTypes(code)
    .replace(/^import \{([^}]*)\} from 'inpoint';$/gm, 'const {$1} = inpoint;')
    .replace(
      /console\.log\((.*)\);\s*\/\/ (.*(?:\n[^\S\n]*\/\/.*)*)/g,
      (_, logged: string, comment: string) => `check(${logged}, () => (${literal(comment)}));`,
    );
  const AsyncFunction = (async () => {}).constructor as new (
    ...names: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const run = new AsyncFunction('inpoint', 'document', 'check', 'rest', body);
  await run(inpointWith(model), documentWith(file), check, new Rest());
  return { checked, problems };
}

/** A comment as the expression that it shows. */
function literal(comment: string): string {
  return comment
    .replace(/\n[^\S\n]*\/\/ ?/g, '\n')
    .replace(/\b(?:Float32|Uint8|Uint8Clamped)Array\(\d+\) \[/g, '[')
    .replaceAll('…', '...rest');
}

/** Spread, it marks an object or a list as one with more in it than is shown. */
class Rest {
  readonly '…' = true;

  *[Symbol.iterator](): Generator<symbol> {
    yield restOfList;
  }
}

const restOfList = Symbol('…');

function mismatch(expected: unknown, actual: unknown, at: string): string | undefined {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const decimals = String(expected).split('.')[1]?.length ?? 0;
    return Math.abs(actual - expected) <= 10 ** -decimals * 0.51
      ? undefined
      : `${at} is ${actual}, and the page shows ${expected}`;
  }
  if (Array.isArray(expected)) {
    const isOpen = expected.at(-1) === restOfList;
    const shown = isOpen ? expected.slice(0, -1) : expected;
    const list = actual as ArrayLike<unknown>;
    if (isOpen ? !(list?.length > shown.length) : list?.length !== shown.length)
      return `${at} has ${list?.length} items, and the page shows ${isOpen ? 'more than ' : ''}${shown.length}`;
    return shown.map((item, index) => mismatch(item, list[index], `${at}[${index}]`)).find(Boolean);
  }
  if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    const { '…': isOpen, ...shown } = expected as Record<string, unknown>;
    const missing = Object.keys(actual).find((key) => !(key in shown));
    if (missing !== undefined && !isOpen) return `${at} has ${JSON.stringify(missing)}, which the page does not show`;
    return Object.entries(shown)
      .map(([key, value]) => mismatch(value, (actual as Record<string, unknown>)[key], `${at}.${key}`))
      .find(Boolean);
  }
  return Object.is(expected, actual) ? undefined : `${at} is ${String(actual)}, and the page shows ${String(expected)}`;
}

function plainly(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array).slice(0, 8);
  return typeof value === 'bigint' ? Number(value) : value;
}

function inpointWith(model: Model): object {
  return {
    tensor,
    deploy: async () => ({
      async invoke(
        input: unknown,
        { signal = new AbortController().signal, ...options }: { signal?: AbortSignal } = {},
      ) {
        const prediction = await model.predict(input, options, signal);
        if (prediction.kind === 'failure') throw prediction.error;
        return prediction.answer;
      },
      async close() {},
      async [Symbol.asyncDispose]() {},
    }),
  };
}

/** A page whose every element is what a visitor chose. */
function documentWith(file: Blob | undefined): object {
  return { querySelector: () => ({ files: [file] }) };
}
