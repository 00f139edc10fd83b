import { packageVersion } from '../worker/protocol.ts';
import type { Verdict } from './device-policy.ts';

/** What a verdict holds for: another model, device or version may turn out otherwise. */
export interface VerdictKey {
  /** What the model is kept under, or its address. */
  readonly model: string;
  /** Which files those are; undefined where they are not kept. */
  readonly version: string | undefined;
  readonly adapter: string | undefined;
}

/** A verdict as it is kept. */
export interface Remembered extends Verdict {
  readonly version: string | undefined;
  readonly adapter: string | undefined;
  readonly inpoint: string;
  readonly at: number;
}

/** Where they are in `localStorage`. */
export const verdictPlace = 'inpoint/1/verdicts';

/** Browsers and drivers get better, and worse. */
const lifetimeMs = 30 * 24 * 3600 * 1000;

/**
 * What is remembered of a model, whichever version of it: a start needs it before the archive is there.
 * It is a few bytes that are needed at once, and can be found out again: `localStorage` is for such.
 */
export function recall(model: string, now: number = Date.now()): (Verdict & VerdictKey) | undefined {
  const found = remembered()[model];
  if (!found || found.inpoint !== packageVersion || now - found.at > lifetimeMs) return undefined;
  return { model, ...found };
}

/** All that is remembered, by the models. */
export function remembered(): Readonly<Record<string, Remembered>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(verdictPlace) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, Remembered>) : {};
  } catch {
    return {};
  }
}
