import { adapterReport, type Adapter, type AdapterReport } from '../adapter.ts';
import type { Artifact } from '../artifact/index.ts';
import type { SelfTest } from '../self-test.ts';
import type { Verdict } from './device-policy.ts';
import type { Stand } from './dispatch.ts';

export { rememberVerdict } from './remember-verdict.ts';

/** What trying WebGPU beside WASM came to. */
export interface Trial {
  readonly verdict: Verdict;
  readonly adapter?: AdapterReport | undefined;
  /** The engine that is to serve from now on, with its test; undefined where the verdict is WASM. */
  readonly moved?: { readonly stand: Stand; readonly test: SelfTest };
}

/** How much of the time on WASM an answer may take on WebGPU, for it to be worth the memory of another engine. */
const worthwhile = 0.8;

/**
 * Prepares WebGPU beside WASM, and tests and times both. Pages fetch this when a model is served by then: what is not
 * there leaves it on WASM.
 */
export async function tryWebgpu(
  wasm: Stand,
  artifact: Artifact,
  allowsSoftware: boolean,
  prepare: () => Promise<Stand>,
): Promise<Trial> {
  const adapter = await pageAdapter();
  const against = reasonAgainst(adapter, allowsSoftware);
  if (against !== undefined) return { verdict: { device: 'wasm', reason: against } };
  let stand: Stand | undefined;
  try {
    stand = await prepare();
    const reference = await wasm.replica.selfTest(artifact, { isTimed: true });
    const test = await stand.replica.selfTest(artifact, { reference: reference.outputs, isTimed: true });
    const verdict = judge(reference, test);
    if (verdict.device === 'webgpu') return { verdict, adapter, moved: { stand, test } };
    void stand.lease.release(stand.replica);
    return { verdict, adapter };
  } catch (error) {
    if (stand) void stand.lease.release(stand.replica);
    return { verdict: { device: 'wasm', reason: (error as Error).message }, adapter };
  }
}

/** The page's graphics adapter. */
async function pageAdapter(): Promise<AdapterReport | undefined> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  const adapter = await gpu?.requestAdapter();
  return adapter ? adapterReport(adapter) : undefined;
}

/** Why WebGPU is not worth a try; undefined where it is. */
export function reasonAgainst(adapter: AdapterReport | undefined, allowsSoftware: boolean): string | undefined {
  if (!adapter) return 'this browser has no WebGPU adapter';
  if (adapter.isSoftware && !allowsSoftware) return `the WebGPU adapter (${adapter.name}) is played by the processor`;
  return undefined;
}

/** Which of two engines a model is served by, now that both were tested. */
export function judge(wasm: SelfTest, webgpu: SelfTest): Verdict {
  if (webgpu.failure !== undefined) return { device: 'wasm', reason: `on WebGPU ${webgpu.failure}` };
  if (webgpu.by === 'nothing' || wasm.ms === undefined || webgpu.ms === undefined)
    return { device: 'wasm', reason: 'there are no samples to test WebGPU with' };
  const figures = `an answer takes ${shown(webgpu.ms)} on WebGPU and ${shown(wasm.ms)} on WASM`;
  return { device: webgpu.ms <= wasm.ms * worthwhile ? 'webgpu' : 'wasm', reason: figures };
}

function shown(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
