/**
 * Whether a failure means that the WASM instance it came from is not to be trusted any more, so that its worker has to
 * be ended: a trap or an abort left its heap and its locks as they were at that moment; an exception that nobody caught
 * is of unknown origin; and a heap that is full never shrinks. An error of Inpoint is judged by its causes, on both
 * sides of a worker.
 */
export function isBroken(cause: unknown): boolean {
  let one = cause;
  for (let depth = 0; depth < maxDepth; depth++) {
    if (typeof one === 'number' || typeof one === 'bigint') return true;
    if (typeof one !== 'object' || one === null) return false;
    const { name, message, code } = one as Record<string, unknown>;
    // `WebAssembly.Exception` has neither: it is no Error.
    if (name === undefined && message === undefined) return true;
    // Words of Inpoint quote those of the runtime: only what was thrown counts.
    const isOurs = typeof code === 'string';
    if (!isOurs && (name === 'RuntimeError' || breaking.test(String(message)))) return true;
    one = (one as { cause?: unknown }).cause;
  }
  return false;
}

/** Whether memory ran out, in the words of the runtime or of the platform. */
export function isOutOfMemory(words: string): boolean {
  return heapIsFull.test(words) || tooLargeForAny.test(words);
}

/** Causes of causes that are looked at: errors carry no more. */
const maxDepth = 6;

/** ONNX Runtime's C++, Emscripten's `malloc` and `memory.grow`, and V8, SpiderMonkey and JavaScriptCore. */
const heapIsFull =
  /bad_alloc|bad_array_new_length|\bout of memory\b|\bOOM\b|failed to allocate a buffer|could not allocate memory|cannot allocate memory|Array buffer allocation failed|allocation size overflow|WebAssembly\.Memory\.grow/i;

/** One tensor that no heap of 32 bits holds: refused before anything was done. */
const tooLargeForAny =
  /Tensor shape is too large|exceeds the supported maximum of \d+ bytes|Invalid typed array length/i;

const breaking = new RegExp(
  [
    heapIsFull.source,
    String.raw`^Aborted\(`,
    'memory access out of bounds|index out of bounds|indirect call to null',
    // The stack is left without a destructor having run.
    'Maximum call stack size exceeded|too much recursion',
    // A number, as it crosses from a worker.
    String.raw`^-?\d+$`,
  ].join('|'),
  'i',
);
