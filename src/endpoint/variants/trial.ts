import { InputError } from '../../errors.ts';
import type { TextPiece } from '../../generation/options.ts';
import type { Answered } from '../../worker/replica.ts';
import type { ServedCall } from '../dispatch.ts';
import { CallTally, raisedAlarm, type Alarms } from './alarm.ts';
import type { Clock } from './clock.ts';

/** What answers calls. */
export interface Route {
  invoke(call: ServedCall): Promise<Answered>;
}

/** Which archives a trial is of, and what it is ended by. */
export interface TrialParts {
  /** What serves so far. */
  readonly before: Route;
  /** What is tried. */
  readonly after: Route;
  /** Whether they remember conversations, which then cannot change from one to the other. */
  readonly isStateful: boolean;
  readonly alarms: Required<Alarms>;
  /** Is told why the new one is to be taken back, once. */
  onAlarm(reason: string): void;
  readonly clock: Clock;
}

/** A call that is with the new archive. */
interface Attempt {
  /** Leaves the new archive, and asks the old one. */
  giveUp(): void;
}

/**
 * Tries an archive on calls of visitors, who do not suffer from it: what it fails at the old one is asked, and what it is
 * late with, too; the first answer counts. Where it does worse than its alarms allow, that is told.
 */
export class Trial implements TrialParts {
  readonly before: Route;
  readonly after: Route;
  readonly isStateful: boolean;
  readonly alarms: Required<Alarms>;
  readonly clock: Clock;
  readonly onAlarm: (reason: string) => void;
  readonly tallyBefore: CallTally = new CallTally();
  readonly tallyAfter: CallTally;
  readonly #attempts = new Set<Attempt>();
  #onIdle: (() => void) | undefined;
  #isOver = false;

  constructor(parts: TrialParts) {
    this.before = parts.before;
    this.after = parts.after;
    this.isStateful = parts.isStateful;
    this.alarms = parts.alarms;
    this.clock = parts.clock;
    this.onAlarm = (reason) => parts.onAlarm(reason);
    this.tallyAfter = new CallTally(parts.alarms.latencyMs);
  }

  /** The way to the old archive, on which calls are counted. */
  readonly oldRoute: Route = {
    invoke: (call) => {
      const start = this.clock.now();
      const answered = this.before.invoke(call);
      answered.then(
        () => this.tallyBefore.add(this.clock.now() - start),
        (error: unknown) => {
          if (call.signal?.aborted || error instanceof InputError) return;
          this.tallyBefore.add(this.clock.now() - start);
          this.tallyBefore.errors++;
        },
      );
      return answered;
    },
  };

  /** The way to the new one. */
  readonly newRoute: Route = { invoke: (call) => new Promise((resolve, reject) => this.#try(call, resolve, reject)) };

  /** Judges no more: what was concluded stays. */
  end(): void {
    this.#isOver = true;
  }

  /** Asks the old archive what is with the new one, but for what cannot be asked again. */
  rollBack(): void {
    this.end();
    for (const attempt of this.#attempts) attempt.giveUp();
  }

  /** Resolves when no call is on the way to the new archive, or from there to the old one. */
  async idle(): Promise<void> {
    if (this.#attempts.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #try(call: ServedCall, resolve: (answered: Answered) => void, reject: (error: unknown) => void): void {
    const start = this.clock.now();
    const { renew } = call.sent;
    const mayMove = renew !== undefined && !(this.isStateful && call.sessionId !== undefined);
    const [leaveNew, leaveOld] = [new AbortController(), new AbortController()];
    const either = (leave: AbortController): AbortSignal =>
      call.signal ? AbortSignal.any([call.signal, leave.signal]) : leave.signal;
    /** Whose pieces the caller has got. */
    let writer: 'old' | 'new' | undefined;
    const writes = (who: 'old' | 'new', other: AbortController): ((piece: TextPiece) => void) | undefined =>
      call.onPiece &&
      ((piece) => {
        if (writer === undefined) other.abort();
        writer ??= who;
        if (writer === who) call.onPiece!(piece);
      });
    let isCounted = false;
    const count = (isError: boolean): void => {
      if (!isCounted) this.tallyAfter.add(this.clock.now() - start);
      isCounted = true;
      if (isError) this.tallyAfter.errors++;
      this.#judge();
    };
    let isSettled = false;
    let isAsked = false;
    let hasFailed = false;
    let oldFailure: { readonly error: unknown } | undefined;
    const settle = (how: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      unwatch();
      leaveNew.abort();
      leaveOld.abort();
      how();
      this.#attempts.delete(attempt);
      if (this.#attempts.size === 0) this.#onIdle?.();
    };
    const askOld = async (): Promise<void> => {
      isAsked = true;
      try {
        const sent = await renew!();
        const answered = await this.before.invoke({
          ...call,
          sent,
          signal: either(leaveOld),
          onPiece: writes('old', leaveNew),
          madeAt: performance.now(),
        });
        if (isSettled) return;
        settle(() => resolve(answered));
        if (hasFailed) count(true);
      } catch (error) {
        oldFailure = { error };
        // What both fail at is not the new one's fault.
        const isLeft = leaveNew.signal.aborted && writer !== 'new';
        if (hasFailed || isLeft || call.signal?.aborted) settle(() => reject(error));
      }
    };
    const askNew = async (): Promise<void> => {
      try {
        const onPiece = writes('new', leaveOld);
        const answered = await this.after.invoke({ ...call, signal: either(leaveNew), onPiece });
        if (isSettled) return;
        settle(() => resolve(answered));
        if (!isCounted) count(false);
      } catch (error) {
        // It may have been left for the old one, whose answer is on the way.
        if (isSettled || (leaveNew.signal.aborted && !call.signal?.aborted)) return;
        if (call.signal?.aborted) return settle(() => reject(error));
        hasFailed = true;
        if ((error as { code?: unknown }).code === 'endpoint-failed') this.#alarm((error as Error).message);
        if (mayMove && writer !== 'new') {
          if (!isAsked) void askOld();
          else if (oldFailure) settle(() => reject(oldFailure!.error));
          return;
        }
        settle(() => reject(error));
        if (!(error instanceof InputError)) count(true);
      }
    };
    const attempt: Attempt = {
      giveUp() {
        if (!mayMove || writer === 'new' || isSettled) return;
        leaveNew.abort();
        if (!isAsked) void askOld();
        else if (oldFailure) settle(() => reject(oldFailure!.error));
      },
    };
    const onLate = (): void => {
      if (isSettled) return;
      if (mayMove && writer === undefined && !isAsked) void askOld();
      count(false);
    };
    // A little after it, so that what it is late by can be told.
    const unwatch = this.alarms.latencyMs === Infinity ? () => {} : this.clock.after(this.alarms.latencyMs + 1, onLate);
    this.#attempts.add(attempt);
    void askNew();
  }

  #judge(): void {
    const reason = raisedAlarm(this.tallyAfter, this.alarms);
    if (reason !== undefined) this.#alarm(reason);
  }

  #alarm(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onAlarm(reason);
  }
}
