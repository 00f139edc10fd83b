import type { StoreEvent } from '../artifact/keep.ts';
import { storeRoot } from '../use-lock.ts';

/** What became of a kept model; `type` is `update`, `heal` or `evict`. */
export interface ModelEvent extends Event {
  /** What became of it. */
  readonly type: StoreEvent['kind'];
  /** What it is kept under. */
  readonly key: string;
  /** Of an update: the version that is there for the next time. */
  readonly version: string | undefined;
  /** Of a healing: files that were damaged, and were downloaded again. */
  readonly files: readonly string[] | undefined;
}

/** Who listens in this page, and what other tabs are told by and tell by. */
interface Listeners {
  readonly target: EventTarget;
  readonly channel: BroadcastChannel | undefined;
}

const listeners = new Map<string, Listeners>();

/** What is told of a namespace, by whichever tab. */
export function targetOf(namespace: string): EventTarget {
  const there = listeners.get(namespace);
  if (there) return there.target;
  const target = new EventTarget();
  const channel = openChannel(namespace);
  if (channel) channel.onmessage = ({ data }: MessageEvent<StoreEvent>) => target.dispatchEvent(eventOf(data));
  listeners.set(namespace, { target, channel });
  return target;
}

/** Tells those who listen to a namespace, in all tabs. */
export function tellOf(namespace: string): (event: StoreEvent) => void {
  return (event) => {
    const here = listeners.get(namespace);
    here?.target.dispatchEvent(eventOf(event));
    // A channel does not hear itself.
    const channel = here ? here.channel : openChannel(namespace);
    channel?.postMessage(event);
    if (!here) channel?.close();
  };
}

function eventOf({ kind, ...rest }: StoreEvent): Event {
  return Object.assign(new Event(kind), { version: undefined, files: undefined }, rest);
}

/** Undefined in a page that may keep nothing. */
function openChannel(namespace: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(`${storeRoot(namespace)}/events`);
  } catch {
    return undefined;
  }
}
