import { language } from '../site/language.ts';

/** A number for people, in their language: `0.9962`, `12,480`. */
export function numberText(value: number): string {
  const digits = Number.isInteger(value) ? 21 : 6;
  return new Intl.NumberFormat(language.value, { maximumSignificantDigits: digits }).format(value);
}
