import type { Finding } from './device-report.ts';

/** Milliseconds that an attempt has. */
const mostMs = 5000;

/** Tries whether something works: it does not where it throws, gives `false`, or does not end in time. */
export async function tried(work: () => unknown, ms: number = mostMs): Promise<Finding> {
  try {
    const gave = await inTime(work, ms);
    return gave === false ? { works: false, reason: 'this browser does not have it' } : { works: true };
  } catch (error) {
    return { works: false, reason: reasonOf(error) };
  }
}

/** What `work` gives, unless it takes too long. It is left alone then: nobody waits for it any more. */
export async function inTime<T>(work: () => T | Promise<T>, ms: number = mostMs): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer within ${ms / 1000} seconds`)), ms);
  });
  try {
    return await Promise.race([Promise.resolve().then(work), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error in its own words, which are a part of a sentence. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error || error instanceof DOMException ? error.message : String(error);
  return message.trim().replace(/\.$/, '') || 'the browser does not say why';
}
