/** Who goes first: what somebody waits for, before what can wait. */
export type Priority = 'interactive' | 'background';

/** What becomes of those that wait for long, and how many may wait. */
export interface QueuePolicy {
  /** Records of one priority that may wait at the most; one more is refused. */
  readonly maxQueueSize: number;
  /** Milliseconds after which one that still waits is late. */
  readonly queueTimeoutMs: number;
  /** What becomes of one that is late: it is refused, or goes behind all of its priority that are not. */
  readonly timeoutAction: 'reject' | 'delay';
  /** In what it differs for calls in the background. */
  readonly background?: Partial<Omit<QueuePolicy, 'background'>> | undefined;
}

/** One that is queued. */
export interface Queued {
  readonly priority: Priority;
  /** When it came, on the clock of `now`. */
  readonly at: number;
  /** Milliseconds of its own, after which it is late. */
  readonly queueTimeoutMs?: number | undefined;
}

/**
 * Those that wait, in the order in which they are to be run: by their priority, then as they came; late ones that are not
 * refused behind the others of their priority.
 *
 * Source: Triton Inference Server, ModelQueuePolicy in protobuf/model_config.proto, and PriorityQueue in
 * src/scheduler_utils.cc of its core.
 */
export class WaitingLine<Item extends Queued> {
  readonly #levels: Readonly<Record<Priority, Level<Item>>>;
  /** Whether there ever was one that may be late: most lines have none to look for. */
  #mayExpire = false;

  constructor(policy: QueuePolicy) {
    this.#levels = {
      interactive: { policy, items: [], late: [] },
      background: { policy: { ...policy, ...policy.background }, items: [], late: [] },
    };
  }

  /** In their order. */
  get items(): readonly Item[] {
    const { interactive, background } = this.#levels;
    const all = [interactive.items, interactive.late, background.items, background.late].filter(
      ({ length }) => length > 0,
    );
    return all.length > 1 ? all.flat() : (all[0] ?? []);
  }

  /** Who is next. */
  get first(): Item | undefined {
    const { interactive, background } = this.#levels;
    return interactive.items[0] ?? interactive.late[0] ?? background.items[0] ?? background.late[0];
  }

  /** When the next one is late, unless others come. */
  get nextExpiry(): number {
    if (!this.#mayExpire) return Infinity;
    let next = Infinity;
    for (const level of Object.values(this.#levels))
      for (const item of level.items) next = Math.min(next, expiryOf(item, level.policy));
    return next;
  }

  get size(): number {
    return sizeOf(this.#levels.interactive) + sizeOf(this.#levels.background);
  }

  /** Whether one more of a priority would be too many. */
  isFull(priority: Priority): boolean {
    const level = this.#levels[priority];
    return sizeOf(level) >= level.policy.maxQueueSize;
  }

  add(item: Item): void {
    const level = this.#levels[item.priority];
    level.items.push(item);
    if (expiryOf(item, level.policy) < Infinity) this.#mayExpire = true;
  }

  /** Takes out those that are wanted no more. */
  remove(gone: ReadonlySet<Item>): void {
    if (gone.size === 1) {
      const [only] = gone;
      for (const { items } of Object.values(this.#levels)) {
        if (items[0] !== only) continue;
        items.shift();
        return;
      }
    }
    for (const level of Object.values(this.#levels)) {
      if (level.items.length > 0) level.items = level.items.filter((item) => !gone.has(item));
      if (level.late.length > 0) level.late = level.late.filter((item) => !gone.has(item));
    }
  }

  /** Sees to those that are late; gives those that are refused, which are out of the line. */
  expire(now: number): Item[] {
    const refused: Item[] = [];
    for (const level of Object.values(this.#levels)) {
      const isLate = (item: Item): boolean => now >= expiryOf(item, level.policy);
      const late = level.items.filter(isLate);
      if (late.length === 0) continue;
      level.items = level.items.filter((item) => !isLate(item));
      (level.policy.timeoutAction === 'reject' ? refused : level.late).push(...late);
    }
    return refused;
  }
}

/** Those of one priority. */
interface Level<Item> {
  readonly policy: QueuePolicy;
  items: Item[];
  late: Item[];
}

function sizeOf({ items, late }: Level<unknown>): number {
  return items.length + late.length;
}

/** A call may be less patient than the policy, and not more. */
function expiryOf({ at, queueTimeoutMs = Infinity }: Queued, policy: QueuePolicy): number {
  return at + Math.min(queueTimeoutMs, policy.queueTimeoutMs);
}
