import type { AdapterReport } from '../adapter.ts';
import type { Artifact } from '../artifact/index.ts';
import { EndpointError, InferenceError } from '../errors.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import type { Device, RuntimeReport } from '../runtime/device.ts';
import type { SelfTest } from '../self-test.ts';
import type { Answered, Replica } from '../worker/replica.ts';
import {
  afterLoss,
  firstDevice,
  judge,
  mayReturn,
  reasonAgainst,
  type DeviceChoice,
  type Verdict,
} from './device-policy.ts';
import type { EngineLease } from './pool.ts';
import type { SentInput } from './send-input.ts';

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
  readonly selfTest: SelfTestMode;
  /** Whether WebGPU is tried where a processor plays it. */
  readonly allowsSoftware: boolean;
  readonly load: DescribeOptions & { baseUrl: string };
  /** Leases an engine; one of its own for a model that lost one. */
  lease(device: Device, own: boolean): EngineLease;
  /** The page's adapter, if WebGPU can be served at all. */
  adapter(): Promise<AdapterReport | undefined>;
  /** Opens the artifact again, where its files are gone. */
  reopen(): Promise<Artifact>;
  /** Keeps a verdict for the next visit; undefined takes one back. */
  keepVerdict(verdict: Verdict | undefined, adapter: AdapterReport | undefined): void;
  onChange(): void;
}

/** One call, until it is settled. */
export interface ServedCall {
  readonly sent: SentInput;
  readonly options: object;
  readonly signal: AbortSignal;
  /** Milliseconds that one run may take. */
  readonly timeoutMs: number;
  readonly sessionId: string | undefined;
}

interface Waiting extends Omit<ServedCall, 'sent'> {
  resolve(answered: Answered): void;
  reject(error: unknown): void;
  sent: SentInput;
  stand: Stand | undefined;
  sentAt: number;
  /** Engines that were lost by this call alone. */
  faults: number;
}

/** A model in an engine. */
interface Stand {
  readonly device: Device;
  readonly report: RuntimeReport;
  readonly lease: EngineLease;
  readonly replica: Replica;
  /** The call whose run did not end in time. */
  hung?: Waiting;
  lastReplyAt: number;
  /** Whether a call was cancelled whose run may still go on. */
  hasCancelled: boolean;
}

/** Engines that a call may bring down by itself before it is refused. */
const mostFaults = 2;

/** Milliseconds after a start, without calls, until the other device is tried. */
const quietMs = 300;

/**
 * Serves one model: keeps an engine with it, moves it to the faster device once that gave the right answers, and replaces
 * engines that are lost. A call is answered once, or rejected with the reason: those that were with a lost engine are
 * sent again, one at a time until they are through, so that one which brings engines down is told from the others.
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
  /** Calls that wait for an engine; those in front that were with a lost one come first. */
  #queue: Waiting[] = [];
  #suspects = 0;
  readonly #sent = new Set<Waiting>();
  /** Where each conversation's state is. */
  readonly #sessions = new Map<string, Stand>();
  #watchdog: { at: number; timer: ReturnType<typeof setTimeout> } | undefined;
  readonly #closed = new AbortController();

  private constructor(artifact: Artifact, options: ServingOptions) {
    this.#artifact = artifact;
    this.#options = options;
    this.#verdict = options.verdict;
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
    return new Promise((resolve, reject) => {
      call.signal.throwIfAborted();
      if (this.#failure) return reject(this.#failure);
      const waiting: Waiting = { ...call, resolve, reject, stand: undefined, sentAt: 0, faults: 0 };
      if (this.#current && this.#queue.length === 0 && this.#suspects === 0) return this.#send(this.#current, waiting);
      this.#queue.push(waiting);
      const onAbort = (): void => {
        const at = this.#queue.indexOf(waiting);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        if (at < this.#suspects) this.#suspects--;
        reject(call.signal.reason);
      };
      call.signal.addEventListener('abort', onAbort, { once: true });
      this.#pump();
    });
  }

  /** Gives the engine back. Calls are rejected by their signals. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#status = 'Deleting';
    clearTimeout(this.#watchdog?.timer);
    const stand = this.#current;
    this.#current = undefined;
    await stand?.lease.release(stand.replica);
  }

  #pump(): void {
    this.#suspects = Math.min(this.#suspects, this.#queue.length + this.#sent.size);
    while (this.#current && this.#queue.length > 0) {
      if (this.#suspects > 0 && this.#sent.size > 0) return;
      this.#send(this.#current, this.#queue.shift()!);
    }
  }

  #send(stand: Stand, call: Waiting): void {
    if (this.#isSessionLost(stand, call)) return this.#through();
    const { sent, options, signal } = call;
    call.stand = stand;
    call.sentAt = performance.now();
    this.#sent.add(call);
    this.#watch(call);
    void stand.replica.invoke(sent.input, options, sent.transfer, signal).then(
      (answered) => this.#onAnswer(stand, call, answered),
      (error: unknown) => this.#onFailure(stand, call, error),
    );
  }

  #onAnswer(stand: Stand, call: Waiting, answered: Answered): void {
    if (!this.#sent.delete(call)) return;
    stand.lastReplyAt = performance.now();
    stand.hasCancelled = false;
    this.#lossesInARow = 0;
    if (call.sessionId !== undefined && stand.replica.model.isStateful) this.#keepSession(stand, call);
    call.resolve(answered);
    this.#through();
  }

  #onFailure(stand: Stand, call: Waiting, error: unknown): void {
    const { signal } = call;
    // All calls of a lost engine are seen to together.
    if (stand.lease.engine.lostReason && !signal.aborted) return;
    if (!this.#sent.delete(call)) return;
    if (signal.aborted) stand.hasCancelled = true;
    else stand.lastReplyAt = performance.now();
    if (this.#isDoubtful(stand, call, error)) void this.#askAgain(stand, call, error);
    else call.reject(error);
    this.#through();
  }

  /** One call less is out. */
  #through(): void {
    if (this.#suspects > 0) this.#suspects--;
    this.#pump();
  }

  /** A failure on WebGPU may be the device's, and not the input's. */
  #isDoubtful(stand: Stand, { signal, sent, sessionId }: Waiting, error: unknown): boolean {
    return (
      stand.device === 'webgpu' &&
      this.#options.device === 'auto' &&
      sent.renew !== undefined &&
      sessionId === undefined &&
      !signal.aborted &&
      error instanceof InferenceError
    );
  }

  /** Asks WASM for what failed on WebGPU. Where it answers, the model moves there. */
  async #askAgain(stand: Stand, call: Waiting, error: unknown): Promise<void> {
    let other: Stand | undefined;
    try {
      other = await this.#prepare('wasm', this.#options.lease('wasm', false));
      const { input, transfer } = await call.sent.renew!();
      const answered = await other.replica.invoke(input, call.options, transfer, call.signal);
      call.resolve(answered);
      if (this.#current !== stand) return void other.lease.release(other.replica);
      this.#lossesOnWebgpu++;
      this.#rule({ device: 'wasm', reason: `on WebGPU a call failed that WASM answers: ${(error as Error).message}` });
      this.#move(other);
    } catch {
      if (other) void other.lease.release(other.replica);
      // The input's fault then, or an abort.
      call.reject(call.signal.aborted ? call.signal.reason : error);
    }
  }

  #isSessionLost(stand: Stand, { sessionId, reject }: Waiting): boolean {
    if (sessionId === undefined) return false;
    const before = this.#sessions.get(sessionId);
    if (!before || before === stand) return false;
    this.#sessions.delete(sessionId);
    reject(
      new InferenceError(
        'session-lost',
        `The conversation ${JSON.stringify(sessionId)} was lost with its engine: ${this.#losses.at(-1)} Begin it anew with the next call.`,
      ),
    );
    return true;
  }

  #keepSession(stand: Stand, { sessionId, options }: Waiting): void {
    if ((options as { endSession?: boolean }).endSession) this.#sessions.delete(sessionId!);
    else this.#sessions.set(sessionId!, stand);
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
      return { device, report, lease, replica, lastReplyAt: 0, hasCancelled: false };
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
  async #test(stand: Stand, reference?: SelfTest): Promise<string | undefined> {
    const { by, samples, failure } = await stand.replica.selfTest(this.#artifact, reference?.outputs);
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
    this.#pump();
  }

  /** Serves with another engine; the calls that are with the one before are answered there. */
  #move(stand: Stand): void {
    const before = this.#current;
    this.#take(stand);
    this.#options.onChange();
    if (before) void this.#leave(before);
  }

  async #leave(stand: Stand): Promise<void> {
    const last = [...this.#sent].filter((call) => call.stand === stand);
    await Promise.all(last.map((call) => new Promise<void>((resolve) => whenSettled(call, resolve))));
    await stand.lease.release(stand.replica);
  }

  #onLost(stand: Stand, reason: Error): void {
    const calls = [...this.#sent].filter((call) => call.stand === stand);
    for (const call of calls) this.#sent.delete(call);
    if (this.#closed.signal.aborted) return;
    const isCurrent = this.#current === stand;
    // One that was left, and has nothing to do any more.
    if (!isCurrent && calls.length === 0) return;
    this.#losses.push(reason.message);
    this.#lossesInARow++;
    if (stand.device === 'webgpu') this.#lossesOnWebgpu++;
    const culprit = stand.hung ?? (calls.length === 1 ? calls[0] : undefined);
    if (culprit) culprit.faults++;
    const again = calls.filter((call) => this.#maySendAgain(stand, call, reason));
    this.#queue.unshift(...again);
    // A call whose run did not end is known; else it may be any of them.
    this.#suspects += again.length;
    const renewed = Promise.all(again.map(renew));
    if (!isCurrent) {
      void renewed.finally(() => this.#pump());
      return;
    }
    this.#current = undefined;
    void stand.lease.release();
    const next = afterLoss(this.#options.device, stand.device, {
      inARow: this.#lossesInARow,
      onWebgpu: this.#lossesOnWebgpu,
    });
    if (!next) return this.#fail(reason);
    if (stand.device === 'webgpu' && next.device === 'wasm') this.#rule({ device: 'wasm', reason: reason.message });
    this.#status = 'Updating';
    this.#options.onChange();
    void this.#replace(next, renewed);
  }

  #maySendAgain({ device, hung, hasCancelled }: Stand, call: Waiting, reason: Error): boolean {
    if (call.signal.aborted) {
      call.reject(call.signal.reason);
      return false;
    }
    const { replica } = call.stand!;
    const isInSession = call.sessionId !== undefined && replica.model.isStateful && this.#sessions.has(call.sessionId);
    // On the slowest device there is nothing to wait for any longer.
    const isLate = hung === call && device === 'wasm' && !hasCancelled;
    if (call.sent.renew && !isLate && call.faults < mostFaults && !isInSession) return true;
    call.reject(reason);
    return false;
  }

  async #replace(next: { device: Device; waitMs: number }, renewed: Promise<unknown>): Promise<void> {
    let { device, waitMs } = next;
    await renewed;
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
        this.#losses.push((error as Error).message);
        this.#lossesInARow++;
        if (device === 'webgpu') this.#lossesOnWebgpu++;
        const then = afterLoss(this.#options.device, device, {
          inARow: this.#lossesInARow,
          onWebgpu: this.#lossesOnWebgpu,
        });
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
    const waiting = [...this.#queue, ...this.#sent];
    this.#queue = [];
    this.#sent.clear();
    this.#suspects = 0;
    for (const { reject } of waiting) reject(this.#failure);
    this.#options.onChange();
  }

  /** What is done once a model is served: it is tested, and the other device is tried. */
  #afterStart(): void {
    const { device, selfTest, verdict } = this.#options;
    setTimeout(() => {
      const stand = this.#current;
      if (!stand || this.#closed.signal.aborted) return;
      if (selfTest === 'background') void this.#testServed(stand);
      const isKnown = verdict?.device === 'wasm';
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

  /** Prepares WebGPU beside WASM, tests both, and moves the model where that is right and quicker. */
  async #tryWebgpu(): Promise<void> {
    const wasm = this.#current;
    if (!wasm || wasm.device !== 'wasm' || wasm.replica.model.isStateful) return;
    const adapter = await this.#options.adapter();
    const against = reasonAgainst(adapter, this.#options.allowsSoftware);
    if (against !== undefined) return this.#rule({ device: 'wasm', reason: against });
    let webgpu: Stand | undefined;
    try {
      webgpu = await this.#prepare('webgpu', this.#options.lease('webgpu', false));
      const reference = await wasm.replica.selfTest(this.#artifact);
      const test = await webgpu.replica.selfTest(this.#artifact, reference.outputs);
      const verdict = judge(reference, test);
      if (this.#closed.signal.aborted || this.#current !== wasm) throw new Error('The model is somewhere else by now.');
      this.#rule(verdict, adapter);
      if (verdict.device === 'wasm') return void webgpu.lease.release(webgpu.replica);
      this.#selfTest = { device: 'webgpu', by: test.by, samples: test.samples, failure: test.failure };
      this.#move(webgpu);
    } catch (error) {
      if (webgpu) void webgpu.lease.release(webgpu.replica);
      if (!this.#closed.signal.aborted) this.#rule({ device: 'wasm', reason: (error as Error).message }, adapter);
    }
  }

  #rule(verdict: Verdict, adapter?: AdapterReport): void {
    this.#verdict = verdict;
    this.#options.keepVerdict(verdict, adapter);
    this.#options.onChange();
  }

  /** Sees to it that a run which does not end is noticed. */
  #watch(call: Waiting): void {
    const at = call.sentAt + call.timeoutMs;
    if (this.#watchdog && this.#watchdog.at <= at) return;
    clearTimeout(this.#watchdog?.timer);
    this.#watchdog = { at, timer: setTimeout(() => this.#lookForHung(), at - performance.now() + 1) };
  }

  /** An engine answers in the order it was asked: what it is at is the oldest call, since its last reply. */
  #lookForHung(): void {
    this.#watchdog = undefined;
    const now = performance.now();
    const heads = new Map<Stand, Waiting>();
    for (const call of this.#sent) if (!heads.has(call.stand!)) heads.set(call.stand!, call);
    for (const [stand, head] of heads) {
      const began = Math.max(head.sentAt, stand.lastReplyAt);
      if (now < began + head.timeoutMs) {
        this.#watch({ ...head, sentAt: began });
        continue;
      }
      stand.hung = head;
      const seconds = (head.timeoutMs / 1000).toLocaleString('en');
      stand.lease.engine.end(
        new InferenceError(
          'timed-out',
          `A run of ${JSON.stringify(this.#options.name)} on ${stand.device} did not end within ${seconds} s, and was ended. Give it a smaller input, or more time with { timeoutMs }.`,
        ),
      );
    }
  }
}

/** Milliseconds after which a model that was moved from WebGPU to WASM is tried there again. */
const returnMs = 30_000;

/** Makes an input ready to be sent once more. */
async function renew(call: Waiting): Promise<void> {
  try {
    call.sent = await call.sent.renew!();
  } catch {
    // What cannot be sent is told when it is tried.
  }
}

function whenSettled(call: Waiting, done: () => void): void {
  const { resolve, reject } = call;
  call.resolve = (answered) => (resolve(answered), done());
  call.reject = (error) => (reject(error), done());
}
