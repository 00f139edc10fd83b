import { judgeDevice } from '../device/judge-device.ts';
import { probeFeatures } from '../device/probe-features.ts';
import { probeGpu } from '../device/probe-gpu.ts';
import { probeStorage } from '../device/probe-storage.ts';
import { probeWasm } from '../device/probe-wasm.ts';
import { accept } from './accept.ts';
import type { DeviceControl } from './contract.ts';

/** Makes this worker the one that tries what a worker can do here. */
export function serveDevice(): void {
  accept({
    async measure(found) {
      const [wasm, webgpu, storage, features] = await Promise.all([
        probeWasm(),
        probeGpu(),
        probeStorage(),
        probeFeatures(),
      ]);
      const worker = { kind: 'ran', wasm, webgpu, webnn: 'ml' in navigator, storage, features } as const;
      return { worker, means: judgeDevice({ ...found, worker }) };
    },
  } satisfies DeviceControl);
}
