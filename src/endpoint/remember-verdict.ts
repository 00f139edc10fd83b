import { packageVersion } from '../worker/protocol.ts';
import type { Verdict } from './device-policy.ts';
import { remembered, verdictPlace, type Remembered, type VerdictKey } from './verdicts.ts';

const mostVerdicts = 100;

/** Remembers a verdict where the page may keep anything; `recall()` finds it at the next visit. */
export function rememberVerdict({ model, version, adapter }: VerdictKey, { device, reason }: Verdict): void {
  const verdict: Remembered = { device, reason, version, adapter, inpoint: packageVersion, at: Date.now() };
  const all = Object.entries({ ...remembered(), [model]: verdict }).toSorted(([, a], [, b]) => b.at - a.at);
  try {
    localStorage.setItem(verdictPlace, JSON.stringify(Object.fromEntries(all.slice(0, mostVerdicts))));
  } catch {
    // A page that may keep nothing finds it out each time.
  }
}
