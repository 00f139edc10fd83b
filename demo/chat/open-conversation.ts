import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { chats, type Artifact, type ChatMessage } from 'inpoint';
import { chat as siteModel } from '../endpoints/demo-models.ts';
import { Served } from '../endpoints/served.ts';
import { addressOf, titleOf as titleOfAddress } from '../store/model-title.ts';
import { Conversation, titleOf, type ChatModel } from './conversation.ts';
import { conversations, keepEntry, removeEntry, type ConversationEntry } from './conversation-list.ts';

const site: ChatModel = { served: siteModel, name: siteModel.name, source: siteModel.source as string };

const current: Signal<Conversation> = signal(new Conversation(site, newId()));

/** The conversation that is shown. */
export const conversation: ReadonlySignal<Conversation> = current;

/** The model that the next conversation begins with, which is that of the one that is shown. */
export const model: ReadonlySignal<ChatModel> = computed(() => current.value.model);

/** Whether the model is the one of this site. */
export function isSiteModel({ source }: ChatModel): boolean {
  return source === site.source;
}

/** Begins another conversation with the same model. */
export function newConversation(): void {
  leave();
  current.value = new Conversation(current.peek().model, newId());
}

/** Goes on with a conversation that is kept, with the model that it was held with. */
export async function openConversation(entry: ConversationEntry): Promise<void> {
  if (entry.id === current.peek().id) return;
  leave();
  const modelBefore = current.peek().model;
  const its = modelBefore.source === entry.model.source ? modelBefore : modelOf(entry.model.name, entry.model.source);
  const opened = await Conversation.read(entry, its);
  if (its !== modelBefore) await modelBefore.served.close();
  current.value = opened;
  void its.served.open();
}

/** Goes over to a model of an address, a file or an archive that is open, with a new conversation where one has begun. */
export async function takeModel(source: string | File | Artifact): Promise<void> {
  isResumed = true;
  leave();
  const { model: before, isEmpty, draft } = current.peek();
  await before.served.close();
  const next = modelFrom(source);
  const begun = new Conversation(next, newId());
  if (isEmpty) begun.draft.value = draft.peek();
  current.value = begun;
  await next.served.open();
}

/** Begins a conversation with messages that there are already: of a file, or of another conversation. */
export async function continueFrom(messages: readonly ChatMessage[], title?: string): Promise<void> {
  leave();
  const { model: its } = current.peek();
  await its.served.open();
  const endpoint = its.served.endpoint.peek();
  if (!endpoint) return;
  const id = newId();
  await chats.put(endpoint.name, id, { messages }).catch(() => undefined);
  const question = messages.find(({ role }) => role === 'user')?.content;
  keepEntry({
    id,
    title: title ?? titleOf(typeof question === 'string' ? question : ''),
    model: { name: its.name, source: its.source, endpoint: endpoint.name },
    at: Date.now(),
    stats: {},
  });
  current.value = new Conversation(its, id, messages);
}

/** Forgets a conversation on this device. */
export async function deleteConversation({ id, model: { endpoint } }: ConversationEntry): Promise<void> {
  const shown = current.peek();
  if (shown.id === id) await shown.delete();
  // What is gone from the list is gone.
  await chats.delete(endpoint, id);
  removeEntry(id);
  if (shown === current.peek() && shown.id === id) current.value = new Conversation(shown.model, newId());
}

/** Goes on, after a reload, where this tab was; from then on it is remembered where that is. */
export async function resume(): Promise<void> {
  // The library's part of conversations comes with the first of them: it is here before the network may go.
  chats.get(siteModel.name, current.peek().id).catch(() => undefined);
  const id = openId();
  const entry = conversations.peek().find((one) => one.id === id);
  if (entry && !isResumed) await openConversation(entry).catch(() => undefined);
  effect(() => remember(current.value.id));
  void current.peek().model.served.open();
}

/** Whether the visitor has come here with something else in mind. */
let isResumed = false;

/** An answer that nobody looks at takes the time of those that somebody waits for. */
function leave(): void {
  current.peek().stop();
}

function remember(id: string): void {
  try {
    sessionStorage.setItem(openKey, id);
  } catch {
    // Where nothing may be kept, a reload begins anew.
  }
}

const openKey = 'inpoint-chat-open';

function openId(): string | null {
  try {
    return sessionStorage.getItem(openKey);
  } catch {
    return null;
  }
}

function modelFrom(source: string | File | Artifact): ChatModel {
  if (source instanceof File) {
    const key = `${fileScheme}${encodeURIComponent(source.name)}`;
    return { served: new Served(source.name, source, 'text-generation', { key }), name: source.name, source: key };
  }
  if (typeof source === 'string') return modelOf(titleOfAddress(source), source);
  const { name, storage } = source;
  return {
    served: new Served(name, source, 'text-generation'),
    name,
    source: storage?.key ?? `${fileScheme}${encodeURIComponent(name)}`,
  };
}

function modelOf(name: string, source: string): ChatModel {
  if (addressOf(source) === addressOf(site.source)) return site;
  // What was a file is kept, or has to be chosen again.
  const keeping = source.startsWith(fileScheme) ? ({ key: source, cache: 'only-if-cached' } as const) : {};
  return { served: new Served(name, source, 'text-generation', keeping), name, source };
}

/** What comes before a file's name in what its model is kept under. */
const fileScheme = 'chat:';

function newId(): string {
  // There is no `randomUUID()` on an insecure origin.
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
