import type { AdapterReport } from '../adapter.ts';
import type { Artifact } from '../artifact/index.ts';
import { EndpointError, InferenceError } from '../errors.ts';
import type { Device, RuntimeReport } from '../runtime/device.ts';
import type { SelfTest } from '../self-test.ts';
import { createGate } from '../gate.ts';
import type { SentLoadOptions } from '../worker/contract.ts';
import type { LoadedModel } from '../worker/contract.ts';
import type { Answered, Replica } from '../worker/replica.ts';
import { afterLoss, firstDevice, mayReturn, type DeviceChoice, type Verdict } from './device-policy.ts';
import { askAside, Dispatch, type OpenCall, type ServedCall, type Stand } from './dispatch.ts';
import type { QueuePolicy } from '../batching/waiting-line.ts';
import type { ColdStart } from './metrics/endpoint-metrics.ts';
import type { EngineLease } from './pool.ts';
import type { Resident } from './budget.ts';

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
  /** What becomes of calls that wait for an engine. */
  readonly queue: QueuePolicy;
  /** Leases an engine; one of its own for a model that lost one, or has several. */
  lease(device: Device, own: boolean): EngineLease;
  /**
   * Waits for room for the model's memory, and gives what says that it is free again.
   *
   * @param next the engine that will be leased for it; undefined where that was done
   */
  admit(serving: Resident, next?: { readonly device: Device; readonly own: boolean }): Promise<() => void>;
  /**
   * The same for one more replica, beside so many; undefined where there is no room, and that many will do.
   */
  admitReplica(replica: Resident, beside: number): Promise<(() => void) | undefined>;
  /** Opens the artifact again, where its files are gone. */
  reopen(): Promise<Artifact>;
  /** Keeps a verdict for the next visit. */
  keepVerdict(verdict: Verdict, adapter: AdapterReport | undefined): void;
  onChange(): void;
  /** The model has come back into an engine, for a call. */
  onColdStart(coldStart: ColdStart): void;
}

/** Milliseconds after a start, without calls, until the other device is tried. */
const quietMs = 300;

/**
 * Serves one model: keeps an engine with it, or several, moves it to the faster device once that gave the right answers,
 * replaces engines that are lost or that nobody can wait for, and gives all of them back while nothing is asked.
 */
export class Serving implements Resident {
  readonly #options: ServingOptions;
  #artifact: Artifact;
  #current: Stand | undefined;
  /** Engines beside it, on the same device, with what gives back the room of each. */
  readonly #others = new Map<Stand, () => void>();
  /** Whether it had to leave an engine that could not be stopped: from then on it shares none. */
  #isAlone = false;
  #wantedReplicas = 1;
  #isScaling = false;
  #isResting = false;
  #isWaking = false;
  /** While it leaves its engines. */
  #leaving: Promise<unknown> | undefined;
  #giveRoom: (() => void) | undefined;
  #lastUsedAt = performance.now();
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
  /** Engines that the model is coming into. */
  readonly #loading = new Set<EngineLease>();
  readonly #oneAtATime = createGate(1);
  readonly #closed = new AbortController();

  private constructor(artifact: Artifact, options: ServingOptions) {
    this.#artifact = artifact;
    this.#options = options;
    this.#verdict = options.verdict;
    this.#dispatch = new Dispatch(options.name, options.queue, {
      onAnswer: () => (this.#lossesInARow = 0),
      onOccupied: (stand) => this.#abandon(stand),
      onWanted: () => void this.#wake(),
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
    serving.#giveRoom = await options.admit(serving);
    try {
      serving.#take(await serving.#firstStand(device, lease));
    } catch (error) {
      // What did not come to be takes no room.
      serving.#freeRoom();
      throw error;
    }
    serving.#afterStart();
    return serving;
  }

  async #firstStand(device: Device, lease: EngineLease): Promise<Stand> {
    try {
      return await this.#tested(device, lease);
    } catch (error) {
      if (this.#options.device !== 'auto' || device === 'wasm' || this.#closed.signal.aborted) throw error;
      this.#rule({ device: 'wasm', reason: (error as Error).message });
      return this.#tested('wasm');
    }
  }

  /**
   * Serves a model that is not in an engine until it is called.
   *
   * @param model what is known of it without one
   */
  static atRest(artifact: Artifact, model: LoadedModel, options: ServingOptions): Serving {
    const serving = new Serving(artifact, options);
    serving.#lastModel = model;
    serving.#isResting = true;
    serving.#status = 'InService';
    return serving;
  }

  /** What the model takes and gives. */
  get model(): LoadedModel {
    return this.#lastModel!;
  }
  #lastModel: LoadedModel | undefined;

  /** Engines that the model is in. */
  get replicaCount(): number {
    return this.#dispatch.standCount;
  }

  /** Calls that wait for an engine. */
  get backlog(): number {
    return this.#dispatch.backlog;
  }

  /** Answers a millisecond that the engines give while they have work; 0 while that is not known. */
  get answersPerMs(): number {
    return this.#dispatch.answersPerMs;
  }

  /** Calls without an answer. */
  get openCalls(): number {
    return this.#dispatch.openCalls;
  }

  /** `performance.now()` at the last call. */
  get lastUsedAt(): number {
    return this.#lastUsedAt;
  }

  /** Whether the model could leave its engines now without anybody noticing more than a cold start. */
  get mayRest(): boolean {
    return this.#dispatch.openCalls === 0 && !this.isHeld && this.#isSettled;
  }

  /** Whether conversations would be lost that the engine keeps the state of. */
  get isHeld(): boolean {
    return this.#lastModel?.isStateful === true && this.#dispatch.holdsConversations;
  }

  get #isSettled(): boolean {
    return this.#current !== undefined && this.#status === 'InService';
  }

  get report(): EndpointReport {
    return {
      ...(this.#lastReport ?? {
        device: firstDevice(this.#options.device, this.#verdict),
        threads: 0,
        reason: 'it is in no engine',
      }),
      status: this.#status,
      selfTest: this.#selfTest,
      verdict: this.#verdict?.reason,
      losses: [...this.#losses],
      failure: this.#failure?.message,
    };
  }
  #lastReport: RuntimeReport | undefined;

  /** Is told of each call. */
  onUse: (() => void) | undefined;

  /** Answers a call. An abort rejects at once, with the signal's reason. */
  invoke(call: ServedCall): Promise<Answered> {
    this.#lastUsedAt = performance.now();
    this.onUse?.();
    return this.#dispatch.invoke(call);
  }

  /** Has so many engines with the model, from now on; at rest, once it is called. */
  scaleTo(replicas: number): void {
    this.#wantedReplicas = Math.max(1, replicas);
    void this.#scale();
  }

  /**
   * Takes the model out of its engines until it is called again. Calls that they are at are answered before; those that
   * come meanwhile wait until it is back. It does nothing while conversations would be lost.
   */
  async rest(): Promise<void> {
    if (this.isHeld || !this.#isSettled) return this.#leaving as Promise<void> | undefined;
    this.#isResting = true;
    const stands = [this.#current!, ...this.#others.keys()];
    this.#current = undefined;
    this.#leaving = Promise.all(stands.map((stand) => this.#leave(stand))).finally(() => {
      this.#leaving = undefined;
      this.#freeRoom();
    });
    this.#options.onChange();
    const left = this.#leaving;
    if (this.#dispatch.backlog > 0) void this.#wake();
    await left;
  }

  /** Gives the engines back; calls are rejected with `reason`. */
  async close(reason: Error): Promise<void> {
    this.#closed.abort();
    this.#status = 'Deleting';
    // In one that others share it has to be loaded before it can leave.
    for (const lease of this.#loading) if (!lease.isShared) void lease.release();
    await this.#end(reason);
  }

  /** Rejects all calls and gives the engines back. */
  async #end(reason: Error): Promise<void> {
    const stands = [...(this.#current ? [this.#current] : []), ...this.#others.keys()];
    const rooms = [...this.#others.values()];
    this.#dispatch.fail(reason);
    this.#current = undefined;
    this.#others.clear();
    await Promise.all(stands.map((stand) => stand.lease.release(stand.replica)));
    for (const giveRoom of rooms) giveRoom();
    this.#freeRoom();
  }

  /** An engine beside the first is no more, and what it took is free. */
  #forget(stand: Stand): boolean {
    const giveRoom = this.#others.get(stand);
    giveRoom?.();
    return this.#others.delete(stand);
  }

  #freeRoom(): void {
    this.#giveRoom?.();
    this.#giveRoom = undefined;
  }

  /** Brings a model that rests back into an engine. */
  async #wake(): Promise<void> {
    if (!this.#isResting || this.#isWaking || this.#closed.signal.aborted) return;
    this.#isWaking = true;
    try {
      // What it took is another's by then.
      await this.#leaving;
      const startMs = performance.now();
      const device = firstDevice(this.#options.device, this.#verdict);
      const own = this.#needsOwn;
      this.#giveRoom = await this.#options.admit(this, { device, own });
      const lease = this.#options.lease(device, own);
      const leaseMs = performance.now();
      let runtimeMs = leaseMs;
      lease.engine.started.then(
        () => (runtimeMs = performance.now()),
        () => {},
      );
      const stand = await this.#tested(device, lease);
      if (this.#closed.signal.aborted) {
        await stand.lease.release(stand.replica);
        return this.#freeRoom();
      }
      this.#isResting = false;
      this.#take(stand);
      const endMs = performance.now();
      this.#options.onColdStart({
        startedAt: startMs,
        phases: [
          { phase: 'room', startMs: 0, endMs: leaseMs - startMs },
          { phase: 'runtime', startMs: leaseMs - startMs, endMs: runtimeMs - startMs },
          { phase: 'load', startMs: runtimeMs - startMs, endMs: endMs - startMs },
        ],
      });
      this.#options.onChange();
      void this.#scale();
    } catch (error) {
      this.#freeRoom();
      if (!this.#closed.signal.aborted) this.#dispatch.refuse(error);
    } finally {
      this.#isWaking = false;
    }
  }

  /** Makes as many replicas as are wanted, one after the other, or gives those that are too many back. */
  async #scale(): Promise<void> {
    if (this.#isScaling) return;
    this.#isScaling = true;
    try {
      for (;;) {
        const current = this.#current;
        const count = 1 + this.#others.size;
        if (!current || current.device !== 'wasm' || count === this.#wantedReplicas) return;
        if (count > this.#wantedReplicas) {
          const stand = [...this.#others.keys()].at(-1)!;
          void this.#leave(stand);
        } else {
          const another = await this.#another(count);
          if (!another) return;
          const { stand, giveRoom } = another;
          // The model may have gone to rest, or to a graphics card, meanwhile.
          if (this.#current !== current || this.#closed.signal.aborted) {
            await stand.lease.release(stand.replica);
            giveRoom();
            continue;
          }
          this.#others.set(stand, giveRoom);
          stand.lease.engine.lost.catch((reason: Error) => this.#onLost(stand, reason));
          this.#dispatch.add(stand);
        }
        this.#options.onChange();
      }
    } catch {
      // One replica less; those that are there serve, and it is tried again when more are wanted.
    } finally {
      this.#isScaling = false;
    }
  }

  /** One more replica, where it has room beside so many. */
  async #another(beside: number): Promise<{ stand: Stand; giveRoom: () => void } | undefined> {
    const { dispatch, others } = { dispatch: this.#dispatch, others: this.#others };
    const leave = (stand: Stand): Promise<void> => this.#leave(stand);
    const lastUsedAt = (): number => this.#lastUsedAt;
    let stand: Stand | undefined;
    const giveRoom = await this.#options.admitReplica(
      {
        isHeld: this.#lastModel!.isStateful,
        get mayRest() {
          return stand !== undefined && others.has(stand) && dispatch.callsWith(stand) === 0;
        },
        // The replica goes before the model does.
        get lastUsedAt() {
          return lastUsedAt() - 1;
        },
        async rest() {
          if (stand && others.has(stand)) await leave(stand);
        },
      },
      beside,
    );
    if (!giveRoom) return undefined;
    try {
      stand = await this.#tested('wasm', this.#options.lease('wasm', true));
      return { stand, giveRoom };
    } catch (error) {
      giveRoom();
      throw error;
    }
  }

  #onOtherLost(stand: Stand, reason: Error): void {
    this.#forget(stand);
    this.#losses.push(reason.message);
    this.#dispatch.takeBack(stand, reason);
    void stand.lease.release();
    this.#options.onChange();
    void this.#scale();
  }

  /**
   * Leaves an engine that is at something nobody waits for, since it cannot be stopped: another one takes its place. If no
   * other model is in it, it ends.
   */
  #abandon(stand: Stand): void {
    const isCurrent = this.#current === stand;
    if (stand.replica.model.isStateful || (!isCurrent && !this.#others.has(stand))) return;
    const others = this.#others.size;
    const left = this.#dispatch.leave(stand);
    this.#dispatch.recall(stand);
    void left.then(() => stand.lease.release(stand.replica));
    this.#forget(stand);
    this.#isAlone = true;
    if (!isCurrent) return void this.#scale();
    // Another of its replicas serves from now on, or a new engine.
    const [next] = this.#others.keys();
    this.#current = next;
    if (next) {
      this.#forget(next);
      this.#wantedReplicas = Math.max(this.#wantedReplicas, others);
      void this.#scale();
      return;
    }
    this.#status = 'Updating';
    this.#options.onChange();
    void this.#replace({ device: stand.device, waitMs: 0 });
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
      if (call.signal?.aborted) return;
      if (this.#current !== stand) return this.#dispatch.again(call);
      let other: Stand;
      try {
        other = await (this.#second ??= this.#prepare('wasm', this.#options.lease('wasm', false)));
        call.resolve(await askAside(other, call, await call.sent.renew!()));
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
    this.#loading.add(lease);
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
      lease.ready();
      this.#closed.signal.throwIfAborted();
      const report = await lease.engine.started;
      return { device, report, lease, replica };
    } catch (error) {
      void lease.release(replica);
      throw error;
    } finally {
      this.#loading.delete(lease);
    }
  }

  /** An engine with the model in it, which with `strict` has passed its test. */
  async #tested(device: Device, lease: EngineLease = this.#options.lease(device, this.#needsOwn)): Promise<Stand> {
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
    this.#lastModel = stand.replica.model;
    this.#lastReport = stand.report;
    this.#status = 'InService';
    stand.lease.engine.lost.catch((reason: Error) => this.#onLost(stand, reason));
    this.#dispatch.add(stand);
  }

  /** Serves with another engine; the calls that are with the one before are answered there. */
  #move(stand: Stand): void {
    const before = this.#current;
    this.#take(stand);
    this.#options.onChange();
    if (before) void this.#leave(before);
    // A graphics card does the work of several engines.
    if (stand.device !== 'wasm') for (const other of this.#others.keys()) void this.#leave(other);
  }

  async #leave(stand: Stand): Promise<void> {
    const giveRoom = this.#others.get(stand);
    this.#others.delete(stand);
    await this.#dispatch.leave(stand);
    await stand.lease.release(stand.replica);
    giveRoom?.();
  }

  /** Whether an engine that takes it is to be its own: what ended others must not end those of other models. */
  get #needsOwn(): boolean {
    return this.#isAlone || this.#losses.length > 1;
  }

  #onLost(stand: Stand, reason: Error): void {
    if (this.#closed.signal.aborted) return;
    // Which of both it is may have changed since it came.
    if (this.#others.has(stand)) return this.#onOtherLost(stand, reason);
    const isCurrent = this.#current === stand;
    // One that was left, and has nothing to do any more.
    if (!this.#dispatch.takeBack(stand, reason) && !isCurrent) return;
    const next = this.#count(stand.device, reason);
    if (!isCurrent) return;
    this.#current = undefined;
    void stand.lease.release();
    if (!next) return this.#fail(reason);
    const [other] = this.#others.keys();
    if (other) {
      // One of its other replicas serves on.
      this.#forget(other);
      this.#current = other;
      this.#options.onChange();
      return void this.#scale();
    }
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
        void this.#scale();
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
    // What serves nobody keeps no room from others.
    void this.#end(this.#failure);
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
