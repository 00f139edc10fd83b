import { deploy, openArtifact, tensor, type Artifact } from 'inpoint';
import { openFloor } from './open-floor.ts';

/** Who answers: Inpoint, or a worker that is written by hand. */
export interface Side {
  call(numbers: Float32Array, dims: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

export type Measure = 'startMs' | 'callMs' | 'perSecond' | 'heldMs';

/** One figure of both, a number of each round. */
export interface Row {
  readonly model: string;
  readonly measure: Measure;
  readonly floor: readonly number[];
  readonly inpoint: readonly number[];
}

/** What the benchmark found on this device. */
export interface Report {
  readonly format: 1;
  /** ISO 8601. */
  readonly date: string;
  readonly browser: string;
  readonly cores: number;
  readonly isIsolated: boolean;
  readonly rows: readonly Row[];
}

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** @param share from 0 to 1 */
  readonly onProgress: (share: number) => void;
  /** @default 3 */
  readonly rounds?: number;
  /** Of each closed loop. @default 700 */
  readonly loopMs?: number;
}

interface Model {
  readonly name: string;
  readonly input: string;
  readonly dims: readonly number[];
}

/** Two models of the site, and what they take. */
const models: readonly Model[] = [
  { name: 'digits', input: 'pixel_values', dims: [1, 1, 28, 28] },
  { name: 'clothing', input: 'pixel_values', dims: [1, 3, 128, 128] },
];

/**
 * Measures Inpoint beside a worker that is written by hand, in rounds in which both have their turn, with the same bytes
 * that are on this device already.
 *
 * @throws what `openArtifact()` and `deploy()` throw, and an `Error` where the answers differ
 */
export async function measure(options: MeasureOptions): Promise<Report> {
  const { signal, onProgress, rounds = 3, loopMs = 700 } = options;
  const rows: Row[] = [];
  for (const [place, model] of models.entries()) {
    const artifact = await openArtifact(`./models/${model.name}/model.tar.gz`, { signal });
    const onnx = artifact.files.find(({ path }) => path.endsWith('.onnx'))!.blob;
    const open = { floor: () => openFloor(onnx), inpoint: () => openInpoint(artifact, model) };
    const found = { floor: [] as Figures[], inpoint: [] as Figures[] };
    for (let round = 0; round < rounds; round++) {
      const sides = round % 2 === 0 ? (['floor', 'inpoint'] as const) : (['inpoint', 'floor'] as const);
      for (const side of sides) {
        signal.throwIfAborted();
        onProgress((place + (round + sides.indexOf(side) / 2) / rounds) / models.length);
        found[side].push(await measureSide(open[side], model, loopMs, signal));
      }
      checkAnswers(found.floor[round]!.answer, found.inpoint[round]!.answer, model.name);
    }
    for (const name of ['startMs', 'callMs', 'perSecond', 'heldMs'] as const) {
      const numbers = (side: 'floor' | 'inpoint'): number[] => found[side].map((figures) => figures[name]);
      rows.push({ model: model.name, measure: name, floor: numbers('floor'), inpoint: numbers('inpoint') });
    }
  }
  onProgress(1);
  return {
    format: 1,
    date: new Date().toISOString(),
    browser: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    isIsolated: globalThis.crossOriginIsolated,
    rows,
  };
}

async function openInpoint(artifact: Artifact, { input }: Model): Promise<Side> {
  const endpoint = await deploy(artifact, { task: 'tensor', device: 'wasm', threads: 1, selfTest: 'off' });
  return {
    async call(numbers, dims) {
      const outputs = await endpoint.invoke({ [input]: tensor('float32', numbers, [...dims]) });
      return Object.values(outputs)[0]!.data as Float32Array;
    },
    close: () => endpoint.close(),
  };
}

type Figures = Readonly<Record<Measure, number>> & { readonly answer: Float32Array };

async function measureSide(
  open: () => Promise<Side>,
  { dims }: Model,
  loopMs: number,
  signal: AbortSignal,
): Promise<Figures> {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const numbers = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  using held = watchThread();
  const start = performance.now();
  const side = await open();
  try {
    const answer = await side.call(numbers, dims);
    const startMs = performance.now() - start;
    await loop(side, numbers, dims, 1, loopMs / 4, signal);
    const alone = await loop(side, numbers, dims, 1, loopMs, signal);
    const heldMs = held.longestMs();
    const together = await loop(side, numbers, dims, 64, loopMs, signal);
    return {
      startMs,
      callMs: alone.times.toSorted((a, b) => a - b)[Math.floor(alone.times.length / 2)]!,
      perSecond: (together.times.length / together.tookMs) * 1000,
      heldMs,
      answer,
    };
  } finally {
    await side.close();
  }
}

/** So many callers, each of whom asks again once it is answered. */
async function loop(
  side: Side,
  numbers: Float32Array,
  dims: readonly number[],
  callers: number,
  ms: number,
  signal: AbortSignal,
): Promise<{ times: number[]; tookMs: number }> {
  const times: number[] = [];
  const start = performance.now();
  const caller = async (): Promise<void> => {
    do {
      const asked = performance.now();
      await side.call(numbers, dims);
      times.push(performance.now() - asked);
    } while (performance.now() < start + ms && !signal.aborted);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { times, tookMs: performance.now() - start };
}

/** How long the page's own thread was held at a stretch, as messages to itself tell. */
function watchThread(): Disposable & { longestMs(): number } {
  const { port1, port2 } = new MessageChannel();
  let longest = 0;
  let last = performance.now();
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    // Not at once, or the messages themselves would be the load.
    setTimeout(() => port2.postMessage(0), 1);
  };
  port2.postMessage(0);
  return { longestMs: () => longest, [Symbol.dispose]: () => port1.close() };
}

function checkAnswers(floor: Float32Array, inpoint: Float32Array, model: string): void {
  const isSame = floor.length === inpoint.length && floor.every((value, i) => Math.abs(value - inpoint[i]!) <= 1e-3);
  if (!isSame) throw new Error(`The answers of "${model}" differ, so that no time of them counts.`);
}
