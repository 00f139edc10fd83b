import type { GpuFindings } from './device-report.ts';
import { inTime, reasonOf } from './tried.ts';

/** What of `navigator.gpu` is asked. */
export interface Gpu {
  requestAdapter(): Promise<GpuAdapter | null>;
}

interface GpuAdapter {
  readonly features: Iterable<string>;
  readonly limits: object;
  /** Chromium had it as a method of the adapter before. */
  readonly info?: Readonly<
    Partial<Record<'vendor' | 'architecture' | 'device' | 'description', string> & { isFallbackAdapter: boolean }>
  >;
  /** Where browsers had it first. */
  readonly isFallbackAdapter?: boolean;
}

/** The adapter that WebGPU gives here. No device is made of it. */
export async function probeGpu(
  gpu: Gpu | undefined = (navigator as { gpu?: Gpu }).gpu,
  ms?: number,
): Promise<GpuFindings> {
  if (!gpu) return { kind: 'none', reason: 'this browser has no WebGPU here' };
  try {
    const adapter = await inTime(() => gpu.requestAdapter(), ms);
    if (!adapter) return { kind: 'none', reason: 'WebGPU is there, and no adapter' };
    const { vendor = '', architecture = '', device = '', description = '', isFallbackAdapter } = adapter.info ?? {};
    const limits = adapter.limits as Readonly<Record<string, number | undefined>>;
    return {
      kind: 'adapter',
      vendor,
      architecture,
      device,
      description,
      isSoftware:
        (isFallbackAdapter ?? adapter.isFallbackAdapter ?? false) ||
        software.test(`${vendor} ${architecture} ${device} ${description}`),
      features: [...adapter.features].toSorted(),
      limits: Object.fromEntries(telling.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]]))),
    };
  } catch (error) {
    return { kind: 'none', reason: `WebGPU is there, and no adapter: ${reasonOf(error)}` };
  }
}

/** Google's, Mesa's and Microsoft's. */
const software = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Of some thirty limits, those of computing. */
const telling = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
];
