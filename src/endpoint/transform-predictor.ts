import { isOfRecord } from '../transform/is-of-record.ts';
import type { Prediction, Predictor } from '../transform/predictor.ts';
import type { Invokable } from './transform.ts';

/**
 * Answers batches of records by an endpoint: all calls of a batch are made in one turn of the event loop, and cross to the
 * engine in one message.
 *
 * @param options what the task is told with each record
 * @param close gives back what was opened for the job
 */
export function endpointPredictor(
  endpoint: Invokable,
  options: Readonly<Record<string, unknown>>,
  close: () => Promise<void>,
): Predictor {
  const { name, storage } = endpoint;
  return {
    name,
    identity: { name, version: storage?.version, options },
    run: (batch, signal) =>
      Promise.all(
        batch.map(async (input): Promise<Prediction> => {
          try {
            return { answer: await endpoint.invoke(input as never, { ...options, signal }) };
          } catch (error) {
            if (isOfRecord(error)) return { error };
            throw error;
          }
        }),
      ),
    close,
  };
}
