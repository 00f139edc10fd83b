/**
 * What is there before a page's modules are even parsed: the symbols by which `using` lets go, which older engines lack,
 * and somebody who hears of errors that nobody caught.
 */
import type { Message } from './harness.ts';

for (const name of ['dispose', 'asyncDispose'] as const)
  if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });

let isReporting = false;

/** From here on the page itself says when it has come to its end; an error before is the end. */
export function reportingBegins(): void {
  isReporting = true;
}

export async function post(message: Message): Promise<void> {
  await fetch('/results', { method: 'POST', body: JSON.stringify(message) });
}

/** An error as text, with its stack. */
export function told(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Not every engine has the message in the stack.
  return thrown.stack?.includes(thrown.message) ? thrown.stack : `${thrown.message}\n${thrown.stack}`;
}

async function uncaught(error: string): Promise<void> {
  await post({ kind: 'uncaught', error });
  if (!isReporting) await post({ kind: 'done' });
}

addEventListener('unhandledrejection', ({ reason }) => void uncaught(told(reason)));
addEventListener('error', ({ error, message }) => void uncaught(error ? told(error) : message));
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement) void uncaught(`${target.src} could not be loaded.`);
  },
  { capture: true },
);
