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

interface Remembered extends Verdict {
  readonly version: string | undefined;
  readonly adapter: string | undefined;
  readonly inpoint: string;
  readonly at: number;
}

const place = 'inpoint/1/verdicts';

/** Browsers and drivers get better, and worse. */
const lifetimeMs = 30 * 24 * 3600 * 1000;
const mostVerdicts = 100;

/**
 * What is remembered of a model, whichever version of it: a start needs it before the archive is there.
 * It is a few bytes that are needed at once, and can be found out again: `localStorage` is for such.
 */
export function recall(model: string, now: number = Date.now()): (Verdict & VerdictKey) | undefined {
  const found = read()[model];
  if (!found || found.inpoint !== packageVersion || now - found.at > lifetimeMs) return undefined;
  return { model, ...found };
}

/** Remembers a verdict where the page may keep anything. */
export function remember({ model, version, adapter }: VerdictKey, { device, reason }: Verdict): void {
  const verdict: Remembered = { device, reason, version, adapter, inpoint: packageVersion, at: Date.now() };
  const all = Object.entries({ ...read(), [model]: verdict }).toSorted(([, a], [, b]) => b.at - a.at);
  write(Object.fromEntries(all.slice(0, mostVerdicts)));
}

function read(): Readonly<Record<string, Remembered>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(place) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, Remembered>) : {};
  } catch {
    return {};
  }
}

function write(verdicts: Readonly<Record<string, Remembered>>): void {
  try {
    localStorage.setItem(place, JSON.stringify(verdicts));
  } catch {
    // A page that may keep nothing finds it out each time.
  }
}
