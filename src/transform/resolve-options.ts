import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { InputFormat, OutputFormat, RecordOptions, ResolvedOptions } from './options.ts';

/**
 * Options with their defaults.
 *
 * @throws {InputError} for a value that an option cannot have
 */
export function resolveOptions(options: RecordOptions): ResolvedOptions {
  const { inputFormat, columns, inputFilter = '$', outputFilter = '$', joinSource = 'none' } = options;
  const { batchSize = 256, maxConcurrentTransforms = 2, onError = 'fail', outputFormat = 'jsonl' } = options;
  if (inputFormat !== undefined) checkChoice('inputFormat', inputFormat, inputFormats);
  checkChoice('outputFormat', outputFormat, outputFormats);
  checkChoice('joinSource', joinSource, ['none', 'input']);
  checkChoice('onError', onError, ['fail', 'skip', 'record']);
  checkCount('batchSize', batchSize);
  checkCount('maxConcurrentTransforms', maxConcurrentTransforms);
  return {
    inputFormat,
    columns,
    inputFilter,
    outputFilter,
    joinSource,
    batchSize,
    maxConcurrentTransforms,
    onError,
    outputFormat,
  };
}

/** What can be read. */
export const inputFormats: readonly InputFormat[] = ['csv', 'jsonl', 'json', 'parquet', 'text', 'images'];

/** What can be written. */
export const outputFormats: readonly OutputFormat[] = ['jsonl', 'csv', 'parquet'];

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new InputError(name, `There is no ${name} ${shown(value)}. There are ${choices.join(', ')}.`);
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new InputError(name, `${name} is ${shown(value)}, and has to be a whole number above 0.`);
}
