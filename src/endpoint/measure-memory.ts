import { abortable } from '../abortable.ts';

/** What a page and its workers take in memory, in bytes. */
export interface MemoryMeasure {
  /** All of it together. */
  readonly bytes: number;
  /** The page itself, and frames of its own origin. */
  readonly pageBytes: number;
  /** Each worker's script. Workers of one script are counted together. */
  readonly workers: readonly WorkerMemory[];
  /** What the browser attributes to nobody, or to several: memory that threads share, too. */
  readonly sharedBytes: number;
}

/** What the workers of one script take. */
export interface WorkerMemory {
  /** The script's address. */
  readonly url: string;
  /** By the file's name: `other` is the page's own, and Inpoint's where a bundler gave it another name. */
  readonly role: 'engine' | 'archive' | 'other';
  readonly bytes: number;
}

/** https://wicg.github.io/performance-measure-memory/ */
export interface MemoryMeasurement {
  readonly bytes: number;
  readonly breakdown: readonly {
    readonly bytes: number;
    readonly attribution: readonly { readonly url?: string; readonly scope?: string }[];
  }[];
}

/**
 * Measures what the page and its workers take: engines and their models included; compiled code, pictures, graphics memory
 * and the browser itself not. The browser waits for its garbage collector first, which may take half a minute; where a worker
 * ends just then, Chromium (156) may wait for it in vain, so give up by a `signal`.
 *
 * @returns undefined where the browser does not tell: it is Chromium that does, and only to pages that are cross-origin
 * isolated
 */
export async function measureMemory({ signal }: { signal?: AbortSignal } = {}): Promise<MemoryMeasure | undefined> {
  signal?.throwIfAborted();
  const measure = (performance as { measureUserAgentSpecificMemory?: () => Promise<MemoryMeasurement> })
    .measureUserAgentSpecificMemory;
  if (!measure) return undefined;
  try {
    return summed(await abortable(measure.call(performance), signal));
  } catch (error) {
    // A frame of an isolated page has the method, and may not use it.
    if (error instanceof DOMException && error.name === 'SecurityError') return undefined;
    throw error;
  }
}

/** Exported for its test. */
export function summed({ bytes, breakdown }: MemoryMeasurement): MemoryMeasure {
  let pageBytes = 0;
  let sharedBytes = 0;
  const workers = new Map<string, number>();
  for (const { bytes: part, attribution } of breakdown) {
    const [owner, ...others] = attribution;
    if (part === 0) continue;
    if (!owner || others.length > 0) sharedBytes += part;
    else if (owner.scope === 'Window') pageBytes += part;
    else workers.set(owner.url ?? '', (workers.get(owner.url ?? '') ?? 0) + part);
  }
  return {
    bytes,
    pageBytes,
    workers: [...workers].map(([url, part]) => ({ url, role: roleOf(url), bytes: part })),
    sharedBytes,
  };
}

function roleOf(url: string): WorkerMemory['role'] {
  if (url.includes('engine-worker')) return 'engine';
  return url.includes('archive-worker') ? 'archive' : 'other';
}
