import type { ChatExport } from './chat.ts';
import type { KeptChat } from './kept-chats.ts';

/**
 * The conversations that `endpoint.chat({ durable })` keeps on this device, each under the names of its endpoint and its
 * own: read, put and forgotten without their model. Each rejects with what the browser's database says, as where a page
 * may keep nothing.
 */
export interface Chats {
  /** What was said; undefined where nothing is kept. */
  get(endpoint: string, name: string): Promise<ChatExport | undefined>;
  /** Keeps a conversation, in the place of the one that is kept; one that is open takes no notice. */
  put(endpoint: string, name: string, chat: ChatExport): Promise<void>;
  /** Forgets a conversation; one that is open goes on, and is kept again at its next word. */
  delete(endpoint: string, name: string): Promise<void>;
}

/** The conversations that are kept on this device. */
export const chats: Chats = {
  get: async (endpoint, name) => (await kept(endpoint, name)).get(),
  put: async (endpoint, name, chat) => (await kept(endpoint, name)).put(chat),
  delete: async (endpoint, name) => (await kept(endpoint, name)).delete(),
};

async function kept(endpoint: string, name: string): Promise<KeptChat> {
  // Pages that never chat do without the database.
  const { keptChat } = await import('./kept.ts');
  return keptChat(endpoint, name);
}
