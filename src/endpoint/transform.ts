import type { Artifact, StorageReport } from '../artifact/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { TransformInput } from '../transform/options.ts';
import type { TransformJob } from '../transform/job.ts';
import type { JobOptions } from '../transform/start-transform.ts';
import { deploy, type DeployOptions } from './deploy.ts';

/** How a job is run; names are those of SageMaker Batch Transform, where it has them. */
export interface TransformOptions extends JobOptions {
  /** How the model is deployed, where it is not an endpoint already. */
  deploy?: DeployOptions;
  /** What the task is told with each record, as `invoke()` takes it: `{ topK: 1 }`. */
  invokeOptions?: Readonly<Record<string, unknown>>;
}

/** What a job needs of an endpoint, whatever its task. */
export interface Invokable {
  readonly name: string;
  readonly storage: StorageReport | undefined;
  /** Answers one input. */
  invoke(input: never, options?: object): Promise<unknown>;
}

/**
 * Answers the records of a file one after the other, in batches, with constant memory.
 *
 * ```ts
 * const job = await transform('/models/churn/model.tar.gz', file, { joinSource: 'input', name: 'churn of May' });
 * const { file: output } = await job.result;
 * ```
 *
 * @param source what `deploy()` takes: then the model is deployed, and closed at the end; or an endpoint, which stays open
 * @throws {InputError} for options and inputs that cannot be
 * @throws {StoreError} where a job of the same name is running, was begun with something else, or cannot be kept
 * @throws what `deploy()` throws
 */
export async function transform(
  source: ModelSource | FileList | Artifact | Invokable,
  input: TransformInput,
  options: TransformOptions = {},
): Promise<TransformJob> {
  const { runTransform } = await import('./run-transform.ts');
  return runTransform(deploy, source, input, options);
}
