/** Does works in the order they came, so many at a time. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** @param places works that are done at a time */
export function createGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
