/**
 * Whether a regular expression repeats without bound what itself repeats without bound, as in `(a+)+`: JavaScript's
 * matcher tries all ways to share a text between the two, and a short text can keep it busy for ever.
 */
export function nestsRepetitions(pattern: string): boolean {
  /** For each group that is open: whether something in it repeats without bound. */
  const open = [false];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    let repeats = false;
    if (char === '(') {
      open.push(false);
      // The sign of `(?:` and its like is no quantifier.
      if (pattern[at + 1] === '?') at++;
      continue;
    }
    if (char === ')') repeats = open.pop() ?? false;
    else if (char === '\\') at++;
    else if (char === '[') at = endOfClass(pattern, at);
    if (isUnbounded(pattern, at + 1)) {
      if (repeats) return true;
      repeats = true;
    }
    if (repeats) open[open.length - 1] = true;
  }
  return false;
}

function endOfClass(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '[') depth++;
    else if (pattern[at] === ']' && --depth === 0) return at;
  }
  return pattern.length;
}

function isUnbounded(pattern: string, at: number): boolean {
  return /^(?:[*+]|\{\d+,\})/.test(pattern.slice(at, at + 16));
}
