import type { RuntimeReport } from 'inpoint';

/** What a model runs on, and why, in a line: `WASM, 1 thread: the page is not cross-origin isolated`. */
export function reportLine({ device, threads, reason }: RuntimeReport): string {
  return `${device.toUpperCase()}, ${threads} ${threads === 1 ? 'thread' : 'threads'}: ${reason}`;
}
