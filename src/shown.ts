/** A value as a message shows it: a text in quotes and cut, what is large by its kind. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** The beginning of a text that may be long. */
export function shorten(text: string, length: number = 80): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
