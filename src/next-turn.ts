/** Resolves in the next turn of the event loop, with all who wait for it; not slowed down as timers are. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) > 1) return;
    const { port1, port2 } = (channel ??= open());
    // Node would wait for messages to the end of time.
    (port1 as Countable).ref?.();
    port2.postMessage(undefined);
  });
}

/** `performance.now()` when the turn of the event loop that is known of last began. */
export function turnBeganAt(): number {
  return beganAt;
}

/** Tells that a turn begins: what reads messages of its own knows. */
export function beginTurn(): void {
  beganAt = performance.now();
}

let beganAt = 0;

/** One for all turns: to make another for each costs more than the turn. */
let channel: MessageChannel | undefined;

let waiting: (() => void)[] = [];

/** Ports of Node. */
type Countable = MessagePort & { ref?(): void; unref?(): void };

function open(): MessageChannel {
  const made = new MessageChannel();
  made.port1.onmessage = () => {
    beginTurn();
    (made.port1 as Countable).unref?.();
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  };
  return made;
}
