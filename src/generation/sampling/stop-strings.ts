import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';

/** What a piece of text came to. */
export interface Shown {
  /** What may be shown now; after what was shown before, it ends before the stop string. */
  readonly text: string;
  readonly stopped: boolean;
  /** The stop string that was met. */
  readonly which?: string;
}

/** Watches a text that comes in pieces for stop strings. */
export interface Stopper {
  /** Takes the next piece; once stopped, pieces are dropped. */
  push(piece: string): Shown;
  /** The text held back, once no more comes: it began like a stop string and is none. */
  finish(): string;
}

/**
 * Ends a text at the first of several stop strings, wherever the pieces' borders fall.
 * The string that ends first wins, as if the text came character by character; of those that end together, the longest. Text that may be the beginning of a stop string is held back, and so is the first half of a surrogate pair.
 *
 * @throws {InputError} on `stop`, if one is no text, empty, or has half a surrogate pair.
 */
export function createStopper(strings: readonly string[]): Stopper {
  strings.forEach(checkStop);
  let held = '';
  let which: string | undefined;

  return {
    push(piece) {
      if (which !== undefined) return { text: '', stopped: true, which };
      const text = held + piece;
      const met = firstMet(text, strings);
      if (met) {
        held = '';
        which = met.stop;
        return { text: text.slice(0, met.start), stopped: true, which };
      }
      const sure = text.length - openLength(text, strings);
      held = text.slice(sure);
      return { text: text.slice(0, sure), stopped: false };
    },
    finish() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

function checkStop(stop: unknown): void {
  if (typeof stop !== 'string' || stop === '' || /\p{Surrogate}/u.test(stop)) {
    throw new InputError('stop', `A stop string is a text of whole characters that is not empty, not ${shown(stop)}.`);
  }
}

function firstMet(text: string, strings: readonly string[]): { stop: string; start: number } | undefined {
  let first: { stop: string; start: number } | undefined;
  for (const stop of strings) {
    const start = text.indexOf(stop);
    if (start < 0) continue;
    const sooner = first ? start + stop.length - (first.start + first.stop.length) : -1;
    if (sooner < 0 || (sooner === 0 && start < first!.start)) first = { stop, start };
  }
  return first;
}

/** How much of the end may yet become a stop string or a character. */
function openLength(text: string, strings: readonly string[]): number {
  const longest = strings.reduce((most, stop) => Math.max(most, stop.length - 1), 0);
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (strings.some((stop) => stop.startsWith(end))) return length;
  }
  return /[\uD800-\uDBFF]$/.test(text) ? 1 : 0;
}
