import { InputError } from '../../errors.ts';

/** @throws {InputError} where objects and lists are over 256 deep in one another, as no schema that people write is. */
export function checkDepth(field: string, value: unknown): void {
  let level = new Set([value].filter(isNested));
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > deepest) {
      throw new InputError(field, `The option is nested over ${deepest} deep. Ask for a simpler form.`);
    }
    // What is there twice is looked at once: what holds itself comes to an end, too.
    level = new Set([...level].flatMap((one) => Object.values(one).filter(isNested)));
  }
}

const deepest = 256;

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
