import { EndpointError, InferenceError } from '../errors.ts';
import type { Device, RuntimeReport } from '../runtime/device.ts';
import type { TextPiece } from '../generation/options.ts';
import { WaitingLine, type Priority, type Queued, type QueuePolicy } from '../batching/waiting-line.ts';
import type { Answered, Asking, Replica } from '../worker/replica.ts';
import type { EngineLease } from './pool.ts';
import type { SentInput } from './send-input.ts';

/** A model in an engine. */
export interface Stand {
  readonly device: Device;
  readonly report: RuntimeReport;
  readonly lease: EngineLease;
  readonly replica: Replica;
}

/** Milliseconds that a run may take, where nobody says otherwise. */
export const usualTimeoutMs = 300_000;

/** One call, until it is settled. */
export interface ServedCall {
  readonly sent: SentInput;
  readonly options: object;
  /** Its reason is what the call is rejected with, wherever it is. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds that one run may take. */
  readonly timeoutMs: number;
  readonly sessionId: string | undefined;
  readonly priority: Priority;
  /** Milliseconds that it may wait for an engine. */
  readonly queueTimeoutMs?: number | undefined;
  /**
   * Engines that it may be sent to after one was lost by it; with 0, it is sent to one alone. Where it is given, one that
   * was too late is sent again too.
   */
  readonly retries?: number | undefined;
  /** Is told what there is of the answer, as it comes: each piece once, whichever engines they come from. */
  readonly onPiece?: ((piece: TextPiece) => void) | undefined;
  /** `performance.now()` when it was made. */
  readonly madeAt: number;
}

/** A call that waits for its answer. Settling it twice is once. */
export interface OpenCall extends Omit<ServedCall, 'sent'>, Queued {
  sent: SentInput;
  /** Whether its input was sent already, and has to be made ready again. */
  isSpent: boolean;
  stand: Stand | undefined;
  /** Tokens of the answer that are there, by the choice they are of: another engine goes on from them. */
  readonly tokens: number[][];
  /** What the engine calls it. */
  id: number | undefined;
  sentAt: number;
  /** Engines that were lost by this call alone. */
  faults: number;
  /** Whether it may have been what an engine was lost by: then it is sent alone. */
  isSuspect: boolean;
  readonly resolve: (answered: Answered) => void;
  readonly reject: (error: unknown) => void;
}

/** What an engine is asked by a call. */
function askingOf(call: OpenCall, sent: SentInput): Asking {
  const { timeoutMs, tokens } = call;
  const options = tokens.length > 0 ? { ...call.options, resume: tokens.map((one) => [...one]) } : call.options;
  return {
    input: sent.input,
    transfer: sent.transfer,
    options,
    isTimed: timeoutMs < usualTimeoutMs ? true : undefined,
  };
}

/** Passes an answer's pieces on, and remembers their tokens. */
function pieceReader({ onPiece, tokens }: OpenCall): ((piece: unknown) => void) | undefined {
  if (!onPiece) return undefined;
  return (piece) => {
    const { index, token, text } = piece as TextPiece;
    // A sign of life.
    if (token === undefined && text === '') return;
    while (tokens.length <= index) tokens.push([]);
    if (token !== undefined) tokens[index]!.push(token);
    onPiece(piece as TextPiece);
  };
}

/** Asks an engine that calls are not sent to, for one of them. */
export function askAside({ replica }: Stand, call: OpenCall, sent: SentInput): Promise<Answered> {
  return new Promise((onAnswer, onFailure) => {
    const id = replica.send(askingOf(call, sent), { onPiece: pieceReader(call), onAnswer, onFailure });
    call.signal?.addEventListener('abort', () => replica.cancel(id), { once: true });
  });
}

/** What a dispatch tells of. */
export interface DispatchListener {
  /** An engine has answered a call. */
  onAnswer(): void;
  /** True when the failure is somebody else's to see to: the call is then settled, or sent `again()`, from there. */
  onFailure(stand: Stand, call: OpenCall, error: unknown): boolean;
  /** An engine is still at a call that was cancelled, and will be for some time. */
  onOccupied(stand: Stand): void;
  /** Calls wait, and no engine is there. */
  onWanted(): void;
}

/** Engines that a call is sent to after one was lost by it, where nobody says otherwise. */
const usualRetries = 1;

/** Calls that are with one engine at the least, before others wait in the page. */
const leastInFlight = 8;

/** And at the most: what a fast one works off in that many milliseconds. */
const mostInFlight = 128;
const ahead = 50;

/** Milliseconds of work by which an engine's rate is told. */
const leastBusyMs = 10;

/** Milliseconds that an engine may go on with a cancelled call of which nothing is known; texts end by themselves. */
const graceMs = 50;
const textGraceMs = 5000;

/** And with one that is known to take long. */
const leastGraceMs = 10;

/** Milliseconds that are sooner waited for than another engine is there. */
const worthWaitingMs = 150;

/** What is with one engine. */
interface Load {
  /** In the order they were sent. */
  readonly calls: Set<OpenCall>;
  /** Answers a millisecond, while it has work. */
  rate: number;
  /** Answers since the rate was last told, the time it had work, and when that was last looked at. */
  answers: number;
  busyMs: number;
  since: number;
  /** Cancelled calls that it is still at. */
  readonly occupied: Map<number, ReturnType<typeof setTimeout>>;
  isLeaving: boolean;
  onLeft: (() => void) | undefined;
}

/**
 * Brings calls to the engines that serve, the least busy one first, and their answers back. A call is answered once, or
 * rejected with the reason: those that were with a lost engine are sent again. Where it is not known which of them it was
 * lost by, they are sent one at a time until they are through, so that one which brings engines down is told from the others.
 */
export class Dispatch {
  readonly #name: string;
  readonly #listener: DispatchListener;
  readonly #loads = new Map<Stand, Load>();
  #failure: Error | undefined;
  /** Calls of lost engines, which come first. */
  #returned: OpenCall[] = [];
  /** Calls that wait for an engine. */
  readonly #line: WaitingLine<OpenCall>;
  /** The suspect that is out alone. */
  #alone: OpenCall | undefined;
  #sentCount = 0;
  /** Where each conversation's state is, and when it was told that this is gone. */
  readonly #conversations = new Map<string, { stand: Stand; toldAt?: number }>();
  #watchdog: { at: number; timer: ReturnType<typeof setTimeout> } | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  /** Calls by the signals that may end them. */
  readonly #signals = new Map<AbortSignal, { readonly calls: Set<OpenCall>; readonly onAbort: () => void }>();

  /** @param name the endpoint's, for messages */
  constructor(name: string, policy: QueuePolicy, listener: DispatchListener) {
    this.#name = name;
    this.#line = new WaitingLine(policy);
    this.#listener = listener;
  }

  /** Calls without an answer. */
  get openCalls(): number {
    return this.#sentCount + this.backlog;
  }

  /** Answers a millisecond that the engines give while they have work; 0 while that is not known. */
  get answersPerMs(): number {
    let sum = 0;
    for (const { rate } of this.#loads.values()) sum += rate;
    return sum;
  }

  /** Calls that wait for an engine. */
  get backlog(): number {
    return this.#line.size + this.#returned.length;
  }

  /** Engines that calls are sent to. */
  get stands(): Stand[] {
    return [...this.#loads].filter(([, { isLeaving }]) => !isLeaving).map(([stand]) => stand);
  }

  /** Calls that are with one engine. */
  callsWith(stand: Stand): number {
    return this.#loads.get(stand)?.calls.size ?? 0;
  }

  /** Whether there are conversations that have begun and not ended. */
  get holdsConversations(): boolean {
    return this.#conversations.size > 0;
  }

  /** How many they are. */
  get standCount(): number {
    let count = 0;
    for (const { isLeaving } of this.#loads.values()) if (!isLeaving) count++;
    return count;
  }

  /** Answers a call. An abort rejects at once, with the signal's reason. */
  invoke(served: ServedCall): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const { signal } = served;
      signal?.throwIfAborted();
      if (this.#failure) throw this.#failure;
      const settled = signal && ((): void => this.#settled(signal, call));
      const call: OpenCall = {
        sent: served.sent,
        options: served.options,
        signal,
        timeoutMs: served.timeoutMs,
        sessionId: served.sessionId,
        priority: served.priority,
        queueTimeoutMs: served.queueTimeoutMs,
        retries: served.retries,
        onPiece: served.onPiece,
        madeAt: served.madeAt,
        at: served.madeAt,
        isSpent: false,
        stand: undefined,
        tokens: [],
        id: undefined,
        sentAt: 0,
        faults: 0,
        isSuspect: false,
        resolve: settled ? (answered) => (settled(), resolve(answered)) : resolve,
        reject: settled ? (error) => (settled(), reject(error)) : reject,
      };
      if (signal) this.#endWith(signal, call);
      try {
        this.#add(call);
      } catch (error) {
        call.reject(error);
      }
    });
  }

  /** Has a call end with a signal, which many may share: it is listened to once for all of them. */
  #endWith(signal: AbortSignal, call: OpenCall): void {
    const known = this.#signals.get(signal);
    if (known) return void known.calls.add(call);
    const calls = new Set([call]);
    const onAbort = (): void => {
      this.#signals.delete(signal);
      for (const one of calls) this.#cancel(one);
    };
    this.#signals.set(signal, { calls, onAbort });
    signal.addEventListener('abort', onAbort, { once: true });
  }

  #settled(signal: AbortSignal, call: OpenCall): void {
    const known = this.#signals.get(signal);
    if (!known?.calls.delete(call) || known.calls.size > 0) return;
    this.#signals.delete(signal);
    signal.removeEventListener('abort', known.onAbort);
  }

  /** Sends calls to this engine too from now on. */
  add(stand: Stand): void {
    this.#loads.set(stand, {
      calls: new Set(),
      rate: 0,
      since: 0,
      answers: 0,
      busyMs: 0,
      occupied: new Map(),
      isLeaving: false,
      onLeft: undefined,
    });
    this.#pump();
  }

  /** Sends no calls to an engine any more. Resolves when none is with it. */
  async leave(stand: Stand): Promise<void> {
    const load = this.#loads.get(stand);
    if (!load) return;
    load.isLeaving = true;
    if (load.calls.size > 0) await new Promise<void>((resolve) => (load.onLeft = resolve));
    this.#forget(stand);
  }

  /** Sends a call once more whose failure was seen to. */
  again(call: OpenCall): void {
    if (call.signal?.aborted) call.reject(call.signal.reason);
    else if (this.#failure) call.reject(this.#failure);
    else this.#return([call]);
  }

  /**
   * Takes back what was with a lost engine, to be sent to the next one.
   *
   * @returns whether there was any
   */
  takeBack(stand: Stand, reason: Error): boolean {
    const calls = [...(this.#loads.get(stand)?.calls ?? [])];
    const wasOccupied = (this.#loads.get(stand)?.occupied.size ?? 0) > 0;
    const { engine, isShared } = stand.lease;
    const culprit = calls.find(({ id }) => id !== undefined && id === engine.culprit?.id);
    const isKnown = engine.culprit !== undefined;
    if (culprit) culprit.faults++;
    // In an engine that others share it may have been a call of theirs.
    else if (!isKnown && calls.length === 1 && !isShared) calls[0]!.faults++;
    const again = calls.filter((call) => {
      this.#out(call);
      const why = this.#whyNotAgain(stand, call, call === culprit ? engine.culprit!.error : reason, wasOccupied);
      if (why === undefined) return true;
      call.reject(why);
      return false;
    });
    this.#forget(stand);
    for (const call of again) call.isSuspect = isKnown ? call === culprit : true;
    this.#return(again);
    return calls.length > 0;
  }

  /** Sends to other engines what is with one that is left, where that may be sent again. */
  recall(stand: Stand): void {
    const isInConversation = ({ sessionId }: OpenCall): boolean =>
      sessionId !== undefined && stand.replica.model.isStateful;
    const calls = [...(this.#loads.get(stand)?.calls ?? [])].filter(
      (call) => call.sent.renew && call.isSpent && !isInConversation(call),
    );
    for (const call of calls) {
      if (call.id !== undefined) stand.replica.cancel(call.id);
      this.#out(call);
    }
    this.#return(calls);
  }

  /** Rejects all calls, and those to come. */
  fail(failure: Error): void {
    this.#failure = failure;
    const sent = [...this.#allSent()];
    for (const [stand, { calls }] of this.#loads) {
      for (const { id } of calls) if (id !== undefined) stand.replica.cancel(id);
      this.#forget(stand);
    }
    this.#sentCount = 0;
    this.#alone = undefined;
    clearTimeout(this.#watchdog?.timer);
    clearTimeout(this.#expiry);
    for (const { reject } of sent) reject(failure);
    this.refuse(failure);
  }

  #add(call: OpenCall): void {
    // Most calls find an engine that has room, and need no line.
    if (this.backlog === 0 && !this.#alone && !call.isSuspect) {
      const stand = this.#standFor(call);
      if (stand) return this.#send(stand, call);
    }
    if (this.#line.isFull(call.priority)) throw this.#throttled();
    this.#line.add(call);
    this.#expireLater();
    if (this.stands.length === 0) this.#listener.onWanted();
    this.#pump();
  }

  /** Rejects those that wait, since no engine comes. */
  refuse(reason: unknown): void {
    const waiting = [...this.#returned, ...this.#line.items];
    this.#returned = [];
    this.#line.remove(new Set(this.#line.items));
    for (const { reject } of waiting) reject(reason);
  }

  #throttled(): EndpointError {
    const perMs = this.answersPerMs;
    const retryAfterMs = Math.ceil(perMs > 0 ? Math.min(this.#line.size / perMs, longestRetryMs) : usualRetryMs);
    return new EndpointError(
      'throttled',
      `${this.#line.size.toLocaleString('en')} calls of ${JSON.stringify(this.#name)} wait, and no more may. Send this one again in ${retryAfterMs} ms, or deploy with a larger { batching: { maxQueueSize } }.`,
      { retryAfterMs },
    );
  }

  #return(calls: readonly OpenCall[]): void {
    this.#returned.unshift(...calls);
    if (calls.length > 0 && this.stands.length === 0) this.#listener.onWanted();
    this.#pump();
  }

  #pump(): void {
    while (!this.#alone) {
      const call = this.#returned[0] ?? this.#line.first;
      if (!call || (call.isSuspect && this.#sentCount > 0)) return;
      const stand = this.#standFor(call);
      if (!stand) return;
      if (call === this.#returned[0]) this.#returned.shift();
      else this.#line.remove(new Set([call]));
      this.#send(stand, call);
    }
  }

  /** The engine that knows the call's conversation, or else has the least to do; undefined while none has room. */
  #standFor({ sessionId }: OpenCall): Stand | undefined {
    let best: Stand | undefined;
    let least = Infinity;
    for (const [stand, { calls, rate, isLeaving }] of this.#loads) {
      if (isLeaving) continue;
      const most = Math.min(mostInFlight, Math.max(leastInFlight, rate * ahead));
      if (calls.size < least && calls.size < most) [best, least] = [stand, calls.size];
    }
    const known = sessionId === undefined ? undefined : this.#conversations.get(sessionId)?.stand;
    const load = known && this.#loads.get(known);
    return load && !load.isLeaving && load.calls.size < mostInFlight ? known : best;
  }

  #send(stand: Stand, call: OpenCall): void {
    if (this.#isConversationLost(stand, call)) return call.reject(this.#conversationLost(call));
    const load = this.#loads.get(stand)!;
    const now = performance.now();
    call.stand = stand;
    call.id = undefined;
    call.sentAt = now;
    if (call.isSuspect) this.#alone = call;
    if (load.calls.size === 0) load.since = now;
    load.calls.add(call);
    this.#sentCount++;
    if (load.calls.size === 1) this.#watch(stand);
    if (!call.isSpent) return this.#post(stand, call);
    const isStill = (): boolean => load.calls.has(call) && call.stand === stand && call.id === undefined;
    void renew(call).then(() => isStill() && this.#post(stand, call));
  }

  #post(stand: Stand, call: OpenCall): void {
    call.isSpent = true;
    const id = stand.replica.send(askingOf(call, call.sent), {
      onPiece: pieceReader(call),
      onAnswer: (answered) => this.#onAnswer(stand, call, id, answered),
      onFailure: (error) => this.#onFailure(stand, call, id, error),
      onGone: () => this.#onGone(stand, id),
    });
    call.id = id;
  }

  #onAnswer(stand: Stand, call: OpenCall, id: number, answered: Answered): void {
    if (!this.#isWith(stand, call, id)) return;
    const load = this.#loads.get(stand);
    if (load) this.#count(load);
    if (call.sessionId !== undefined) this.#keepConversation(stand, call);
    this.#listener.onAnswer();
    this.#through(call);
    call.resolve(answered);
  }

  #count(load: Load): void {
    load.answers++;
    const now = performance.now();
    load.busyMs += now - load.since;
    load.since = now;
    if (load.busyMs < leastBusyMs) return;
    const rate = load.answers / load.busyMs;
    load.rate = load.rate === 0 ? rate : (load.rate + rate) / 2;
    [load.busyMs, load.answers] = [0, 0];
  }

  #onFailure(stand: Stand, call: OpenCall, id: number, error: unknown): void {
    // All calls of a lost engine are taken back together.
    if (stand.lease.engine.lostReason || !this.#isWith(stand, call, id)) return;
    const isSeenTo = this.#listener.onFailure(stand, call, error);
    this.#through(call);
    if (!isSeenTo) call.reject(error);
  }

  #cancel(call: OpenCall): void {
    const { stand, id } = call;
    const load = stand && this.#loads.get(stand);
    if (load?.calls.has(call)) {
      if (id !== undefined) {
        const isAtIt = this.#oldestWith(stand!) === call;
        const ranMs = performance.now() - this.#startOf(stand!, call);
        stand!.replica.cancel(id);
        this.#watchOccupied(stand!, load, { id, call, isAtIt, ranMs });
      }
      this.#through(call);
    } else {
      this.#line.remove(new Set([call]));
      this.#returned = this.#returned.filter((one) => one !== call);
    }
    call.reject(call.signal!.reason);
  }

  /** An engine that goes on with what nobody waits for is told of. */
  #watchOccupied(
    stand: Stand,
    load: Load,
    { id, call, isAtIt, ranMs }: { id: number; call: OpenCall; isAtIt: boolean; ranMs: number },
  ): void {
    const isText = call.onPiece !== undefined || writesTexts.test(stand.replica.model.task);
    const ms = isText ? textGraceMs : graceOf(ranMs, load.rate);
    const timer = setTimeout(() => {
      load.occupied.delete(id);
      if (isAtIt && this.#loads.get(stand) === load && !load.isLeaving) this.#listener.onOccupied(stand);
    }, ms);
    load.occupied.set(id, timer);
  }

  #onGone(stand: Stand, id: number): void {
    const occupied = this.#loads.get(stand)?.occupied;
    clearTimeout(occupied?.get(id));
    occupied?.delete(id);
  }

  #isWith(stand: Stand, call: OpenCall, id: number): boolean {
    return call.stand === stand && call.id === id && (this.#loads.get(stand)?.calls.has(call) ?? false);
  }

  /** A call is with its engine no more, and leaves room for the next. */
  #through(call: OpenCall): void {
    const stand = call.stand!;
    this.#out(call);
    this.#watch(stand);
    if (this.backlog > 0) this.#pump();
  }

  #out(call: OpenCall): void {
    if (this.#alone === call) this.#alone = undefined;
    const load = this.#loads.get(call.stand!);
    if (!load?.calls.delete(call)) return;
    this.#sentCount--;
    if (load.calls.size === 0) load.onLeft?.();
  }

  #forget(stand: Stand): void {
    const load = this.#loads.get(stand);
    for (const timer of load?.occupied.values() ?? []) clearTimeout(timer);
    this.#loads.delete(stand);
    load?.onLeft?.();
  }

  *#allSent(): Iterable<OpenCall> {
    for (const { calls } of this.#loads.values()) yield* calls;
  }

  #oldestWith(stand: Stand): OpenCall | undefined {
    return this.#loads.get(stand)?.calls.values().next().value;
  }

  /** What a call of a lost engine is rejected with; undefined of one that is sent again. */
  #whyNotAgain(stand: Stand, call: OpenCall, reason: Error, wasOccupied: boolean): unknown {
    const { signal, sessionId, sent, faults, retries } = call;
    if (signal?.aborted) return signal.reason;
    const isStateful = stand.replica.model.isStateful;
    const isTold = isStateful && sessionId !== undefined && this.#conversations.get(sessionId)?.stand === stand;
    if (isTold) return this.#conversationLost(call);
    if (retries === 0) return reason;
    // On the slowest device there is nothing to wait for any longer, unless the caller thinks so.
    const { device } = stand;
    const isLate = (reason as Partial<InferenceError>).code === 'timed-out';
    if (isLate && device === 'wasm' && !wasOccupied && retries === undefined) return reason;
    return sent.renew && faults <= (retries ?? usualRetries) ? undefined : reason;
  }

  /** Whether a call goes on with what another engine knew. One that was made since that was told begins anew. */
  #isConversationLost(stand: Stand, { sessionId, madeAt }: OpenCall): boolean {
    if (sessionId === undefined || !stand.replica.model.isStateful) return false;
    const before = this.#conversations.get(sessionId);
    if (!before || before.stand === stand) return false;
    return before.toldAt === undefined || madeAt < before.toldAt;
  }

  #conversationLost({ sessionId }: OpenCall): InferenceError {
    this.#conversations.get(sessionId!)!.toldAt ??= performance.now();
    return new InferenceError(
      'session-lost',
      `The conversation ${JSON.stringify(sessionId)} is lost with the engine that knew it. Begin it anew with the next call.`,
    );
  }

  #keepConversation(stand: Stand, { sessionId, options }: OpenCall): void {
    if ((options as { endSession?: boolean }).endSession) this.#conversations.delete(sessionId!);
    else this.#conversations.set(sessionId!, { stand });
    // Of those that keep no state here it is enough to know the last ones.
    if (this.#conversations.size > mostConversations && !stand.replica.model.isStateful)
      this.#conversations.delete(this.#conversations.keys().next().value!);
  }

  /** Those that wait for too long are refused though no engine gets free. */
  #expireLater(): void {
    if (this.#expiry !== undefined) return;
    const now = performance.now();
    const at = this.#line.nextExpiry;
    if (at === Infinity) return;
    this.#expiry = setTimeout(
      () => {
        this.#expiry = undefined;
        for (const call of this.#line.expire(performance.now())) call.reject(lateInQueue(this.#name, call));
        this.#expireLater();
      },
      Math.min(Math.max(0, at - now) + 1, longestTimerMs),
    );
  }

  /** Sees to it that a run which does not end is noticed. */
  #watch(stand: Stand): void {
    const head = this.#oldestWith(stand);
    if (head) this.#wake(this.#startOf(stand, head) + head.timeoutMs);
  }

  #wake(at: number): void {
    if (this.#watchdog && this.#watchdog.at <= at) return;
    clearTimeout(this.#watchdog?.timer);
    const ms = Math.min(at - performance.now() + 1, longestTimerMs);
    this.#watchdog = { at, timer: setTimeout(() => this.#lookForLate(), ms) };
  }

  /** An engine answers in the order it was asked: what it is at is the oldest call, since its last sign of life. */
  #startOf({ lease }: Stand, { sentAt }: OpenCall): number {
    return Math.max(sentAt, lease.engine.lastSignAt);
  }

  #lookForLate(): void {
    this.#watchdog = undefined;
    const now = performance.now();
    for (const stand of this.#loads.keys()) {
      const head = this.#oldestWith(stand);
      if (!head) continue;
      const { engine } = stand.lease;
      if (now < this.#startOf(stand, head) + head.timeoutMs) {
        this.#watch(stand);
        continue;
      }
      // It waits for somebody else's, who has their own time to give it.
      if (head.id === undefined || engine.oldest !== head.id) {
        this.#wake(now + head.timeoutMs);
        continue;
      }
      const seconds = (head.timeoutMs / 1000).toLocaleString('en');
      engine.endFor(
        head.id,
        new InferenceError(
          'timed-out',
          `A run of ${JSON.stringify(this.#name)} on ${stand.device} did not end within ${seconds} s, and was ended. Give it a smaller input, or more time with { timeoutMs }.`,
        ),
      );
    }
  }
}

/** How long a run that took so long already, of a model of that rate, may go on when nobody waits for it. */
function graceOf(ranMs: number, rate: number): number {
  const leftMs = rate > 0 ? 1 / rate - ranMs : 0;
  if (leftMs > worthWaitingMs) return leastGraceMs;
  if (leftMs > 0) return Math.max(leastGraceMs, 1.5 * leftMs);
  return Math.max(leastGraceMs, graceMs - ranMs);
}

/** Tasks whose answers come token by token. */
export const writesTexts: RegExp = /generation|^translation|^summ|^automatic-speech/;

/** Conversations whose engine is remembered, though it keeps nothing that is needed of them. */
const mostConversations = 1000;

/** Milliseconds after which a refused call may come again, where it is not known how quick the engines are, and at most. */
const usualRetryMs = 1000;
const longestRetryMs = 60_000;

/** The most that `setTimeout` can wait. */
const longestTimerMs = 2 ** 31 - 1;

function lateInQueue(name: string, { at }: OpenCall): InferenceError {
  const seconds = ((performance.now() - at) / 1000).toFixed(1);
  return new InferenceError(
    'timed-out',
    `A call of ${JSON.stringify(name)} waited ${seconds} s for an engine, and was to wait no longer. Send less at once, or give it more { queueTimeoutMs }.`,
  );
}

/** Makes an input ready to be sent once more. */
async function renew(call: OpenCall): Promise<void> {
  try {
    call.sent = await call.sent.renew!();
  } catch {
    // What cannot be sent is told when it is tried.
  }
}
