import { errorJson } from '../error-json.ts';
import { InputError } from '../errors.ts';
import { parseJsonPath, type JsonPath } from './json-path.ts';
import type { ResolvedOptions } from './options.ts';

/** What a record came to, in its place among the others. */
export type TransformResult =
  /** Joined and filtered as the options say. */
  | { readonly index: number; readonly output: unknown }
  | { readonly index: number; readonly error: Error; readonly output: unknown };

/** Makes a model's inputs of records, and results of its answers. */
export interface ResultMaker {
  /** What the model is given. @throws {InputError} where the filter finds nothing. */
  inputOf(record: unknown): unknown;
  answered(index: number, record: unknown, answer: unknown): TransformResult;
  /** @param record undefined where it could not be read */
  failed(index: number, record: unknown, error: Error): TransformResult;
}

/** @throws {InputError} for a filter that is no path */
export function resultMaker({ inputFilter, outputFilter, joinSource }: ResolvedOptions): ResultMaker {
  const takeInput = inputFilter === '$' ? undefined : parseJsonPath(inputFilter, 'inputFilter');
  const takeOutput = outputFilter === '$' ? undefined : parseJsonPath(outputFilter, 'outputFilter');
  const joined = (record: unknown, answer: unknown): unknown =>
    joinSource === 'input' ? join(record, answer) : answer;
  const maker: ResultMaker = {
    inputOf: (record) => (takeInput ? found(takeInput, record, 'inputFilter', inputFilter) : record),
    answered(index, record, answer) {
      const whole = joined(record, answer);
      if (!takeOutput) return { index, output: whole };
      try {
        return { index, output: found(takeOutput, whole, 'outputFilter', outputFilter) };
      } catch (error) {
        return maker.failed(index, record, error as Error);
      }
    },
    failed(index, record, error) {
      const answer = { error: errorJson(error) };
      const whole = record === undefined ? answer : joined(record, answer);
      const output = takeOutput?.(whole);
      return { index, error, output: takeOutput ? (output ?? answer) : whole };
    },
  };
  return maker;
}

function found(take: JsonPath, value: unknown, option: string, path: string): unknown {
  const part = take(value);
  if (part !== undefined) return part;
  const there =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? ` It has ${Object.keys(value).slice(0, 20).join(', ') || 'no fields'}.`
      : '';
  throw new InputError(option, `The ${option} ${JSON.stringify(path)} leads to nothing in the record.${there}`);
}

/** Source: "Associate Prediction Results with Input Records", the guide of Amazon SageMaker AI. */
function join(record: unknown, answer: unknown): unknown {
  if (record instanceof Blob)
    return { SageMakerInput: (record as Partial<File>).name ?? null, SageMakerOutput: answer };
  const isObject =
    typeof record === 'object' && record !== null && !Array.isArray(record) && !ArrayBuffer.isView(record);
  return isObject ? { ...record, SageMakerOutput: answer } : { SageMakerInput: record, SageMakerOutput: answer };
}
