import { resolve } from 'node:path';
import type { TaskName } from '../manifest/index.ts';
import type { Model } from '../model.ts';
import { isOfRecord } from '../transform/is-of-record.ts';
import type { Prediction, Predictor } from '../transform/predictor.ts';
import { openFile } from './open-file.ts';
import { takesFiles } from './read-inputs.ts';
import { reviveJson } from './revive-json.ts';

/**
 * Answers batches of records by a model in this process, which it disposes of at its end. As for `predict`, JSON may name
 * files: `{ "$file": path }`, or the path itself where the task takes pictures or sound.
 *
 * @param task what the model's inputs are for
 * @param options what the task is told with each record
 * @param folder that paths begin in
 */
export function modelPredictor(
  model: Model,
  name: string,
  { task, options, folder }: { task: TaskName; options: Readonly<Record<string, unknown>>; folder: string },
): Predictor {
  const open = (path: string): Promise<Blob> => openFile(resolve(folder, path));
  const inputOf = async (record: unknown): Promise<unknown> => {
    if (typeof record === 'string') return takesFiles(task) ? reviveJson({ $file: record }, open) : record;
    const isPlain = typeof record === 'object' && record !== null && !(record instanceof Blob);
    return isPlain && task !== 'tabular-classification' && task !== 'tabular-regression'
      ? reviveJson(record, open)
      : record;
  };
  const predict = async (record: unknown, signal: AbortSignal): Promise<Prediction> => {
    let input: unknown;
    try {
      input = await inputOf(record);
    } catch (error) {
      return { error: error as Error };
    }
    const prediction = await model.predict(input, options, signal);
    if (prediction.kind === 'answer') return { answer: prediction.answer };
    signal.throwIfAborted();
    const { error } = prediction;
    if (isOfRecord(error)) return { error };
    throw error;
  };
  return {
    name,
    identity: { name, options },
    run: (batch, signal) => Promise.all(batch.map((record) => predict(record, signal))),
    close: () => model.dispose(),
  };
}
