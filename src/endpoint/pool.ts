import type { RuntimeOptions } from '../runtime/ort.ts';
import { Engine } from '../worker/replica.ts';

/** A share in an engine. */
export interface EngineLease {
  readonly engine: Engine;
  /** Gives the share back; the engine ends with its last. Twice is once. */
  release(): void;
}

/** The engines of a page. Models that ask for the same kind of engine share one. */
export class EnginePool {
  readonly #shared = new Map<string, { engine: Engine; leases: number }>();

  /**
   * Leases an engine, which starts if there is none of its kind.
   *
   * @param kind what tells engines apart that cannot be shared; undefined for one of its own
   * @throws {WorkerError} when a worker cannot be made
   */
  lease(kind: string | undefined, spawn: () => Worker, options: RuntimeOptions): EngineLease {
    const key = kind ?? Symbol('own').toString() + Math.random();
    const shared = this.#shared.get(key) ?? { engine: new Engine(spawn, options), leases: 0 };
    const forget = (): void => {
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
    };
    if (shared.leases++ === 0) {
      this.#shared.set(key, shared);
      // A lost engine serves nobody again.
      shared.engine.lost.catch(forget);
    }
    let released = false;
    return {
      engine: shared.engine,
      release() {
        if (released) return;
        released = true;
        if (--shared.leases > 0) return;
        forget();
        shared.engine.end();
      },
    };
  }
}
