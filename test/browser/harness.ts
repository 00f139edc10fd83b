import { post, reportingBegins, told } from './prelude.ts';

/**
 * The few lines that tests in a page need. They know no test runner: whoever opens the page, by whatever driver,
 * gets these messages from the server that served it, under `/results`.
 */
export type Message =
  | ({ readonly kind: 'result' } & PageResult)
  | { readonly kind: 'record'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'uncaught'; readonly error: string }
  | { readonly kind: 'done' };

export interface PageResult {
  readonly name: string;
  /** Undefined when the promise was kept. */
  readonly error: string | undefined;
  readonly ms: number;
}

const tests: { name: string; run: () => unknown }[] = [];

/** Declares a test; its name is a symbol and its promise. */
export function test(name: string, run: () => unknown): void {
  tests.push({ name, run });
}

/** Tells those who opened the page a value, JSON, by which pages can be compared. */
export async function record(name: string, value: unknown): Promise<void> {
  await post({ kind: 'record', name, value });
}

const search = new URLSearchParams(location.search);

/** How many times longer than usual everything may take, by `?patience=` in the address. */
export const patience: number = Number(search.get('patience') ?? 1);

/** Milliseconds after which a test is given up: nothing may hang. */
const deadlineMs = 90_000 * patience;

/**
 * Runs what was declared, one after the other, and reports each; with `?only=` or `?except=` in the address, what
 * matches or does not.
 * Call it once, at the end of a page.
 */
export async function report(): Promise<void> {
  reportingBegins();
  const only = new RegExp(search.get('only') ?? '');
  const except = new RegExp(search.get('except') ?? '(?!)');
  for (const { name, run } of tests.filter((one) => only.test(one.name) && !except.test(one.name))) {
    const start = performance.now();
    let error: string | undefined;
    try {
      await Promise.race([run(), late(name)]);
    } catch (thrown) {
      error = told(thrown);
    }
    await post({ kind: 'result', name, error, ms: performance.now() - start });
  }
  await post({ kind: 'done' });
}

/** What a promise rejects with; an error when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error(`It should have been rejected, and gave ${JSON.stringify(value)?.slice(0, 200)}.`);
}

function late(name: string): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`${name}: no end after ${deadlineMs / 1000} s`)), deadlineMs),
  );
}
