import type { Device } from '../runtime/device.ts';
import { runtimeFolder, spawnEngineWorker, spawnWebgpuWorker, type Assets } from './assets.ts';
import { EnginePool, type EngineLease } from './pool.ts';

/** Which engines are wanted: those that differ in none of it are shared. */
export interface FleetOptions {
  assets?: Assets;
  threads?: number;
  /** Makes a worker of the page's own. */
  worker?: () => Worker;
}

/** Engines of one page, by the device they compute with. */
export interface Fleet {
  /**
   * @param own whether no other model shares the engine
   * @throws {WorkerError} when a worker cannot be made
   */
  lease(device: Device, own: boolean): EngineLease;
}

/** The engines of this page. */
const pool = new EnginePool();

/** Leases of the engines that a deployment asks for. */
export function fleetOf({ assets = {}, threads, worker }: FleetOptions): Fleet {
  const wasm = runtimeFolder(assets);
  return {
    lease(device, own) {
      const [source, spawn] =
        device !== 'wasm'
          ? [assets.webgpuWorker, () => spawnWebgpuWorker(assets.webgpuWorker)]
          : [assets.engineWorker, () => spawnEngineWorker(assets.engineWorker)];
      const isShared = !own && !worker && typeof source !== 'function';
      const kind = isShared ? [device, source, wasm, threads].join() : undefined;
      return pool.lease(kind, worker ?? spawn, {
        assets: wasm,
        threads,
        device: device === 'wasm' ? undefined : device,
      });
    },
  };
}
