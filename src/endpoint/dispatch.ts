import type { EndpointError } from '../errors.ts';
import { InferenceError } from '../errors.ts';
import type { Device, RuntimeReport } from '../runtime/device.ts';
import type { TextPiece } from '../generation/options.ts';
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
  readonly signal: AbortSignal;
  /** Milliseconds that one run may take. */
  readonly timeoutMs: number;
  readonly sessionId: string | undefined;
  /** Is told what there is of the answer, as it comes: each piece once, whichever engines they come from. */
  readonly onPiece?: ((piece: TextPiece) => void) | undefined;
  /** `performance.now()` when it was made. */
  readonly madeAt: number;
}

/** A call that waits for its answer. Settling it twice is once. */
export interface OpenCall extends Omit<ServedCall, 'sent'> {
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
export function askingOf(call: OpenCall, sent: SentInput): Asking {
  const { signal, timeoutMs, onPiece, tokens } = call;
  const options = tokens.length > 0 ? { ...call.options, resume: tokens.map((one) => [...one]) } : call.options;
  const isTimed = timeoutMs < usualTimeoutMs;
  if (!onPiece) return { ...sent, options, signal, isTimed };
  const onNext = (piece: unknown): void => {
    const { index, token, text } = piece as TextPiece;
    // A sign of life.
    if (token === undefined && text === '') return;
    while (tokens.length <= index) tokens.push([]);
    if (token !== undefined) tokens[index]!.push(token);
    onPiece(piece as TextPiece);
  };
  return { ...sent, options, signal, isTimed, onPiece: onNext };
}

/** What a dispatch tells of. */
export interface DispatchListener {
  /** An engine has answered a call. */
  onAnswer(): void;
  /** True when the failure is somebody else's to see to: the call is then settled, or sent `again()`, from there. */
  onFailure(stand: Stand, call: OpenCall, error: unknown): boolean;
}

/** Engines that a call may bring down by itself before it is refused. */
const mostFaults = 2;

/**
 * Brings calls to the engine that serves, and their answers back. A call is answered once, or rejected with the reason:
 * those that were with a lost engine are sent again. Where it is not known which of them it was lost by, they are sent one
 * at a time until they are through, so that one which brings engines down is told from the others.
 */
export class Dispatch {
  readonly #name: string;
  readonly #listener: DispatchListener;
  #stand: Stand | undefined;
  #failure: EndpointError | undefined;
  /** Calls that wait for an engine; those in front that were with a lost one come first. */
  #queue: OpenCall[] = [];
  /** Calls that are with an engine, in the order they were sent. */
  readonly #sent = new Set<OpenCall>();
  /** The suspect that is out alone. */
  #alone: OpenCall | undefined;
  /** Where each conversation's state is, and when it was told that this is gone. */
  readonly #conversations = new Map<string, { stand: Stand; toldAt?: number }>();
  readonly #leaving = new Map<Stand, () => void>();
  /** Engines with a run that may still go on though its call was cancelled. */
  readonly #distracted = new WeakSet<Stand>();
  #watchdog: { at: number; timer: ReturnType<typeof setTimeout> } | undefined;

  /** @param name the endpoint's, for messages */
  constructor(name: string, listener: DispatchListener) {
    this.#name = name;
    this.#listener = listener;
  }

  /** Answers a call. An abort rejects at once, with the signal's reason. */
  invoke(served: ServedCall): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const { signal } = served;
      signal.throwIfAborted();
      if (this.#failure) throw this.#failure;
      const onAbort = (): void => this.#cancel(call);
      const settled = (): void => signal.removeEventListener('abort', onAbort);
      const call: OpenCall = {
        ...served,
        isSpent: false,
        stand: undefined,
        tokens: [],
        id: undefined,
        sentAt: 0,
        faults: 0,
        isSuspect: false,
        resolve: (answered) => (settled(), resolve(answered)),
        reject: (error) => (settled(), reject(error)),
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(call);
      this.#pump();
    });
  }

  /** Sends calls to this engine from now on; those that are with the one before are answered there. */
  serveBy(stand: Stand): void {
    this.#stand = stand;
    this.#pump();
  }

  /** Resolves when no call is with an engine any more. */
  async left(stand: Stand): Promise<void> {
    if (this.#oldestWith(stand)) await new Promise<void>((resolve) => this.#leaving.set(stand, resolve));
  }

  /** Sends a call once more whose failure was seen to. */
  again(call: OpenCall): void {
    if (call.signal.aborted) call.reject(call.signal.reason);
    else if (this.#failure) call.reject(this.#failure);
    else {
      this.#queue.unshift(call);
      this.#pump();
    }
  }

  /**
   * Takes back what was with a lost engine, to be sent to the next one.
   *
   * @returns whether there was any
   */
  takeBack(stand: Stand, reason: Error): boolean {
    if (this.#stand === stand) this.#stand = undefined;
    const calls = [...this.#sent].filter((call) => call.stand === stand);
    const { engine, isShared } = stand.lease;
    const culprit = calls.find(({ id }) => id !== undefined && id === engine.culprit?.id);
    const isKnown = engine.culprit !== undefined;
    if (culprit) culprit.faults++;
    // In an engine that others share it may have been a call of theirs.
    else if (!isKnown && calls.length === 1 && !isShared) calls[0]!.faults++;
    const again = calls.filter((call) => {
      this.#out(call);
      const why = this.#whyNotAgain(stand, call, call === culprit ? engine.culprit!.error : reason);
      if (why === undefined) return true;
      call.reject(why);
      return false;
    });
    for (const call of again) call.isSuspect = isKnown ? call === culprit : true;
    this.#queue.unshift(...again);
    this.#pump();
    return calls.length > 0;
  }

  /** Sends to the engine that serves what is with one that was left for its failures, where that may be sent again. */
  recall(stand: Stand): void {
    const isInConversation = ({ sessionId }: OpenCall): boolean =>
      sessionId !== undefined && stand.replica.model.isStateful;
    const calls = [...this.#sent].filter(
      (call) => call.stand === stand && call.sent.renew && call.isSpent && !isInConversation(call),
    );
    for (const call of calls) this.#out(call);
    this.#queue.unshift(...calls);
    this.#pump();
  }

  /** Rejects all calls, and those to come. */
  fail(failure: EndpointError): void {
    this.#failure = failure;
    this.#stand = undefined;
    const waiting = [...this.#queue, ...this.#sent];
    this.#queue = [];
    for (const call of this.#sent) this.#out(call);
    for (const { reject } of waiting) reject(failure);
  }

  /** Sends nothing any more. Calls are rejected by their signals. */
  close(): void {
    this.#stand = undefined;
    clearTimeout(this.#watchdog?.timer);
  }

  #pump(): void {
    while (this.#stand && this.#queue.length > 0 && !this.#alone) {
      const call = this.#queue[0]!;
      if (call.isSuspect && this.#sent.size > 0) return;
      this.#queue.shift();
      this.#send(this.#stand, call);
    }
  }

  #send(stand: Stand, call: OpenCall): void {
    if (this.#isConversationLost(stand, call)) return call.reject(this.#conversationLost(call));
    call.stand = stand;
    call.id = undefined;
    call.sentAt = performance.now();
    if (call.isSuspect) this.#alone = call;
    this.#sent.add(call);
    this.#watch(stand);
    if (!call.isSpent) return this.#post(stand, call);
    const isStill = (): boolean => this.#sent.has(call) && call.stand === stand && call.id === undefined;
    void renew(call).then(() => isStill() && this.#post(stand, call));
  }

  #post(stand: Stand, call: OpenCall): void {
    call.isSpent = true;
    const { id, answered } = stand.replica.invoke(askingOf(call, call.sent));
    call.id = id;
    answered.then(
      (answer) => this.#onAnswer(stand, call, id, answer),
      (error: unknown) => this.#onFailure(stand, call, id, error),
    );
  }

  #onAnswer(stand: Stand, call: OpenCall, id: number, answered: Answered): void {
    if (!this.#isWith(stand, call, id)) return;
    this.#distracted.delete(stand);
    if (call.sessionId !== undefined && stand.replica.model.isStateful) this.#keepConversation(stand, call);
    this.#listener.onAnswer();
    call.resolve(answered);
    this.#through(call);
  }

  #onFailure(stand: Stand, call: OpenCall, id: number, error: unknown): void {
    // All calls of a lost engine are taken back together.
    if (stand.lease.engine.lostReason || !this.#isWith(stand, call, id)) return;
    if (!this.#listener.onFailure(stand, call, error)) call.reject(error);
    this.#through(call);
  }

  #cancel(call: OpenCall): void {
    if (this.#sent.has(call)) {
      this.#distracted.add(call.stand!);
      this.#through(call);
    } else {
      this.#queue = this.#queue.filter((one) => one !== call);
    }
    call.reject(call.signal.reason);
  }

  #isWith(stand: Stand, call: OpenCall, id: number): boolean {
    return this.#sent.has(call) && call.stand === stand && call.id === id;
  }

  /** A call is with its engine no more, and leaves room for the next. */
  #through(call: OpenCall): void {
    const stand = call.stand!;
    this.#out(call);
    this.#watch(stand);
    this.#pump();
  }

  #out(call: OpenCall): void {
    this.#sent.delete(call);
    if (this.#alone === call) this.#alone = undefined;
    const stand = call.stand!;
    if (!this.#leaving.has(stand) || this.#oldestWith(stand)) return;
    this.#leaving.get(stand)!();
    this.#leaving.delete(stand);
  }

  #oldestWith(stand: Stand): OpenCall | undefined {
    for (const call of this.#sent) if (call.stand === stand) return call;
    return undefined;
  }

  /** What a call of a lost engine is rejected with; undefined of one that is sent again. */
  #whyNotAgain(stand: Stand, call: OpenCall, reason: Error): unknown {
    const { signal, sessionId, sent, faults } = call;
    if (signal.aborted) return signal.reason;
    const isTold = sessionId !== undefined && this.#conversations.get(sessionId)?.stand === stand;
    if (isTold) return this.#conversationLost(call);
    // On the slowest device there is nothing to wait for any longer.
    const { device } = stand;
    const isLate = (reason as Partial<InferenceError>).code === 'timed-out';
    if (isLate && device === 'wasm' && !this.#distracted.has(stand)) return reason;
    return sent.renew && faults < mostFaults ? undefined : reason;
  }

  /** Whether a call goes on with what another engine knew. One that was made since that was told begins anew. */
  #isConversationLost(stand: Stand, { sessionId, madeAt }: OpenCall): boolean {
    const before = sessionId !== undefined && this.#conversations.get(sessionId);
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
    for (const stand of new Set([...this.#sent].map((call) => call.stand!))) {
      const head = this.#oldestWith(stand)!;
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

/** The most that `setTimeout` can wait. */
const longestTimerMs = 2 ** 31 - 1;

/** Makes an input ready to be sent once more. */
async function renew(call: OpenCall): Promise<void> {
  try {
    call.sent = await call.sent.renew!();
  } catch {
    // What cannot be sent is told when it is tried.
  }
}
