import { InputError, ManifestError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { TaskContext } from './task.ts';

/**
 * Sees that no option is given that the task does not have: it would do nothing, and nobody would know.
 *
 * @throws {InputError} on the option.
 */
export function checkOptionNames(options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const there = known.length > 0 ? `its options are ${known.join(', ')}` : 'it has none of its own';
    throw new InputError(name, `The task has no option ${shown(name)}; ${there}.`);
  }
}

/**
 * Sees that no field of an input is written in another way than the task has it (`text_pair`, `textpair`): it would
 * be left out without a word. Fields of other names are left alone, as records have them.
 *
 * @throws {InputError} on the field.
 */
export function checkFieldNames(input: unknown, known: readonly string[]): void {
  if (known.length === 0 || Object.prototype.toString.call(input) !== '[object Object]') return;
  for (const name of Object.keys(input as object)) {
    const meant = known.find((one) => one !== name && plain(one) === plain(name));
    if (meant !== undefined && !known.includes(name))
      throw new InputError(name, `The input has a field ${shown(name)}, which is written ${shown(meant)} here.`);
  }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/**
 * Sees that the model has the outputs that `results` names.
 *
 * @throws {ManifestError} `file-invalid` that names the role.
 */
export function checkResults({ manifest, outputs }: Pick<TaskContext, 'manifest' | 'outputs'>): void {
  const there = outputs.map(({ name }) => shown(name)).join(', ');
  for (const [role, name] of Object.entries(manifest.results)) {
    if (outputs.some((output) => output.name === name)) continue;
    throw new ManifestError(
      'file-invalid',
      `inference.json says at results.${role} what cannot be: the model has no output ${shown(name)}; it has ${there}. Correct it.`,
    );
  }
}
