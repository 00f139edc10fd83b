import type { AdapterReport } from '../adapter.ts';
import type { Artifact } from '../artifact/index.ts';
import { EndpointError, InferenceError } from '../errors.ts';
import type { Device, RuntimeReport } from '../runtime/device.ts';
import type { SelfTest } from '../self-test.ts';
import { createGate } from '../gate.ts';
import type { SentLoadOptions } from '../worker/contract.ts';
import type { Answered, Replica } from '../worker/replica.ts';
import { afterLoss, firstDevice, mayReturn, type DeviceChoice, type Verdict } from './device-policy.ts';
import { askingOf, Dispatch, type OpenCall, type ServedCall, type Stand } from './dispatch.ts';
import type { EngineLease } from './pool.ts';

/** How an endpoint stands: `Updating` while a lost engine is replaced, `Failed` once that was given up. */
export type EndpointStatus = 'InService' | 'Updating' | 'Failed' | 'Deleting';

/** What a model runs on now, why, and what came before. */
export interface EndpointReport extends RuntimeReport {
  readonly status: EndpointStatus;
  /** How its test came out; undefined until it was made, or where it is off. */
  readonly selfTest: SelfTestReport | undefined;
  /** What is known of the other device: why the model is not there, or why it was moved. */
  readonly verdict: string | undefined;
  /** Why engines were lost, the last one last. */
  readonly losses: readonly string[];
  /** Why the endpoint failed. */
  readonly failure: string | undefined;
}

/** How a model's test on samples came out, and where. */
export interface SelfTestReport extends Pick<SelfTest, 'by' | 'samples' | 'failure'> {
  readonly device: Device;
}

/** When a model is tested on the device that serves it. */
export type SelfTestMode = 'off' | 'background' | 'strict';

export interface ServingOptions {
  readonly name: string;
  readonly device: DeviceChoice;
  /** What was found out at an earlier visit. */
  readonly verdict: Verdict | undefined;
  /** Whether that was of another version of the model. */
  readonly isOutdated: boolean;
  readonly selfTest: SelfTestMode;
  /** Whether WebGPU is tried where a processor plays it. */
  readonly allowsSoftware: boolean;
  readonly load: SentLoadOptions;
  /** Leases an engine; one of its own for a model that lost one. */
  lease(device: Device, own: boolean): EngineLease;
  /** Opens the artifact again, where its files are gone. */
  reopen(): Promise<Artifact>;
  /** Keeps a verdict for the next visit. */
  keepVerdict(verdict: Verdict, adapter: AdapterReport | undefined): void;
  onChange(): void;
}

/** Milliseconds after a start, without calls, until the other device is tried. */
const quietMs = 300;

/**
 * Serves one model: keeps an engine with it, moves it to the faster device once that gave the right answers, and replaces
 * engines that are lost.
 */
export class Serving {
  readonly #options: ServingOptions;
  #artifact: Artifact;
  #current: Stand | undefined;
  #status: EndpointStatus = 'Updating';
  #failure: EndpointError | undefined;
  #selfTest: SelfTestReport | undefined;
  #verdict: Verdict | undefined;
  readonly #losses: string[] = [];
  #lossesInARow = 0;
  #lossesOnWebgpu = 0;
  readonly #dispatch: Dispatch;
  /** WASM beside WebGPU, for calls that failed there. */
  #second: Promise<Stand> | undefined;
  #asking = 0;
  readonly #oneAtATime = createGate(1);
  readonly #closed = new AbortController();

  private constructor(artifact: Artifact, options: ServingOptions) {
    this.#artifact = artifact;
    this.#options = options;
    this.#verdict = options.verdict;
    this.#dispatch = new Dispatch(options.name, {
      onAnswer: () => (this.#lossesInARow = 0),
      onFailure: (stand, call, error) => {
        if (!this.#isDoubtful(stand, call, error)) return false;
        void this.#askWasm(stand, call, error);
        return true;
      },
    });
  }

  /**
   * Loads a model into an engine, the next one where the first does not start or, with `strict`, gives wrong answers.
   *
   * @param lease the engine that was started while the archive came, on the device that `firstDevice()` says
   * @throws what the last engine refused the model for
   */
  static async start(artifact: Artifact, lease: EngineLease, options: ServingOptions): Promise<Serving> {
    const serving = new Serving(artifact, options);
    const device = firstDevice(options.device, options.verdict);
    try {
      serving.#take(await serving.#tested(device, lease));
    } catch (error) {
      if (options.device !== 'auto' || device === 'wasm' || serving.#closed.signal.aborted) throw error;
      serving.#rule({ device: 'wasm', reason: (error as Error).message });
      serving.#take(await serving.#tested('wasm'));
    }
    serving.#afterStart();
    return serving;
  }

  get replica(): Replica {
    return this.#lastReplica!;
  }
  #lastReplica: Replica | undefined;

  get report(): EndpointReport {
    return {
      ...this.#lastReport!,
      status: this.#status,
      selfTest: this.#selfTest,
      verdict: this.#verdict?.reason,
      losses: [...this.#losses],
      failure: this.#failure?.message,
    };
  }
  #lastReport: RuntimeReport | undefined;

  /** Answers a call. An abort rejects at once, with the signal's reason. */
  invoke(call: ServedCall): Promise<Answered> {
    return this.#dispatch.invoke(call);
  }

  /** Gives the engine back. Calls are rejected by their signals. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#status = 'Deleting';
    this.#dispatch.close();
    const stand = this.#current;
    this.#current = undefined;
    await stand?.lease.release(stand.replica);
  }

  /** A failure on WebGPU may be the device's, and not the input's. */
  #isDoubtful({ device }: Stand, { sent, sessionId }: OpenCall, error: unknown): boolean {
    const isOfDevice = device === 'webgpu' && error instanceof InferenceError;
    return isOfDevice && this.#options.device === 'auto' && sent.renew !== undefined && sessionId === undefined;
  }

  /**
   * Asks WASM for what failed on WebGPU, one call at a time. Where it answers, the model moves there, and the other calls
   * that failed are sent again.
   */
  async #askWasm(stand: Stand, call: OpenCall, error: unknown): Promise<void> {
    this.#asking++;
    await this.#oneAtATime(async () => {
      if (call.signal.aborted) return;
      if (this.#current !== stand) return this.#dispatch.again(call);
      let other: Stand;
      try {
        other = await (this.#second ??= this.#prepare('wasm', this.#options.lease('wasm', false)));
        call.resolve(await other.replica.invoke(askingOf(call, await call.sent.renew!())).answered);
      } catch {
        // The input's fault then, or an abort.
        return call.reject(error);
      }
      if (this.#closed.signal.aborted || this.#current !== stand || other.lease.engine.lostReason) return;
      this.#second = undefined;
      this.#lossesOnWebgpu++;
      this.#rule({ device: 'wasm', reason: `on WebGPU a call failed that WASM answers: ${(error as Error).message}` });
      this.#move(other);
      this.#dispatch.recall(stand);
    });
    if (--this.#asking > 0) return;
    const unused = this.#second;
    this.#second = undefined;
    const other = await unused?.catch(() => undefined);
    if (other) void other.lease.release(other.replica);
  }

  /** Loads the model into an engine. */
  async #prepare(device: Device, lease: EngineLease): Promise<Stand> {
    let replica: Replica | undefined;
    try {
      const load = async (): Promise<Replica> => {
        const report = await lease.engine.started;
        const { adapter } = report;
        const features = { device, shaderF16: adapter?.shaderF16 ?? false };
        return lease.engine.load(this.#artifact, { ...this.#options.load, ...features });
      };
      try {
        replica = await load();
      } catch (error) {
        // Somebody cleared the data of this site, or the model was made anew, between opening it and reading it.
        if (!['NotReadableError', 'NotFoundError'].includes((error as Error).name)) throw error;
        this.#artifact = await this.#options.reopen();
        replica = await load();
      }
      this.#closed.signal.throwIfAborted();
      const report = await lease.engine.started;
      return { device, report, lease, replica };
    } catch (error) {
      void lease.release(replica);
      throw error;
    }
  }

  /** An engine with the model in it, which with `strict` has passed its test. */
  async #tested(
    device: Device,
    lease: EngineLease = this.#options.lease(device, this.#losses.length > 1),
  ): Promise<Stand> {
    const stand = await this.#prepare(device, lease);
    if (this.#options.selfTest !== 'strict') return stand;
    try {
      const failure = await this.#test(stand);
      if (failure === undefined) return stand;
      throw new InferenceError(
        'self-test-failed',
        `${JSON.stringify(this.#options.name)} gives wrong answers on ${device}: ${failure}. Its model is damaged, or not the one that the samples were made with.`,
      );
    } catch (error) {
      void stand.lease.release(stand.replica);
      throw error;
    }
  }

  /** @returns what is wrong, if anything is */
  async #test(stand: Stand): Promise<string | undefined> {
    const { by, samples, failure } = await stand.replica.selfTest(this.#artifact);
    this.#selfTest = { device: stand.device, by, samples, failure };
    return failure;
  }

  /** Serves from now on with this engine. */
  #take(stand: Stand): void {
    this.#current = stand;
    this.#lastReplica = stand.replica;
    this.#lastReport = stand.report;
    this.#status = 'InService';
    stand.lease.engine.lost.catch((reason: Error) => this.#onLost(stand, reason));
    this.#dispatch.serveBy(stand);
  }

  /** Serves with another engine; the calls that are with the one before are answered there. */
  #move(stand: Stand): void {
    const before = this.#current;
    this.#take(stand);
    this.#options.onChange();
    if (before) void this.#leave(before);
  }

  async #leave(stand: Stand): Promise<void> {
    await this.#dispatch.left(stand);
    await stand.lease.release(stand.replica);
  }

  #onLost(stand: Stand, reason: Error): void {
    if (this.#closed.signal.aborted) return;
    const isCurrent = this.#current === stand;
    // One that was left, and has nothing to do any more.
    if (!this.#dispatch.takeBack(stand, reason) && !isCurrent) return;
    const next = this.#count(stand.device, reason);
    if (!isCurrent) return;
    this.#current = undefined;
    void stand.lease.release();
    if (!next) return this.#fail(reason);
    if (stand.device === 'webgpu' && next.device === 'wasm') this.#rule({ device: 'wasm', reason: reason.message });
    this.#status = 'Updating';
    this.#options.onChange();
    void this.#replace(next);
  }

  /** Counts a loss, and tells what comes after it. */
  #count(device: Device, { message }: Error): ReturnType<typeof afterLoss> {
    this.#losses.push(message);
    const inARow = ++this.#lossesInARow;
    if (device === 'webgpu') this.#lossesOnWebgpu++;
    return afterLoss(this.#options.device, device, { inARow, onWebgpu: this.#lossesOnWebgpu });
  }

  async #replace(next: { device: Device; waitMs: number }): Promise<void> {
    let { device, waitMs } = next;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.#closed.signal.aborted) return;
      try {
        this.#take(await this.#tested(device));
        this.#options.onChange();
        if (device === 'wasm' && this.#options.device === 'auto' && mayReturn({ onWebgpu: this.#lossesOnWebgpu }))
          setTimeout(() => void this.#tryWebgpu(), returnMs);
        return;
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        const then = this.#count(device, error as Error);
        if (!then) return this.#fail(error as Error);
        ({ device, waitMs } = then);
      }
    }
  }

  #fail(reason: Error): void {
    this.#failure = new EndpointError(
      'endpoint-failed',
      `The endpoint ${JSON.stringify(this.#options.name)} has failed: its engines were lost ${this.#losses.length} times, the last time since: ${reason.message} Deploy the model again, or another one.`,
      { cause: reason },
    );
    this.#status = 'Failed';
    this.#dispatch.fail(this.#failure);
    this.#options.onChange();
  }

  /** What is done once a model is served: it is tested, and the other device is tried. */
  #afterStart(): void {
    const { device, selfTest, verdict, isOutdated } = this.#options;
    setTimeout(() => {
      const stand = this.#current;
      if (!stand || this.#closed.signal.aborted) return;
      if (selfTest === 'background') void this.#testServed(stand);
      const isKnown = verdict?.device === 'wasm' && !isOutdated;
      if (device === 'auto' && stand.device === 'wasm' && !isKnown) void this.#tryWebgpu();
    }, quietMs);
  }

  async #testServed(stand: Stand): Promise<void> {
    try {
      const failure = await this.#test(stand);
      this.#options.onChange();
      if (failure === undefined || stand.device === 'wasm' || this.#options.device !== 'auto') return;
      this.#rule({ device: 'wasm', reason: `on WebGPU ${failure}` });
      const other = await this.#tested('wasm');
      if (this.#current === stand) this.#move(other);
      else void other.lease.release(other.replica);
    } catch {
      // The engine was lost, which is seen to, or the endpoint closed.
    }
  }

  /** Tries WebGPU beside WASM, and moves the model where that is right and quicker. */
  async #tryWebgpu(): Promise<void> {
    const wasm = this.#current;
    if (!wasm || wasm.device !== 'wasm' || wasm.replica.model.isStateful) return;
    // Without a network, this is what is not there.
    const { tryWebgpu } = (await import('./try-webgpu.ts').catch(() => undefined)) ?? {};
    const trial = await tryWebgpu?.(wasm, this.#artifact, this.#options.allowsSoftware, () =>
      this.#prepare('webgpu', this.#options.lease('webgpu', false)),
    );
    if (!trial) return;
    const { verdict, adapter, moved } = trial;
    // What became of WASM meanwhile says nothing of WebGPU.
    if (this.#current !== wasm || wasm.lease.engine.lostReason) {
      if (moved) void moved.stand.lease.release(moved.stand.replica);
      return;
    }
    this.#rule(verdict, adapter);
    if (!moved) return;
    const { by, samples, failure } = moved.test;
    this.#selfTest = { device: 'webgpu', by, samples, failure };
    this.#move(moved.stand);
  }

  #rule(verdict: Verdict, adapter?: AdapterReport): void {
    this.#verdict = verdict;
    this.#options.keepVerdict(verdict, adapter);
    this.#options.onChange();
  }
}

/** Milliseconds after which a model that was moved from WebGPU to WASM is tried there again. */
const returnMs = 30_000;
