/** What ends a connection that has brought nothing for long. */
export interface StallWatch {
  readonly stallMs: number;
  /** Ends the connection. */
  readonly stop: AbortController;
}

/** Waits for the head of an answer, as long as that may take. */
export async function headInTime<T>(work: Promise<T>, { stallMs, stop }: StallWatch): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(nothingCame(stallMs));
      stop.abort();
    }, stallMs);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, stalled]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a body. What its reader does between two chunks does not count. */
export async function* bodyInTime(
  response: Response,
  { stallMs, stop }: StallWatch,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  // One watch for all reads.
  let waitingSince: number | undefined;
  const watch = setInterval(
    () => {
      if (waitingSince !== undefined && performance.now() - waitingSince > stallMs) stop.abort(nothingCame(stallMs));
    },
    Math.min(1000, stallMs / 2),
  );
  try {
    for (;;) {
      signal.throwIfAborted();
      waitingSince = performance.now();
      const { done, value } = await reader.read();
      waitingSince = undefined;
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    clearInterval(watch);
    reader.cancel().catch(() => {});
  }
}

function nothingCame(stallMs: number): Error {
  return new Error(`Nothing came for ${stallMs} ms.`);
}
