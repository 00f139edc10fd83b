import { InputError } from '../errors.ts';

/**
 * A text that has something in it.
 *
 * @param field what it is called in the input
 * @param what how to pass it, for the message
 * @throws {InputError} on `field` when it is no string, or blank.
 */
export function checkText(value: unknown, field: string, what: string): string {
  if (typeof value !== 'string') {
    const found = value === undefined ? 'missing' : 'not a string';
    throw new InputError(field, `The ${field} is ${found}: ${what}.`);
  }
  if (value.trim() === '') throw new InputError(field, `The ${field} is empty: there is nothing to say of it.`);
  return value;
}
