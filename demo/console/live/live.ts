import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { InpointError, memory, type Endpoint, type MetricsHistory, type TaskName, type Tasks } from 'inpoint';
import { exampleRows } from '../../classify/table/penguin-rows.ts';
import { Served } from '../../endpoints/served.ts';
import { room } from '../../site/route.ts';
import { LatencySeconds, type Percentiles } from './latency-seconds.ts';
import { LoadGenerator, type Load } from './load-generator.ts';

/** What is called, and what it is given of the device. */
export interface Policy {
  readonly model: 'digits' | 'penguins';
  readonly min: number;
  readonly max: number;
  readonly targetInFlight: number;
  readonly spare: boolean;
}

/** One second of the endpoint, which is over. */
export interface Point {
  /** Whole seconds of `performance.now()`. */
  readonly second: number;
  readonly invocations: number;
  readonly errors: number;
  readonly inFlight: number;
  readonly replicas: number;
  readonly usedMB: number;
  readonly budgetMB: number;
  readonly latency: Percentiles | undefined;
}

/** Calls that were refused or failed with one code. */
export interface Refusal {
  /** Name of the error's class. */
  readonly name: string;
  readonly code: string;
  readonly count: number;
  /** Of the last one. */
  readonly message: string;
}

/** A replica that came or went. */
export interface ReplicaChange {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** What can be called, and with what. */
const sources = {
  digits: { address: './models/digits/model.tar.gz', task: 'image-classification', input: sevenPixels },
  penguins: {
    address: './models/penguins/model.tar.gz',
    task: 'tabular-classification',
    input: () => exampleRows[2]!.row,
  },
} as const satisfies Record<Policy['model'], object>;

/** Seconds that are shown. */
export const shownSeconds: number = 60;
/** Calls that may wait, of each priority. */
export const mostWaiting: number = 256;
/** Milliseconds without a call after which the model leaves memory, where no replica has to stay. */
export const idleMs: number = 10_000;
const scaleInCooldownMs = 5000;
const keptChanges = 50;

const wishedPolicy: Signal<Policy> = signal<Policy>({
  model: 'digits',
  min: 1,
  max: Math.max(1, Math.min(4, navigator.hardwareConcurrency ?? 1)),
  targetInFlight: 4,
  spare: false,
});
const wishedLoad: Signal<Load> = signal<Load>({ kind: 'callers', amount: 0, priority: 'interactive' });
const current: Signal<Served> = signal(serve(wishedPolicy.peek()));
const seenPoints: Signal<readonly Point[]> = signal([]);
const seenRefusals: Signal<readonly Refusal[]> = signal([]);
const seenChanges: Signal<readonly ReplicaChange[]> = signal([]);
const isApplying: Signal<boolean> = signal(false);
const coldStartCount: Signal<number> = signal(0);

/** What the visitor wants it to be. */
export const policy: ReadonlySignal<Policy> = wishedPolicy;
export const load: ReadonlySignal<Load> = wishedLoad;
/** What is called now: another one after each change of the policy. */
export const model: ReadonlySignal<Served> = current;
/** The last seconds, oldest first. */
export const points: ReadonlySignal<readonly Point[]> = seenPoints;
export const refusals: ReadonlySignal<readonly Refusal[]> = seenRefusals;
/** The latest first. */
export const replicaChanges: ReadonlySignal<readonly ReplicaChange[]> = seenChanges;
/** Whether the endpoint is on its way over to another policy. */
export const applying: ReadonlySignal<boolean> = isApplying;
/** Cold starts of what is called now. */
export const coldStarts: ReadonlySignal<number> = coldStartCount;

const latencies = new LatencySeconds(shownSeconds + 5);
let history: MetricsHistory | undefined;
let input: Tasks[TaskName]['input'] = sources[wishedPolicy.peek().model].input();
let lastReplicas = 0;

const generator = new LoadGenerator((priority) => current.peek().endpoint.peek()!.invoke(input, { priority }), {
  onAnswer: (ms) => latencies.add(ms, performance.now()),
  onError: noteRefusal,
});

/** Whether somebody sees it: a load that nobody watches would only heat the device. */
const isWatched = computed(() => room.value.path === 'console/live');

/** Asks for another load, from now on. */
export function changeLoad(change: Partial<Load>): void {
  wishedLoad.value = { ...wishedLoad.peek(), ...change };
}

let changing: Promise<void> = Promise.resolve();

/** Goes over to another policy: calls that were made are answered first, so none fails by it. */
export function changePolicy(change: Partial<Policy>): Promise<void> {
  const wished = { ...wishedPolicy.peek(), ...change };
  // The one that was changed takes the other along.
  const min = change.max === undefined ? wished.min : Math.min(wished.min, change.max);
  wishedPolicy.value = { ...wished, min, max: Math.max(wished.max, min, 1) };
  isApplying.value = true;
  return (changing = apply(changing));
}

async function apply(before: Promise<void>): Promise<void> {
  await before;
  const wanted = wishedPolicy.peek();
  await generator.stop();
  await current.peek().close();
  current.value = serve(wanted);
  input = sources[wanted.model].input();
  await open();
  if (wanted !== wishedPolicy.peek()) return;
  isApplying.value = false;
  follow();
}

/** Deploys what is to be called, once. */
export async function open(): Promise<void> {
  await current.peek().open();
}

// It may be closed and opened again elsewhere.
effect(() => {
  const endpoint = current.value.endpoint.value;
  history = undefined;
  if (endpoint) void record(endpoint);
});

async function record(endpoint: Endpoint): Promise<void> {
  const recorded = await endpoint.metricsHistory({ minutes: 2 });
  if (endpoint === current.peek().endpoint.peek()) history = recorded;
}

function serve({ model: name, min, max, targetInFlight, spare }: Policy): Served {
  const { address, task } = sources[name];
  return new Served(`${name} (console)`, address, task, {
    scaling: { min, max, targetInFlight, idleMs, scaleInCooldownMs },
    batching: { maxQueueSize: mostWaiting },
    spare,
  });
}

/** Has the load be what is wished for, where there is somebody to see it and something to be called. */
function follow(): void {
  const isOpen = current.peek().state.peek().kind === 'ready';
  const isSeen = isWatched.peek() && document.visibilityState === 'visible';
  if (isOpen && isSeen && !isApplying.peek()) generator.set(wishedLoad.peek());
  else void generator.stop();
}

effect(() => {
  void [wishedLoad.value, current.value.state.value, isWatched.value];
  follow();
});
document.addEventListener('visibilitychange', follow);

function noteRefusal(error: unknown): void {
  const { name = 'Error', message = String(error) } = error as Partial<Error>;
  const code = error instanceof InpointError ? error.code : name;
  const known = seenRefusals.peek();
  const before = known.find((one) => one.code === code);
  const now = { name, code, message, count: (before?.count ?? 0) + 1 };
  seenRefusals.value = before ? known.map((one) => (one === before ? now : one)) : [...known, now];
}

/** Has the errors so far not be shown any more. */
export function forgetRefusals(): void {
  seenRefusals.value = [];
}

/** Looks how it is; called a few times a second while somebody sees it. */
export function look(): void {
  const metrics = current.peek().endpoint.peek()?.metrics();
  const replicas = metrics?.replicaCount ?? 0;
  coldStartCount.value = metrics?.coldStarts.count ?? 0;
  if (replicas !== lastReplicas) {
    const change = { at: Date.now(), from: lastReplicas, to: replicas };
    seenChanges.value = [change, ...seenChanges.peek().slice(0, keptChanges - 1)];
    lastReplicas = replicas;
  }
  const running = Math.floor(performance.now() / 1000);
  if (seenPoints.peek().at(-1)?.second === running - 1) return;
  const known = new Map(seenPoints.peek().map((point) => [point.second, point]));
  for (const seconds of history?.seconds(5) ?? []) {
    const second = Math.floor(seconds.startMs / 1000);
    // What was taken then, is not known later.
    const { usedMB, budgetMB } = known.get(second) ?? memory;
    // It is not over.
    if (second >= running) continue;
    known.set(second, {
      second,
      invocations: seconds.invocations,
      errors: seconds.invocation4xxErrors + seconds.invocation5xxErrors,
      inFlight: seconds.concurrentInvocations,
      replicas: seconds.replicaCount,
      usedMB,
      budgetMB,
      latency: latencies.percentiles(second),
    });
  }
  seenPoints.value = [...known.values()]
    .filter(({ second }) => second >= running - shownSeconds)
    .toSorted((a, b) => a.second - b.second);
}

/** A seven in white on black, as the digits' model is used to see them. */
function sevenPixels(): ImageData {
  const canvas = new OffscreenCanvas(28, 28);
  const context = canvas.getContext('2d')!;
  context.fillRect(0, 0, 28, 28);
  context.fillStyle = '#fff';
  context.font = '24px sans-serif';
  context.textAlign = 'center';
  context.fillText('7', 14, 22);
  return context.getImageData(0, 0, 28, 28);
}
