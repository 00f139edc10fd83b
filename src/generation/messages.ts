import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { ToolCall } from './tools.ts';

/** One message of a conversation, in the shape of OpenAI's chat completions. */
export type ChatMessage =
  | { readonly role: 'system' | 'developer' | 'user'; readonly content: MessageContent; readonly name?: string }
  | {
      readonly role: 'assistant';
      readonly content?: MessageContent | null;
      readonly tool_calls?: readonly ToolCall[];
      readonly name?: string;
    }
  | {
      /** What a function that was asked for gave. */
      readonly role: 'tool';
      readonly content: MessageContent;
      readonly tool_call_id?: string;
      readonly name?: string;
    };

/** A text, or the parts of one. */
export type MessageContent = string | readonly { readonly type: 'text'; readonly text: string }[];

const roles: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool']);

/**
 * Looks messages through, and makes one text of the parts of each.
 *
 * @throws {InputError} that names the part at fault, as in `messages[2].role`
 */
export function checkMessages(given: unknown): ChatMessage[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw new InputError('messages', `Pass a list of one message or more, not ${shown(given)}.`);
  }
  return given.map((message: unknown, index) => {
    const at = `messages[${index}]`;
    if (typeof message !== 'object' || message === null) {
      throw new InputError(at, `A message is an object { role, content }, not ${shown(message)}.`);
    }
    const { role, content, tool_calls: calls } = message as Record<string, unknown>;
    if (!roles.has(role)) {
      throw new InputError(
        `${at}.role`,
        `The role of a message is one of ${[...roles].join(', ')}, not ${shown(role)}.`,
      );
    }
    const mayBeEmpty = role === 'assistant' && (content === null || content === undefined);
    if (calls !== undefined && !Array.isArray(calls)) {
      throw new InputError(`${at}.tool_calls`, `The tool_calls of a message are a list, not ${shown(calls)}.`);
    }
    return { ...message, content: mayBeEmpty ? '' : textOf(content, `${at}.content`) } as ChatMessage;
  });
}

function textOf(content: unknown, at: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) {
    throw new InputError(at, `The content of a message is a text, or a list of parts, not ${shown(content)}.`);
  }
  return content
    .map((part: { type?: unknown; text?: unknown } | null, index) => {
      if (part?.type === 'text' && typeof part.text === 'string') return part.text;
      throw new InputError(
        `${at}[${index}]`,
        `A part of a message is { type: 'text', text }: pictures and sound are not taken, and this is ${shown(part?.type ?? part)}.`,
      );
    })
    .join('');
}
