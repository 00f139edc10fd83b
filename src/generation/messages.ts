import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import { callArguments, type ToolCall } from './tools.ts';

/** One turn of a conversation, in the shape of OpenAI's chat completions. */
export type ChatMessage =
  | {
      readonly role: 'system' | 'developer' | 'user';
      readonly content: MessageContent;
      readonly name?: string;
    }
  | {
      readonly role: 'assistant';
      /** Null or left out where the model called tools and said nothing. */
      readonly content?: MessageContent | null;
      readonly name?: string;
      readonly tool_calls?: readonly ToolCall[];
      /** What the model thought before it answered; templates of models that think read it. */
      readonly reasoning_content?: string | null;
    }
  | {
      readonly role: 'tool';
      /** What the tool answered. */
      readonly content: MessageContent;
      /** The call that it answers. */
      readonly tool_call_id?: string;
      readonly name?: string;
    };

/** A text, or the parts of one. */
export type MessageContent = string | readonly TextPart[];

/** A part of a message that is in parts. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A message whose parts are one text. */
export interface CheckedMessage {
  readonly role: ChatMessage['role'];
  readonly content: string | null;
  readonly name?: string;
  readonly tool_calls?: readonly ToolCall[];
  readonly tool_call_id?: string;
  readonly reasoning_content?: string;
}

/**
 * Checks the messages of a conversation. The parts of a message become one text, a line each; a tool's answer gets the
 * name of the tool that was called. What answers of OpenAI's have besides, such as `refusal`, is left out.
 *
 * @throws {InputError} on the part at fault, as in `messages[2].role`.
 */
export function checkMessages(messages: unknown): CheckedMessage[] {
  if (!Array.isArray(messages)) {
    throw new InputError(
      'messages',
      `The messages are ${shown(messages)}: pass a list such as [{ role: 'user', content: 'Hello' }].`,
    );
  }
  if (messages.length === 0) {
    throw new InputError('messages', 'The messages are empty: pass one at least, such as { role: "user", content }.');
  }
  const names = new Map<string, string>();
  return messages.map((message: unknown, index) => {
    const checked = checkMessage(message, `messages[${index}]`);
    for (const call of checked.tool_calls ?? []) names.set(call.id, call.function.name);
    const name = checked.name ?? (checked.tool_call_id === undefined ? undefined : names.get(checked.tool_call_id));
    return name === undefined ? checked : { ...checked, name };
  });
}

const roles: readonly string[] = ['system', 'developer', 'user', 'assistant', 'tool'] satisfies ChatMessage['role'][];

function checkMessage(message: unknown, at: string): CheckedMessage {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new InputError(at, `${at} is ${shown(message)}: pass an object with role and content.`);
  }
  const given = message as Readonly<Record<string, unknown>>;
  const role = checkRole(given['role'], `${at}.role`);
  const calls = checkCalls(given['tool_calls'], role, `${at}.tool_calls`);
  const name = optionalText(given['name'], `${at}.name`);
  const answered = optionalText(given['tool_call_id'], `${at}.tool_call_id`);
  const thought = optionalText(given['reasoning_content'], `${at}.reasoning_content`);
  return {
    role,
    content: checkContent(given['content'], role, calls.length > 0, `${at}.content`),
    ...(name !== undefined && { name }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(role === 'tool' && answered !== undefined && { tool_call_id: answered }),
    ...(role === 'assistant' && thought !== undefined && { reasoning_content: thought }),
  };
}

function checkRole(role: unknown, at: string): ChatMessage['role'] {
  if (typeof role === 'string' && roles.includes(role)) return role as ChatMessage['role'];
  const instead = role === 'function' ? "Give a function's answer as 'tool'." : `Use one of ${roles.join(', ')}.`;
  throw new InputError(at, `${at} is ${shown(role)}, which is no role of a message. ${instead}`);
}

function checkContent(content: unknown, role: string, calls: boolean, at: string): string | null {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) {
    return content.map((part: unknown, index) => checkPart(part, `${at}[${index}]`)).join('\n');
  }
  const isMissing = content === undefined || content === null;
  if (isMissing && role === 'assistant' && calls) return null;
  const why = isMissing && role === 'assistant' ? ' Only a message with tool_calls may be without.' : '';
  throw new InputError(at, `${at} is ${shown(content)}: pass a string, or a list of { type: 'text', text }.${why}`);
}

function checkPart(part: unknown, at: string): string {
  const { type, text } = (typeof part === 'object' && part !== null ? part : {}) as Partial<Record<string, unknown>>;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'text') throw new InputError(`${at}.text`, `${at}.text is ${shown(text)}: pass a string.`);
  const media = typeof type === 'string' ? mediaOf[type] : undefined;
  throw media === undefined
    ? new InputError(at, `${at} is ${shown(part)} of the type ${shown(type)}: pass { type: 'text', text }.`)
    : new InputError(at, `${at} is ${media} (${shown(type)}): the model takes text alone. Leave it out.`);
}

const mediaOf: Readonly<Partial<Record<string, string>>> = Object.assign(Object.create(null), {
  image_url: 'a picture',
  input_image: 'a picture',
  image: 'a picture',
  input_audio: 'a sound',
  audio: 'a sound',
  video_url: 'a video',
  video: 'a video',
  file: 'a file',
});

function checkCalls(calls: unknown, role: string, at: string): ToolCall[] {
  if (calls === undefined || calls === null) return [];
  if (role !== 'assistant')
    throw new InputError(at, `${at} is in a message of the role ${shown(role)}: only an assistant calls tools.`);
  if (!Array.isArray(calls)) throw new InputError(at, `${at} is ${shown(calls)}: pass the list that the model gave.`);
  return calls.map((call: unknown, index) => checkCall(call, `${at}[${index}]`));
}

function checkCall(call: unknown, at: string): ToolCall {
  const { id, function: called } = (typeof call === 'object' && call !== null ? call : {}) as Partial<
    Record<string, unknown>
  >;
  if (typeof id !== 'string')
    throw new InputError(`${at}.id`, `${at}.id is ${shown(id)}: pass the id that the call had.`);
  const { name, arguments: given } = (typeof called === 'object' && called !== null ? called : {}) as Partial<
    Record<string, unknown>
  >;
  const field = `${at}.function`;
  if (typeof name !== 'string')
    throw new InputError(`${field}.name`, `${field}.name is ${shown(name)}: pass a string.`);
  if (typeof given !== 'string' || callArguments(given) === undefined) {
    throw new InputError(
      `${field}.arguments`,
      `${field}.arguments is ${shown(given)}: pass a string of JSON that is an object, as the call had.`,
    );
  }
  return { id, type: 'function', function: { name, arguments: given } };
}

function optionalText(value: unknown, at: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new InputError(at, `${at} is ${shown(value)}: pass a string, or leave it out.`);
}
