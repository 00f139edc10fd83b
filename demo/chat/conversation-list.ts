import { signal, type ReadonlySignal, type Signal } from '@preact/signals';

/** What the page itself keeps of a conversation: all but what was said, which the library keeps. */
export interface ConversationEntry {
  /** What the library keeps it under, beside the name of the endpoint. */
  readonly id: string;
  readonly title: string;
  readonly model: ModelPlace;
  /** When something was said last, in milliseconds since 1970. */
  readonly at: number;
  /** Of answers, by their index among the messages. */
  readonly stats: Readonly<Record<number, AnswerStats>>;
}

/** Where a model is found again. */
export interface ModelPlace {
  /** What people call it. */
  readonly name: string;
  /** Its address, or `chat:` and a file's name: what it is kept under. */
  readonly source: string;
  /** The name of its endpoint. */
  readonly endpoint: string;
}

/** How an answer came about. */
export interface AnswerStats {
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly firstTokenMs: number;
  /** Of the tokens before the answer; undefined where it was stopped before they were told. */
  readonly prompt?: { readonly tokens: number; readonly reused: number; readonly droppedMessages: number };
  readonly end: 'stop' | 'length' | 'tool_calls' | 'stopped';
}

const key = 'inpoint-chats';

const list: Signal<readonly ConversationEntry[]> = signal(kept());

/** All that are kept, the one that something was said in last first. */
export const conversations: ReadonlySignal<readonly ConversationEntry[]> = list;

/** Puts an entry in the list, or another one in its place. */
export function keepEntry(entry: ConversationEntry): void {
  change((entries) => [entry, ...entries.filter(({ id }) => id !== entry.id)]);
}

export function renameEntry(id: string, title: string): void {
  change((entries) => entries.map((entry) => (entry.id === id ? { ...entry, title } : entry)));
}

export function removeEntry(id: string): void {
  change((entries) => entries.filter((entry) => entry.id !== id));
}

function change(work: (entries: readonly ConversationEntry[]) => readonly ConversationEntry[]): void {
  // Another tab may have added to them.
  const before = isKept ? kept() : list.peek();
  list.value = work(before).toSorted((a, b) => b.at - a.at);
  try {
    localStorage.setItem(key, JSON.stringify(list.peek()));
    isKept = true;
  } catch {
    // Where nothing may be kept, they last as long as the page.
    isKept = false;
  }
}

let isKept = true;

addEventListener('storage', (event) => {
  if (event.key === key) list.value = kept();
});

function kept(): readonly ConversationEntry[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(read) ? read.filter(isEntry) : [];
  } catch {
    return [];
  }
}

/** What an earlier version of the page kept may not fit any more. */
function isEntry(read: unknown): read is ConversationEntry {
  const { id, title, at, model, stats } = (read ?? {}) as Partial<ConversationEntry>;
  return (
    typeof id === 'string' &&
    typeof title === 'string' &&
    typeof at === 'number' &&
    typeof stats === 'object' &&
    [model?.name, model?.source, model?.endpoint].every((text) => typeof text === 'string')
  );
}
