/** Watches a text for what ends it. */
export interface Stopper {
  /** Adds to the text; gives what may be shown of it: what may be the beginning of a stop text is held back. */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back, at the end of the text. */
  end(): string;
}

/** Makes what finds the first of some texts in one that comes in pieces. Neither it nor what follows is shown. */
export function createStopper(stops: readonly string[]): Stopper {
  let held = '';
  let isStopped = false;
  return {
    push(text) {
      if (isStopped) return { text: '', stopped: true };
      if (stops.length === 0) return { text, stopped: false };
      held += text;
      const at = Math.min(...stops.map((stop) => held.indexOf(stop)).filter((found) => found >= 0));
      if (at < Infinity) {
        isStopped = true;
        return { text: held.slice(0, at), stopped: true };
      }
      const keep = Math.max(...stops.map((stop) => beginningAtEnd(held, stop)));
      const shown = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: shown, stopped: false };
    },
    end() {
      const rest = isStopped ? '' : held;
      held = '';
      return rest;
    },
  };
}

/** How much of the beginning of `stop` is at the end of `text`. */
function beginningAtEnd(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
