/** Time, as far as an update needs it. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Runs something in so many milliseconds. @returns takes that back */
  after(ms: number, run: () => void): () => void;
}

/** The page's own. */
export const pageClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
