import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { models, type ModelEvent } from 'inpoint';

/** What became of a kept model while this page was open. */
export interface Happening {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: ModelEvent['type'];
  readonly key: string;
  readonly version: string | undefined;
  readonly files: readonly string[];
}

const noted: Signal<readonly Happening[]> = signal([]);

/** The last of it, the latest first. */
export const happened: ReadonlySignal<readonly Happening[]> = noted;

const mostNoted = 50;
let last = 0;

/** Has it noted from now on, whichever room is open. */
export function noteWhatHappens(): void {
  for (const type of ['update', 'heal', 'evict'] as const) models.addEventListener(type, note);
}

function note({ type, key, version, files = [] }: ModelEvent): void {
  const happening: Happening = { number: ++last, at: Date.now(), kind: type, key, version, files };
  noted.value = [happening, ...noted.value].slice(0, mostNoted);
}
