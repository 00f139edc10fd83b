import { abortable } from '../abortable.ts';

/** What is in memory for an endpoint, and may be taken out of it. */
export interface Resident {
  /** Whether nobody would notice more than a cold start. */
  readonly mayRest: boolean;
  /** Whether it has what would be lost: it is not asked to leave then. */
  readonly isHeld: boolean;
  /** `performance.now()` at its last call. */
  readonly lastUsedAt: number;
  /** Gives its memory back, once the calls that it is at have ended; those that come meanwhile wait. */
  rest(): Promise<void>;
}

/** What a resident takes. */
export interface Claim {
  /** Bytes, as they are estimated. */
  readonly bytes: number;
  /** Whether it is never asked to leave. */
  readonly isPinned: boolean;
  /** Who gives way to it at that moment, and needs no room beside it. */
  replaces?(): Resident | undefined;
  /** Whether it is let in at once, beyond the budget too: it takes the place of another one, which leaves then. */
  readonly isUrgent?: boolean;
}

/** Bytes that an engine takes before any model: an estimate, of the runtime's code and heap. */
export const engineBytes = 60e6;

/** Milliseconds between two looks whether others have nothing to do any more. */
const lookMs = 25;

/** Milliseconds that one waits for others to have nothing to do, before the one that was longest there is the next to leave. */
const patienceMs = 1000;

/** Shares the memory that the models of a page may take. Whoever was not called for longest leaves first. */
export class MemoryBudget {
  #bytes: number;
  readonly #claims = new Map<Resident, Claim & { readonly since: number }>();
  readonly #listeners = new Set<() => void>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Bytes that all models may take together. What is there already stays until room is wanted. */
  get bytes(): number {
    return this.#bytes;
  }
  set bytes(bytes: number) {
    this.#bytes = bytes;
    this.#tell();
  }

  /** Bytes that are taken. */
  get used(): number {
    let used = 0;
    for (const { bytes } of this.#claims.values()) used += bytes;
    return used;
  }

  /** Bytes that nobody takes; less than 0 where more is taken than may be. */
  get free(): number {
    return this.#bytes - this.used;
  }

  /**
   * Waits for room; others leave for it. Those that ask are served in their order. One that is larger than the whole budget
   * is let in once it would be alone: what models take is an estimate, and whoever deploys one wants it to run. So is one
   * that has only those beside it that never leave.
   *
   * @returns gives the room back; twice is once
   * @throws the signal's reason, at once
   */
  async admit(resident: Resident, claim: Claim, signal: AbortSignal): Promise<() => void> {
    if (claim.isUrgent) return this.#hold(resident, claim);
    const admitted = this.#last.then(() => this.#admit(resident, claim, signal));
    this.#last = admitted.catch(() => {});
    try {
      return await abortable(admitted, signal);
    } catch (error) {
      // It may have been let in a moment before.
      void admitted.then(
        (giveBack) => giveBack(),
        () => {},
      );
      throw error;
    }
  }

  /** Gives room if there is any, without anybody leaving for it. */
  tryAdmit(resident: Resident, claim: Claim): (() => void) | undefined {
    return this.#fits(claim) ? this.#hold(resident, claim) : undefined;
  }

  /** Tells whenever there may be more room; gives what ends that. */
  onFreed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #admit(resident: Resident, claim: Claim, signal: AbortSignal): Promise<() => void> {
    const askedAt = performance.now();
    for (;;) {
      signal.throwIfAborted();
      if (this.#claims.size === 0 || this.#fits(claim)) break;
      const guests = [...this.#claims].filter(([{ isHeld }, { isPinned }]) => !isPinned && !isHeld);
      // All of them are to stay: it is over the budget then, and nobody waits for ever.
      if (guests.length === 0) break;
      const [idle] = guests.filter(([{ mayRest }]) => mayRest).toSorted(([a], [b]) => a.lastUsedAt - b.lastUsedAt);
      const [oldest] = guests.toSorted(([, a], [, b]) => a.since - b.since);
      const isPatient = performance.now() - askedAt < patienceMs;
      const leaving = idle ?? (isPatient ? undefined : oldest);
      if (leaving) await leaving[0].rest();
      if (!leaving || this.#claims.get(leaving[0]) === leaving[1]) await this.#change();
    }
    return this.#hold(resident, claim);
  }

  #fits({ bytes, replaces }: Claim): boolean {
    const replaced = replaces?.();
    const given = (replaced && this.#claims.get(replaced)?.bytes) ?? 0;
    return this.used - given + bytes <= this.#bytes;
  }

  #hold(resident: Resident, claim: Claim): () => void {
    const held = { ...claim, since: performance.now() };
    this.#claims.set(resident, held);
    return () => {
      if (this.#claims.get(resident) !== held) return;
      this.#claims.delete(resident);
      this.#tell();
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Waits until there may be more room than before. Whether others are at work is theirs to know: it has to be looked at. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        unwatch();
        resolve();
      };
      const timer = setTimeout(done, lookMs);
      const unwatch = this.onFreed(done);
    });
  }
}

/** A quarter of what the device has; browsers that do not say it have two gigabytes at the least. */
function usualBytes(): number {
  const { deviceMemory = 4 } = globalThis.navigator as { deviceMemory?: number };
  return (deviceMemory * 2 ** 30) / 4;
}

let pageBudget: MemoryBudget | undefined;

/** The page's own: what all `deploy()` together may take. */
export function memoryBudget(): MemoryBudget {
  return (pageBudget ??= new MemoryBudget(usualBytes()));
}

/** What the models of this page may take together, in MB, and what they take. */
export const memory: MemoryShare = {
  get budgetMB() {
    return memoryBudget().bytes / 1e6;
  },
  set budgetMB(value: number) {
    if (!(value > 0)) throw new RangeError(`memory.budgetMB is a number of MB above 0, not ${value}.`);
    memoryBudget().bytes = value * 1e6;
  },
  get usedMB() {
    return memoryBudget().used / 1e6;
  },
};

/** The memory of a page's models. */
export interface MemoryShare {
  /**
   * MB that all models together may take, engines included, as they are estimated. Where one more has no room, those that
   * were not called for longest leave their engines until they are called. @default a quarter of the device's memory
   */
  budgetMB: number;
  /** MB that they take now, as it is estimated. */
  readonly usedMB: number;
}
