import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { models, type KeptModel, type KeptSize } from 'inpoint';
import { served, type Served } from '../endpoints/served.ts';
import { archive } from '../your-model/archive.ts';
import { titleOfKept } from './model-title.ts';

/** What is kept on this device, as it was when it was last looked at. */
export interface Kept {
  /** In the order of their names: none changes its place when it is used. */
  readonly models: readonly KeptModel[];
  readonly size: KeptSize;
}

const current: Signal<Kept | undefined> = signal(undefined);
const failure: Signal<unknown> = signal(undefined);

/** Undefined before it was first looked at. */
export const kept: ReadonlySignal<Kept | undefined> = current;

/** Why it cannot be told; undefined where it can. */
export const keptProblem: ReadonlySignal<unknown> = failure;

let looking: Promise<void> | undefined;
let isOutdated = false;

/** Looks at what is kept, once for however many ask meanwhile. */
export function refreshKept(): Promise<void> {
  isOutdated = true;
  looking ??= look().finally(() => (looking = undefined));
  return looking;
}

async function look(): Promise<void> {
  while (isOutdated) {
    isOutdated = false;
    try {
      const [list, size] = await Promise.all([models.list(), models.size()]);
      current.value = { models: list.toSorted(byTitle), size };
      failure.value = undefined;
    } catch (error) {
      failure.value = error;
    }
  }
}

function byTitle(a: KeptModel, b: KeptModel): number {
  return titleOfKept(a).localeCompare(titleOfKept(b)) || a.key.localeCompare(b.key);
}

/** The endpoint of this page that serves what is kept under a key. */
export function servedHere(key: string): Served | undefined {
  return served.value.find((model) => model.endpoint.value?.storage?.key === key);
}

// A room that opens or closes a model changes what is kept, or what is in use.
effect(() => {
  void [served.value, archive.value.kind];
  void refreshKept();
});
for (const type of ['update', 'heal', 'evict'] as const) models.addEventListener(type, () => void refreshKept());
// Other tabs do so unseen.
addEventListener('focus', () => void refreshKept());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void refreshKept();
});
