/** A text that comes in pieces: what of it is certain is given back as soon as it is. */
export interface TextStream {
  push(text: string): string;
  /** What was held back. The stream is as new afterwards. */
  end(): string;
}

/** A stream in which `pattern` is replaced wherever it is, as `replaceAll` does: the leftmost first, none overlapping. */
export function createReplaceStream(pattern: string, replacement: string): TextStream {
  let held = '';
  return {
    push(text) {
      const parts = (held + text).split(pattern);
      const last = parts.pop()!;
      const certain = last.length - beginningAtEnd(last, pattern);
      held = last.slice(certain);
      return parts.map((part) => part + replacement).join('') + last.slice(0, certain);
    },
    end() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** How many units at the end of a text are the beginning of `pattern`, and not all of it. */
export function beginningAtEnd(text: string, pattern: string): number {
  for (let length = Math.min(text.length, pattern.length - 1); length > 0; length--) {
    if (text.endsWith(pattern.slice(0, length))) return length;
  }
  return 0;
}
