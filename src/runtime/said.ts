/**
 * What the runtime said, for a message: without the place in its own source that a sentence may begin with, and never
 * a bare number, as a C++ exception is one that leaves WASM.
 */
export function said(cause: unknown): string {
  if (typeof cause === 'number' || typeof cause === 'bigint') return wordless(String(cause));
  const words = wordsOf(cause);
  if (words === '') return 'an exception without words';
  if (/^-?\d+$/.test(words)) return wordless(words);
  const plain = words
    .replace(/^.*?ERROR_CODE: \d+, ERROR_MESSAGE: /s, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/^\/\S+\.(?:cc|h):\d+ (?:[^()]*\([^()]*\)(?: const)?|\S+) /, '')
    .replace(/\. Build with -sASSERTIONS for more info\.$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const shown = (plain || words).replace(/\.+$/, '');
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown;
}

/** A model can make the runtime repeat a name of any length. */
const maxLength = 400;

/** Its message, with its name where that says more than that it is an error. */
function wordsOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return String(cause);
  const { name, message } = cause as { name?: unknown; message?: unknown };
  if (typeof message !== 'string' || message === '') return '';
  return typeof name === 'string' && name !== 'Error' && name !== '' ? `${name}: ${message}` : message;
}

function wordless(number: string): string {
  return `a C++ exception without words (${number})`;
}
