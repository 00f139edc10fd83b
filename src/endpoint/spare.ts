import type { Engine } from '../worker/replica.ts';
import { engineBytes, type MemoryBudget, type Resident } from './budget.ts';

/** Milliseconds of quiet before an engine is started that nobody waits for. */
const quietMs = 100;

/** Milliseconds for which a hidden page keeps it: it goes before any model does. */
const hiddenMs = 2000;

/**
 * Keeps one engine started that has no model, while anybody wants it: whoever needs an engine takes it, and another one is
 * started once there is quiet. It is there only where the budget has room for it, and in a page that is seen.
 */
export class Spare implements Resident {
  readonly #start: () => Engine;
  readonly #budget: MemoryBudget;
  readonly #isQuiet: () => boolean;
  #wants = 0;
  #engine: Engine | undefined;
  #giveRoom: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unwatch: (() => void) | undefined;

  /**
   * @param start starts an engine
   * @param isQuiet whether no model comes into an engine now, which it would slow down
   */
  constructor(start: () => Engine, budget: MemoryBudget, isQuiet: () => boolean) {
    this.#start = start;
    this.#budget = budget;
    this.#isQuiet = isQuiet;
  }

  /** Whether an engine is there. */
  get mayRest(): boolean {
    return this.#engine !== undefined;
  }

  /** Before all that was ever called. */
  readonly lastUsedAt: number = -Infinity;

  readonly isHeld: boolean = false;

  /**
   * Keeps an engine from now on.
   *
   * @returns wants it no more; it ends with the last who does. Twice is once
   */
  want(): () => void {
    if (this.#wants++ === 0) this.#unwatch = this.#watch();
    this.refill();
    let wants = true;
    return () => {
      if (!wants) return;
      wants = false;
      if (--this.#wants > 0) return;
      this.#unwatch?.();
      clearTimeout(this.#timer);
      void this.rest();
    };
  }

  /** Gives the engine away, where there is one; who takes it counts its memory. */
  take(): Engine | undefined {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#freeRoom();
    return engine;
  }

  /** Sees to it that one is there soon, if one is wanted. */
  refill(): void {
    clearTimeout(this.#timer);
    if (this.#wants === 0 || this.#engine) return;
    this.#timer = setTimeout(() => this.#fill(), quietMs);
  }

  /** Ends the engine, and has its memory back. */
  async rest(): Promise<void> {
    this.take()?.end();
  }

  #fill(): void {
    // Whoever loads a model tells when that is over, and a budget when it has room.
    if (this.#engine || this.#wants === 0 || document.visibilityState === 'hidden' || !this.#isQuiet()) return;
    this.#giveRoom = this.#budget.tryAdmit(this, { bytes: engineBytes, isPinned: false });
    if (!this.#giveRoom) return;
    let engine: Engine;
    try {
      engine = this.#engine = this.#start();
    } catch {
      // It is done without; whoever needs an engine is told why there is none.
      return this.#freeRoom();
    }
    const drop = (isOver: boolean): void => {
      if (this.#engine !== engine) return;
      void this.rest();
      // One that never started would not the next time either.
      if (isOver) this.refill();
    };
    engine.started.then(
      () => engine.lost.catch(() => drop(true)),
      () => drop(false),
    );
  }

  #watch(): () => void {
    const unwatch = this.#budget.onFreed(() => this.refill());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onVisibility = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') timer = setTimeout(() => void this.rest(), hiddenMs);
      else this.refill();
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      unwatch();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }

  #freeRoom(): void {
    const give = this.#giveRoom;
    this.#giveRoom = undefined;
    give?.();
  }
}
