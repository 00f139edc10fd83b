import type { TransformInput } from '../transform/options.ts';
import type { TransformJob } from '../transform/job.ts';
import { startTransform } from '../transform/start-transform.ts';
import type { deploy } from './deploy.ts';
import { endpointPredictor } from './transform-predictor.ts';
import type { Invokable, transform, TransformOptions } from './transform.ts';

/** Does what `transform()` says. @param open is handed over, since this file is fetched by itself */
export async function runTransform(
  open: typeof deploy,
  source: Parameters<typeof transform>[0],
  input: TransformInput,
  { deploy: deployOptions, invokeOptions, ...options }: TransformOptions,
): Promise<TransformJob> {
  const isOpen = isInvokable(source);
  const endpoint = isOpen ? source : await open(source, { signal: options.signal, ...deployOptions });
  const close = async (): Promise<void> => {
    if (!isOpen) await (endpoint as Awaited<ReturnType<typeof deploy>>).close();
  };
  return startTransform(endpointPredictor(endpoint, invokeOptions ?? {}, close), input, options);
}

function isInvokable(source: Parameters<typeof transform>[0]): source is Invokable {
  return typeof source === 'object' && source !== null && 'invoke' in source;
}
