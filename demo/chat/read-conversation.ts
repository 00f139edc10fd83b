import { InputError, type ChatMessage } from 'inpoint';

/**
 * The messages of a file that was exported, or of an OpenAI request: a list of messages, or an object that has one.
 *
 * @throws {InputError} where there are none
 */
export async function readConversation(file: Blob): Promise<ChatMessage[]> {
  const text = await file.text();
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new InputError('messages', `This file is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const messages = Array.isArray(read) ? read : (read as { messages?: unknown } | null)?.messages;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new InputError('messages', 'This file has no "messages". Import what Export has saved.');
  }
  return messages.map((message: unknown, index) => {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    const isRole = role === 'system' || role === 'user' || role === 'assistant';
    if (isRole && typeof content === 'string') return { role, content };
    throw new InputError(
      'messages',
      `The message at ${index} of this file is none of "system", "user" or "assistant" with a text as its "content".`,
    );
  });
}
