import type { WrongCall } from './row.ts';

/** Longer messages are not read. */
const maxLength = 600;

/** What is wrong with how a wrong thing was named; undefined where nothing is. */
export function misnamed(
  error: unknown,
  expected: Partial<WrongCall> & { code: string; says: RegExp },
): string | undefined {
  if (!(error instanceof Error)) return `nothing was thrown but ${String(error)}`;
  const { code, field } = error as { code?: unknown; field?: unknown };
  const { message } = error;
  const begin = message.slice(0, maxLength);
  if (code !== expected.code) return `the code is ${String(code)}, not ${expected.code}: ${error.name}: ${begin}`;
  if (expected.field !== undefined && field !== expected.field)
    return `the field is ${String(field).slice(0, 100)}, not ${expected.field.slice(0, 100)}: ${begin}`;
  if (!expected.says.test(message)) return `it does not say ${String(expected.says)}: ${begin}`;
  if (message.length > maxLength) return `the message has ${message.length} letters: ${begin}`;
  const leaked = /\[object [^\]]*\]|undefined(?!\.$)/.exec(message);
  if (leaked) return `${leaked[0]} leaks into it: ${begin}`;
  return undefined;
}
