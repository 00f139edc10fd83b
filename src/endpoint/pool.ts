import type { RuntimeOptions } from '../runtime/runtime.ts';
import { Engine, type Replica } from '../worker/replica.ts';

/** A share in an engine. */
export interface EngineLease {
  readonly engine: Engine;
  /** Whether others have, or had, a share in it. */
  readonly isShared: boolean;
  /**
   * Gives the share back, with the replica it was for. The engine ends with its last share, whatever it is at;
   * otherwise the model leaves it. An engine that does not answer in time takes no further models. Twice is once.
   */
  release(replica?: Replica): Promise<void>;
}

/** Milliseconds that a model may take to leave an engine, a run that has begun included. */
const unloadMs = 2000;

/** The engines of a page. Models that ask for the same kind of engine share one. */
export class EnginePool {
  readonly #shared = new Map<string, { engine: Engine; leases: number; leasesEver: number }>();

  /**
   * Leases an engine, which starts if there is none of its kind.
   *
   * @param kind what tells engines apart that cannot be shared; undefined for one of its own
   * @throws {WorkerError} when a worker cannot be made
   */
  lease(kind: string | undefined, spawn: () => Worker, options: RuntimeOptions): EngineLease {
    const shared = (kind !== undefined && this.#shared.get(kind)) || {
      engine: new Engine(spawn, options),
      leases: 0,
      leasesEver: 0,
    };
    const forget = (): void => {
      if (kind !== undefined && this.#shared.get(kind) === shared) this.#shared.delete(kind);
    };
    shared.leasesEver++;
    if (shared.leases++ === 0) {
      if (kind !== undefined) this.#shared.set(kind, shared);
      // One that is lost, or whose runtime did not start, serves nobody again.
      shared.engine.started.catch(forget);
      shared.engine.lost.catch(forget);
    }
    let released = false;
    return {
      engine: shared.engine,
      get isShared() {
        return shared.leasesEver > 1;
      },
      release: async (replica) => {
        if (released) return;
        released = true;
        if (--shared.leases === 0) {
          forget();
          shared.engine.end();
        } else if (replica && !(await leaves(replica))) {
          forget();
        }
      },
    };
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
