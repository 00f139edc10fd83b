/** Whether something works here. It was tried, not only looked for. */
export type Finding =
  | { readonly works: true }
  | {
      readonly works: false;
      /** Why not, in the browser's words where it has any. */
      readonly reason: string;
    };

/** What a browser can do, as plain data: `JSON.stringify()` makes a bug report of it. */
export interface DeviceReport {
  /** Inpoint's version. */
  readonly inpoint: string;
  /** The version of ONNX Runtime Web that it was built with. */
  readonly onnxruntime: string;
  readonly browser: BrowserName;
  /** Threads that run at once; browsers may say fewer. */
  readonly cores: number;
  /** GiB of memory, rounded; undefined where the browser does not say. Those that do may stop at 8. */
  readonly memoryGiB: number | undefined;
  readonly page: PageFindings;
  /** What a worker of this page can do, which is where models run and are kept. */
  readonly worker: WorkerFindings;
  /** What all of it means for Inpoint. */
  readonly means: DeviceMeaning;
}

/** Which browser it says that it is. */
export interface BrowserName {
  /** Names and major versions, such as `Chromium 156`; the whole `userAgent` where it has no such list. */
  readonly name: string;
  readonly platform: string | undefined;
  readonly isMobile: boolean | undefined;
}

/** What a page is allowed, by its address, its headers and its frame. */
export interface PageFindings {
  /** Whether it was served securely: without that there are no locks, no WebCrypto and no WebGPU. */
  readonly isSecure: boolean;
  /** Whether it may share memory between threads, by the headers COOP and COEP. */
  readonly isIsolated: boolean;
  /** Whether it has no origin, as in a frame with `sandbox` and in a `file:`: no worker starts then. */
  readonly hasOpaqueOrigin: boolean;
  /** Whether it is in a frame of another page. */
  readonly isFramed: boolean;
  readonly webgpu: GpuFindings;
  /** Whether WebNN is there; Inpoint does not use it. */
  readonly webnn: boolean;
}

/** What a worker can do, or why there is none. */
export type WorkerFindings =
  | {
      readonly kind: 'ran';
      readonly wasm: WasmFindings;
      readonly webgpu: GpuFindings;
      /** Whether WebNN is there; Inpoint does not use it. */
      readonly webnn: boolean;
      readonly storage: StorageFindings;
      readonly features: FeatureFindings;
    }
  | {
      readonly kind: 'failed';
      /** Why it did not start, or did not answer. */
      readonly reason: string;
    };

/** What WebAssembly can do. */
export interface WasmFindings {
  /** Whether a module with SIMD compiles; a policy without `'wasm-unsafe-eval'` forbids it. */
  readonly compiles: Finding;
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  /** Atomics and shared memory; a page that is not isolated cannot use them. */
  readonly threads: boolean;
  /** Promises that a module waits for (JSPI). */
  readonly jspi: boolean;
  /** Exceptions with `exnref`, as the standard has them now. */
  readonly exceptions: boolean;
  /** Exceptions as browsers had them first. */
  readonly legacyExceptions: boolean;
  /** Memory over 4 GiB. */
  readonly memory64: boolean;
  /** The largest of 4, 3, 2, 1 and ½ GiB, and less, of which a memory was made. It was reserved, not filled. */
  readonly largestMemoryBytes: number;
}

/** The graphics adapter that WebGPU gives, or why it gives none. */
export type GpuFindings =
  | {
      readonly kind: 'adapter';
      /** Browsers leave empty what they do not tell, here and in the next three. */
      readonly vendor: string;
      readonly architecture: string;
      readonly device: string;
      readonly description: string;
      /** Whether the processor plays the graphics card, as SwiftShader does. */
      readonly isSoftware: boolean;
      /** Such as `shader-f16` and `subgroups`. */
      readonly features: readonly string[];
      /** The limits that models run into, in bytes or numbers. */
      readonly limits: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'none'; readonly reason: string };

/** Where something can be kept. Each was tried with a few bytes, which were removed again. */
export interface StorageFindings {
  /** Files of this site, with the handles that only workers have. */
  readonly opfs: Finding;
  readonly cacheStorage: Finding;
  readonly indexedDB: Finding;
  readonly webLocks: Finding;
  /** Bytes that this site has, and may have; undefined where the browser does not say. */
  readonly usageBytes: number | undefined;
  readonly quotaBytes: number | undefined;
  /** Whether the browser asks the visitor before it clears them. */
  readonly isPersisted: boolean | undefined;
}

/** What else Inpoint uses, or could. */
export interface FeatureFindings {
  readonly decompressionStream: Finding;
  readonly webCrypto: Finding;
  /** Signatures of archives. */
  readonly ed25519: Finding;
  readonly broadcastChannel: Finding;
  readonly offscreenCanvas: Finding;
  readonly createImageBitmap: Finding;
  readonly imageDecoder: Finding;
  readonly audioDecoder: Finding;
  readonly fileReaderSync: Finding;
  readonly float16Array: Finding;
  readonly abortSignalAny: Finding;
  readonly toSorted: Finding;
}

/** What a device means for Inpoint. */
export interface DeviceMeaning {
  /** The best that is there for an engine to compute with; `endpoint.report` says what one does compute with. */
  readonly runs: 'webgpu' | 'wasm' | 'nothing';
  /** Threads of a run by WebAssembly, unless others are asked for; 0 where nothing runs. */
  readonly threads: number;
  /** Where downloaded models are kept; in `memory` they are gone with the page. */
  readonly keeps: 'opfs' | 'cache-storage' | 'memory';
  /** Why so, in sentences. */
  readonly reasons: readonly string[];
}
