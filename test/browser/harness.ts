/**
 * The few lines that tests in a page need. They know no test runner: whoever opens the page, by whatever driver,
 * gets each result from the server that served it, under `/results`.
 */
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

/** Milliseconds after which a test is given up: nothing may hang. */
const deadlineMs = 90_000;

/**
 * Runs what was declared, one after the other, and reports each; with `?only=` in the address, what matches it.
 * Call it once, at the end of a page.
 */
export async function report(): Promise<void> {
  const only = new RegExp(new URLSearchParams(location.search).get('only') ?? '');
  for (const { name, run } of tests.filter((declared) => only.test(declared.name))) {
    const start = performance.now();
    let error: string | undefined;
    try {
      await Promise.race([run(), late(name)]);
    } catch (thrown) {
      error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      if (thrown instanceof Error && !error.includes(thrown.message)) error = `${thrown.message}\n${error}`;
    }
    await post({ name, error, ms: performance.now() - start } satisfies PageResult);
  }
  await post('done');
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

async function post(body: PageResult | 'done'): Promise<void> {
  await fetch('/results', { method: 'POST', body: JSON.stringify(body) });
}

function late(name: string): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`${name}: no end after ${deadlineMs / 1000} s`)), deadlineMs),
  );
}
