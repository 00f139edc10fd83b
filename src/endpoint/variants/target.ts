import type { StorageReport } from '../../artifact/index.ts';
import { InputError } from '../../errors.ts';
import type { MetricsRecorder } from '../metrics/metrics-recorder.ts';
import { QuantileSketch, type LatencyStatistics } from '../metrics/quantile-sketch.ts';
import type { Serving } from '../serving.ts';
import type { Route } from './trial.ts';

/** One model in service, with what it holds. */
export interface Deployed {
  /** The archive's name. */
  readonly name: string;
  readonly serving: Pick<Serving, 'invoke' | 'close' | 'model' | 'report' | 'replicaCount'>;
  readonly storage: StorageReport | undefined;
  /** Bytes that a replica of it takes, as it is estimated. */
  readonly replicaBytes: number;
  /** Lets go of what is kept of it, and of its scaling. */
  release(): void;
}

/** A production variant, as `endpoint.variants` lists it. */
export interface VariantReport {
  readonly variantName: string;
  /** The name of the archive that serves, the old one during an update. */
  readonly model: string;
  /** In relation to those of the others: 1 and 3 are a quarter and three quarters of the calls. */
  readonly currentWeight: number;
  /** Of the variant's calls, how many go to the archive that it is being updated to; undefined without an update. */
  readonly updateShare: number | undefined;
  /** Calls that it was chosen for, answered or not. */
  readonly invocations: number;
  /** Calls that failed, those aborted by the page left out. */
  readonly errors: number;
  /** Milliseconds from sending to answer, over all calls. */
  readonly latency: LatencyStatistics;
  /** Calls in flight. */
  readonly concurrentInvocations: number;
  /** Engines that it is in. */
  readonly replicaCount: number;
}

/** One archive in service under a variant's name; during an update a variant has two. */
export class Target {
  readonly variantName: string;
  readonly deployed: Deployed;
  /** Where its calls go. */
  route: Route;
  weight: number;
  /** Is told of the variant's calls, where the endpoint has several. */
  recorder: MetricsRecorder | undefined;
  readonly latency: QuantileSketch = new QuantileSketch();
  invocations = 0;
  errors = 0;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(variantName: string, deployed: Deployed, weight: number) {
    this.variantName = variantName;
    this.deployed = deployed;
    this.route = deployed.serving;
    this.weight = weight;
  }

  /** Calls without an answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** A call is on its way to it. */
  began(): void {
    this.invocations++;
    this.#inFlight++;
  }

  /** A call has come to its end. */
  ended(): void {
    if (--this.#inFlight === 0) this.#onIdle?.();
  }

  /** Resolves when no call is with it. */
  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }
}

/** What there is to say of a variant. @param targets its archive, or during an update the old one and the new one */
export function variantReport(targets: readonly Target[]): VariantReport {
  const [target, next] = targets as [Target, Target | undefined];
  const sum = (of: (one: Target) => number): number => targets.reduce((all, one) => all + of(one), 0);
  const weight = sum((one) => one.weight);
  return {
    variantName: target.variantName,
    model: target.deployed.name,
    currentWeight: weight,
    updateShare: next && (weight === 0 ? 0 : next.weight / weight),
    invocations: sum(({ invocations }) => invocations),
    errors: sum(({ errors }) => errors),
    latency: target.latency.statistics(),
    concurrentInvocations: sum(({ inFlight }) => inFlight),
    replicaCount: sum(({ deployed }) => deployed.serving.replicaCount),
  };
}

/** @param endpoint its name @param names those of its variants */
export function noSuchVariant(endpoint: string, asked: string, names: readonly string[]): InputError {
  const known = names.map((name) => JSON.stringify(name)).join(', ');
  return new InputError(
    'targetVariant',
    `${JSON.stringify(endpoint)} has no variant ${JSON.stringify(asked)}. Its variants are ${known}.`,
  );
}

/** @throws {RangeError} */
export function checkWeights(weights: Readonly<Record<string, number>>, after: readonly number[]): void {
  for (const [name, weight] of Object.entries(weights)) {
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(`The weight of ${JSON.stringify(name)} is a number of 0 or more, not ${weight}.`);
  }
  if (!after.some((weight) => weight > 0)) throw new RangeError('One weight at the least is above 0.');
}
