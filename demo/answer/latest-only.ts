/**
 * Has a call made for the newest state only: one at a time, and however often it was asked for meanwhile, once more
 * at the end. The call must not reject.
 */
export function latestOnly(call: () => Promise<void>): () => void {
  let running = false;
  let asked = false;
  return async () => {
    asked = true;
    if (running) return;
    running = true;
    while (asked) {
      asked = false;
      await call();
    }
    running = false;
  };
}
