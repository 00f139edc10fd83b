import type { StoreEvent } from '../artifact/keep.ts';

/** What became of a kept model; `type` is `update`, `heal` or `evict`. */
export interface ModelEvent extends Event {
  readonly type: StoreEvent['kind'];
  /** What it is kept under. */
  readonly key: string;
  /** Of an update: the version that is there for the next time. */
  readonly version: string | undefined;
  /** Of a healing: files that were damaged, and were downloaded again. */
  readonly files: readonly string[] | undefined;
}

/** Those who listen, by the namespace. */
const targets = new Map<string, EventTarget>();

export function targetOf(namespace: string): EventTarget {
  const target = targets.get(namespace) ?? new EventTarget();
  targets.set(namespace, target);
  return target;
}

/** Tells those who listen to a namespace. */
export function tellOf(namespace: string): (event: StoreEvent) => void {
  return ({ kind, ...rest }) => {
    targetOf(namespace).dispatchEvent(Object.assign(new Event(kind), { version: undefined, files: undefined }, rest));
  };
}
