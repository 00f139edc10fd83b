import { InputError, ManifestError } from '../errors.ts';
import { createJinjaTemplate, type JinjaTemplate } from './jinja-template.ts';
import type { ChatMessage } from './messages.ts';
import type { Tool } from './tools.ts';

type Json = Readonly<Record<string, unknown>>;

/** Makes a prompt of messages. */
export interface ChatTemplate {
  /** Its text, to be looked at; empty where a model has none. */
  readonly source: string;
  /** Whether it writes the tokens that begin a text itself. */
  readonly writesSpecial: boolean;
  /** Texts that end an answer, where no token does. */
  readonly stop: readonly string[];
  /** @throws {InputError} where the template refuses the messages, with its own words */
  render(
    messages: readonly ChatMessage[],
    given: { tools: readonly Tool[]; addGenerationPrompt: boolean; options: Json },
  ): string;
}

/**
 * Makes the chat template of a model: `chat_template.jinja`, or `chat_template` of `tokenizer_config.json`, which may be
 * a list of named ones, of which `tool_use` is taken where there are tools, else `default`. Without any, messages are
 * written as `User: …` and `Assistant: …`.
 *
 * @throws {ManifestError} `file-invalid` for a template that cannot be read.
 */
export function createChatTemplate({
  tokenizerConfig,
  templateFile,
}: {
  tokenizerConfig: Json;
  templateFile?: string | undefined;
}): ChatTemplate {
  const saved = templateFile ?? tokenizerConfig['chat_template'];
  const named = new Map<string, string>();
  if (typeof saved === 'string') named.set('default', saved);
  else if (Array.isArray(saved)) {
    for (const one of saved as { name?: unknown; template?: unknown }[]) {
      if (typeof one?.name === 'string' && typeof one.template === 'string') named.set(one.name, one.template);
    }
  }
  if (named.size === 0) return plainTemplate;
  const templates = new Map([...named].map(([name, source]) => [name, parse(source)]));
  const special = Object.fromEntries(
    ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token'].map((name) => [
      name,
      contentOf(tokenizerConfig[name]),
    ]),
  );
  return {
    source: [...named.values()].join('\n'),
    writesSpecial: true,
    stop: [],
    render(messages, { tools, addGenerationPrompt, options }) {
      const wanted = tools.length > 0 ? ['tool_use', 'default'] : ['default'];
      const name = wanted.find((one) => templates.has(one));
      const template = name === undefined ? [...templates.values()][0]! : templates.get(name)!;
      try {
        return template.render({
          ...options,
          ...special,
          messages: messages.map(forTemplate),
          tools: tools.length > 0 ? tools : null,
          documents: options['documents'] ?? null,
          add_generation_prompt: addGenerationPrompt,
        });
      } catch (cause) {
        const words = (cause as Error).message.replace(/\.$/, '');
        throw new InputError('messages', `The model's chat template does not take these messages: ${words}.`, {
          cause,
        });
      }
    },
  };
}

function parse(source: string): JinjaTemplate {
  const wrong = (reason: string, cause?: unknown): ManifestError =>
    new ManifestError(
      'file-invalid',
      `The model's chat template cannot be read: ${reason}. Correct "chat_template" in tokenizer_config.json, or chat_template.jinja.`,
      { cause },
    );
  try {
    return createJinjaTemplate(source);
  } catch (cause) {
    throw wrong((cause as Error).message.replace(/\.$/, ''), cause);
  }
}

/** Special tokens are written as a string, or as an object with their `content`. */
function contentOf(token: unknown): string | null {
  const content = typeof token === 'object' && token !== null ? (token as Json)['content'] : token;
  return typeof content === 'string' ? content : null;
}

/** Templates read the arguments of tools as objects, where OpenAI's messages have JSON text. */
function forTemplate(message: ChatMessage): unknown {
  const calls = message.role === 'assistant' ? message.tool_calls : undefined;
  if (!calls || calls.length === 0) return message;
  return { ...message, tool_calls: calls.map((call) => ({ ...call, function: withObject(call.function) })) };
}

function withObject({ name, arguments: given }: { name: string; arguments: unknown }): object {
  if (typeof given !== 'string') return { name, arguments: given };
  try {
    return { name, arguments: JSON.parse(given) as unknown };
  } catch {
    return { name, arguments: given };
  }
}

const speakers: Readonly<Record<ChatMessage['role'], string>> = {
  system: 'System',
  developer: 'System',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Tool',
};

const plainTemplate: ChatTemplate = {
  source: '',
  writesSpecial: false,
  stop: ['\nUser:', '\nSystem:'],
  render(messages, { tools, addGenerationPrompt }) {
    if (tools.length > 0) {
      throw new InputError('tools', 'The model has no chat template, and so no way to ask for tools. Leave them out.');
    }
    const lines = messages.map(({ role, content }) => `${speakers[role]}: ${String(content ?? '')}`);
    return [...lines, ...(addGenerationPrompt ? ['Assistant:'] : [])].join('\n');
  },
};
