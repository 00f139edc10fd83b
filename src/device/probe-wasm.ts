import type { WasmFindings } from './device-report.ts';
import { tried } from './tried.ts';

/** Tries what WebAssembly can do here, by modules of some twenty bytes. */
export async function probeWasm(): Promise<WasmFindings> {
  const validates = (bytes: Uint8Array<ArrayBuffer>): boolean =>
    typeof WebAssembly === 'object' && WebAssembly.validate(bytes);
  return {
    compiles: await tried(() => new WebAssembly.Module(modules.simd)),
    simd: validates(modules.simd),
    relaxedSimd: validates(modules.relaxedSimd),
    threads: validates(modules.threads),
    jspi: typeof WebAssembly === 'object' && 'Suspending' in WebAssembly,
    exceptions: validates(modules.exceptions),
    legacyExceptions: validates(modules.legacyExceptions),
    memory64: validates(modules.memory64),
    largestMemoryBytes: largestMemory(),
  };
}

const page = 64 * 1024;

/**
 * The largest memory that can be made. Its pages are never touched, so that they take room in the address space and not on
 * the device; they are given back with the worker at the latest.
 */
function largestMemory(): number {
  for (const megabytes of [4096, 3072, 2048, 1024, 512, 256, 128, 64, 16]) {
    const pages = (megabytes * 2 ** 20) / page;
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer.byteLength;
    } catch {
      // A smaller one.
    }
  }
  return 0;
}

/**
 * Modules of one section or function that only an engine with the feature takes for valid. The encoding:
 * https://webassembly.github.io/spec/core/binary/; legacy exceptions: the proposal's `try`, 0x06.
 */
const modules = {
  /** `i8x16.popcnt(i8x16.splat(0))` */
  simd: wasm([1, 5, 1, 0x60, 0, 1, 0x7b], fn(), code([0x41, 0, 0xfd, 15, 0xfd, 98])),
  /** `i8x16.relaxed_swizzle(i8x16.splat(1), i8x16.splat(2))` */
  relaxedSimd: wasm([1, 5, 1, 0x60, 0, 1, 0x7b], fn(), code([0x41, 1, 0xfd, 15, 0x41, 2, 0xfd, 15, 0xfd, 0x80, 2])),
  /** `i32.atomic.load(0)` of a shared memory. */
  threads: wasm([1, 4, 1, 0x60, 0, 0], fn(), [5, 4, 1, 3, 1, 1], code([0x41, 0, 0xfe, 16, 2, 0, 0x1a])),
  /** `try_table end` */
  exceptions: wasm([1, 4, 1, 0x60, 0, 0], fn(), code([0x1f, 0x40, 0, 0x0b])),
  /** `try catch_all end` */
  legacyExceptions: wasm([1, 4, 1, 0x60, 0, 0], fn(), code([6, 0x40, 0x19, 0x0b])),
  /** A memory with 64-bit limits. */
  memory64: wasm([5, 3, 1, 4, 1]),
};

function wasm(...sections: readonly number[][]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** One function, of the first type. */
function fn(): number[] {
  return [3, 2, 1, 0];
}

/** Its body, without locals. */
function code(body: readonly number[]): number[] {
  return [10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b];
}
