import type { Artifact } from '../../artifact/index.ts';
import { EndpointError } from '../../errors.ts';
import type { ModelSource } from '../../manifest/open-source.ts';
import { withoutOwn, type BringUp, type DeployOptions, type Deployment } from '../deploy.ts';
import { MetricsRecorder } from '../metrics/metrics-recorder.ts';
import { Shadow } from './shadow.ts';
import { signatureDifference } from './signature-difference.ts';
import { usualVariant } from './variant-options.ts';
import { Target } from './target.ts';
import { VariantRouter } from './variant-router.ts';

/**
 * Brings all archives of an endpoint into service, side by side, or none of them.
 *
 * @throws {RangeError} @throws {EndpointError} `update-refused` where one is for other calls than the first; else what one of
 * them cannot be deployed for
 */
export async function deployVariants(
  source: ModelSource | FileList | Artifact,
  options: DeployOptions,
  bringUp: BringUp,
): Promise<{ first: Deployment; router: VariantRouter }> {
  const { variants = [], shadow, variantName = usualVariant, initialVariantWeight = 1 } = options;
  checkNames(options);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const usual = withoutOwn(options);
  const starting = [
    bringUp(source, { ...options, signal }, variantName),
    ...variants.map((one) => bringUp(one.source, { ...usual, ...one, signal }, one.variantName)),
    ...(shadow ? [bringUp(shadow.source, { ...usual, ...shadow, signal }, undefined)] : []),
  ];
  // What cannot be deployed ends the others.
  for (const one of starting) one.catch((error: unknown) => stop.abort(error));
  const settled = await Promise.allSettled(starting);
  const deployed = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    options.signal?.throwIfAborted();
    stop.signal.throwIfAborted();
    const [first, ...rest] = deployed as [Deployment, ...Deployment[]];
    for (const { name, serving } of rest) checkSignature(first, name, serving.model);
    const last = shadow && rest.pop();
    const targets = [
      new Target(variantName, first, initialVariantWeight),
      ...rest.map((one, at) => new Target(variants[at]!.variantName, one, variants[at]!.initialVariantWeight ?? 1)),
    ];
    const router = new VariantRouter(first.name, targets);
    if (shadow) router.shadow = new Shadow(shadow.variantName ?? 'Shadow', last!, shadow);
    return { first, router };
  } catch (error) {
    for (const { release, serving } of deployed) {
      release();
      void serving.close(error as Error);
    }
    throw error;
  }
}

/** Has the calls of each variant counted by themselves, beside those of all in `whole`. */
export function recordVariants(router: VariantRouter, whole: MetricsRecorder): void {
  for (const target of router.targets) {
    const { variantName } = target;
    // During an update it has two archives.
    const sum = (of: (one: Target['deployed']) => number): number =>
      router.ofVariant(variantName).reduce((all, { deployed }) => all + of(deployed), 0);
    target.recorder = new MetricsRecorder(() => ({
      replicaCount: sum(({ serving }) => serving.replicaCount),
      memoryBytes: sum(({ serving, replicaBytes }) => serving.replicaCount * replicaBytes),
    }));
    whole.variants.set(variantName, target.recorder);
  }
}

/** @throws {RangeError} */
function checkNames({ variantName = usualVariant, initialVariantWeight = 1, variants = [] }: DeployOptions): void {
  const names = new Set([variantName, ...variants.map((one) => one.variantName)]);
  if (names.size < variants.length + 1)
    throw new RangeError('Two variants have the same variantName. Give each its own.');
  const weights = [initialVariantWeight, ...variants.map((one) => one.initialVariantWeight ?? 1)];
  if (!weights.every((weight) => weight >= 0 && weight < Infinity) || !weights.some((weight) => weight > 0))
    throw new RangeError('The initialVariantWeight of each variant is a number of 0 or more, and of one above 0.');
}

/** @throws {EndpointError} */
function checkSignature(first: Deployment, name: string, model: Deployment['serving']['model']): void {
  const why = signatureDifference(first.serving.model, model);
  if (why === undefined) return;
  throw new EndpointError(
    'update-refused',
    `Cannot serve ${JSON.stringify(name)} beside ${JSON.stringify(first.name)}: ${why}. The same calls could not go to both. Deploy it as an endpoint of its own.`,
  );
}
