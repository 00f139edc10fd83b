import type { Artifact } from '../artifact/index.ts';
import type { LoadedModel, SentLoadOptions } from '../worker/contract.ts';
import type { Device } from '../runtime/device.ts';
import { runtimeFolder, spawnEngineWorker, spawnWebgpuWorker, type Assets, type WorkerSource } from './assets.ts';
import { describeThere } from '../worker/replica.ts';
import { memoryBudget, type Resident } from './budget.ts';
import { EnginePool, type EngineKind, type EngineLease } from './pool.ts';

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
   * @param isForModel whether a model comes into it, and it is not only kept for one
   * @throws {WorkerError} when a worker cannot be made
   */
  lease(device: Device, own: boolean, isForModel?: boolean): EngineLease;
  /** What such a lease would take over, where a spare engine is there. */
  spareFor(device: Device, own: boolean): Resident | undefined;
  /** Keeps one engine for that device started beside those that are leased; gives what ends that. */
  keepSpare(device: Device): () => void;
  /** What a model takes and gives, told without loading it. @throws {ManifestError} @throws {WorkerError} */
  describe(artifact: Artifact, options: SentLoadOptions): Promise<LoadedModel>;
}

/** The engines of this page, from the first that is wanted. */
let pagePool: EnginePool | undefined;
const pool = (): EnginePool => (pagePool ??= new EnginePool(memoryBudget()));

/** Leases of the engines that a deployment asks for. */
export function fleetOf({ assets = {}, threads, worker }: FleetOptions): Fleet {
  const wasm = runtimeFolder(assets);
  const sourceOf = (device: Device): WorkerSource | undefined =>
    worker ?? (device !== 'wasm' ? assets.webgpuWorker : assets.engineWorker);
  const kindOf = (device: Device): EngineKind => {
    const source = sourceOf(device);
    const usual = device !== 'wasm' ? spawnWebgpuWorker : spawnEngineWorker;
    return {
      name: [device, typeof source === 'function' ? numberOf(source as () => Worker) : source, wasm, threads].join(),
      spawn: worker ?? (() => usual(source)),
      options: { assets: wasm, threads, device: device === 'wasm' ? undefined : device },
    };
  };
  // Workers that a page makes itself may differ from each other.
  const isOwn = (device: Device, own: boolean): boolean => own || typeof sourceOf(device) === 'function';
  return {
    lease: (device, own, isForModel) => pool().lease(kindOf(device), isOwn(device, own), isForModel),
    spareFor: (device, own) => pool().spareFor(kindOf(device), isOwn(device, own)),
    keepSpare: (device) => pool().keepSpare(kindOf(device)),
    describe: (artifact, options) =>
      describeThere(worker ?? (() => spawnEngineWorker(assets.engineWorker)), artifact, options),
  };
}

/** Numbers of functions that make workers: what one made is not taken for what another would make. */
const numbers = new WeakMap<() => Worker, number>();
let lastNumber = 0;

function numberOf(source: () => Worker): number {
  const number = numbers.get(source) ?? ++lastNumber;
  numbers.set(source, number);
  return number;
}
