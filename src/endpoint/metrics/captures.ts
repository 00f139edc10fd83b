import type { KeptCaptures } from './kept-captures.ts';

/** Which calls are kept on this device, and how many. */
export interface CaptureOptions {
  /** Of a hundred calls, how many are kept, by chance. @default 100 */
  readonly samplePercent?: number;
  /** Whether inputs are kept. @default true */
  readonly inputs?: boolean;
  /** Whether answers are kept. @default true */
  readonly outputs?: boolean;
  /** Calls of this endpoint that are kept at the most; the oldest leave first. @default 1,000 */
  readonly maxRecords?: number;
  /** Bytes of JSON that they take at the most; the oldest leave first. @default 10,000,000 */
  readonly maxBytes?: number;
  /** Is told why a call could not be kept, as where the page may keep nothing. Calls are answered all the same. */
  readonly onError?: (error: unknown) => void;
}

/**
 * The calls that `deploy(url, { capture })` has kept on this device, under the endpoint's name. They never leave it by
 * themselves. A call that was answered a moment ago may still be on its way; `endpoint.close()` waits for it. Each function
 * rejects with what the browser's database says, as where a page may keep nothing.
 */
export interface Captures {
  /** How many there are, and the bytes that they take. */
  size(endpoint: string): Promise<{ readonly records: number; readonly bytes: number }>;
  /** All of them as JSON Lines, the oldest first, each as Amazon SageMaker's data capture writes it. */
  export(endpoint: string): Promise<Blob>;
  /** Forgets them. */
  clear(endpoint: string): Promise<void>;
}

/** The calls that are kept on this device. */
export const captures: Captures = {
  size: async (endpoint) => (await kept(endpoint)).size(),
  export: async (endpoint) => (await kept(endpoint)).export(),
  clear: async (endpoint) => (await kept(endpoint)).clear(),
};

async function kept(endpoint: string): Promise<KeptCaptures> {
  // Pages that capture nothing do without the database.
  const { keptCaptures } = await import('../kept.ts');
  return keptCaptures(endpoint);
}
