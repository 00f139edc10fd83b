import type { RuntimeOptions } from '../runtime/runtime.ts';
import { Engine, type Replica } from '../worker/replica.ts';
import type { MemoryBudget } from './budget.ts';
import type { Spare } from './spare.ts';

/** A share in an engine. */
export interface EngineLease {
  readonly engine: Engine;
  /** Whether others have, or had, a share in it. */
  readonly isShared: boolean;
  /** Says that the model it was taken for is loaded: engines that nobody waits for may start. Twice is once. */
  ready(): void;
  /**
   * Keeps others out of the engine from now on.
   *
   * @returns false where other models are in it already
   */
  makeOwn(): boolean;
  /**
   * Gives the share back, with the replica it was for. The engine ends with its last share, whatever it is at;
   * otherwise the model leaves it. An engine that does not answer in time takes no further models. Twice is once.
   */
  release(replica?: Replica): Promise<void>;
}

/** What engine is wanted. */
export interface EngineKind {
  /** What tells it from engines that are not like it. */
  readonly name: string;
  /** @throws {WorkerError} when a worker cannot be made */
  readonly spawn: () => Worker;
  readonly options: RuntimeOptions;
}

/** Milliseconds that a model may take to leave an engine, a run that has begun included. */
const unloadMs = 2000;

/** The engines of a page. Models that ask for the same kind of engine share one. */
export class EnginePool {
  readonly #budget: MemoryBudget;
  readonly #shared = new Map<string, { engine: Engine; leases: number; models: number; leasesEver: number }>();
  readonly #spares = new Map<string, Spare>();
  /** Leases whose models are not loaded yet. */
  #loading = 0;

  /** @param budget where spare engines have their room from */
  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /**
   * Leases an engine: one that others of its kind are in, else the spare one, else one that starts now.
   *
   * @param isOwn whether nobody else is to be in it
   * @param isForModel whether a model comes into it, and it is not only kept for one
   * @throws {WorkerError} when a worker cannot be made
   */
  lease({ name, spawn, options }: EngineKind, isOwn: boolean, isForModel = true): EngineLease {
    const shared = (!isOwn && this.#shared.get(name)) || {
      engine: this.#spares.get(name)?.take() ?? new Engine(spawn, options),
      leases: 0,
      models: 0,
      leasesEver: 0,
    };
    const forget = (): void => {
      if (this.#shared.get(name) === shared) this.#shared.delete(name);
    };
    shared.leasesEver++;
    if (isForModel) shared.models++;
    if (shared.leases++ === 0) {
      if (!isOwn) this.#shared.set(name, shared);
      // One that is lost, or whose runtime did not start, serves nobody again.
      shared.engine.started.catch(forget);
      shared.engine.lost.catch(forget);
    }
    this.#loading++;
    let isLoading = true;
    const ready = (): void => {
      if (!isLoading) return;
      isLoading = false;
      if (--this.#loading === 0) for (const spare of this.#spares.values()) spare.refill();
    };
    let released = false;
    return {
      engine: shared.engine,
      get isShared() {
        return shared.leasesEver > 1;
      },
      ready,
      makeOwn() {
        if (shared.models > 1) return false;
        forget();
        return true;
      },
      release: async (replica) => {
        if (released) return;
        released = true;
        ready();
        if (isForModel) shared.models--;
        if (--shared.leases === 0) {
          forget();
          shared.engine.end();
        } else if (replica && !(await leaves(replica))) {
          forget();
        }
      },
    };
  }

  /** What a lease would take over: the memory of the spare engine. */
  spareFor({ name }: EngineKind, isOwn: boolean): Spare | undefined {
    return !isOwn && this.#shared.has(name) ? undefined : this.#spares.get(name);
  }

  /**
   * Keeps one engine of a kind started beside those that are leased.
   *
   * @returns ends that; the engine ends when nobody wants it any more
   */
  keepSpare(kind: EngineKind): () => void {
    const ended = new AbortController();
    void this.#wantSpare(kind, ended.signal);
    return () => ended.abort();
  }

  async #wantSpare({ name, spawn, options }: EngineKind, ended: AbortSignal): Promise<void> {
    // Pages without a spare engine do without this; and without a network, this is what is not there.
    const { Spare: Kept } = (await import('./spare.ts').catch(() => undefined)) ?? {};
    if (!Kept || ended.aborted) return;
    let spare = this.#spares.get(name);
    if (!spare) {
      spare = new Kept(
        () => new Engine(spawn, options),
        this.#budget,
        () => this.#loading === 0,
      );
      this.#spares.set(name, spare);
    }
    ended.addEventListener('abort', spare.want(), { once: true });
  }
}

/** False when the engine did not let the model go in time. */
async function leaves(replica: Replica): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), unloadMs);
  });
  const left = replica.dispose().then(
    () => true,
    // A lost engine has nothing to give back.
    () => true,
  );
  try {
    return await Promise.race([left, late]);
  } finally {
    clearTimeout(timer);
  }
}
