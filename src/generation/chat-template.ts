import { InputError, ManifestError } from '../errors.ts';
import { shorten, shown } from '../shown.ts';
import { createJinjaTemplate, TemplateRefusal, type JinjaOptions, type JinjaTemplate } from './jinja-template.ts';
import type { CheckedMessage } from './messages.ts';
import { callArguments, type Tool } from './tools.ts';

type Json = Readonly<Record<string, unknown>>;

/** What makes a conversation the text that a model goes on with. */
export interface ChatTemplate {
  /** The model's own template; undefined where it has none, and the plain one is used. */
  readonly source: string | undefined;
  /** The one for calls with tools, where that is another. */
  readonly toolSource: string | undefined;
  /** Whether the tokenizer is to add its own special tokens: a model's template writes them itself. */
  readonly addsSpecial: boolean;
  /** Texts that end an answer, besides the model's own tokens. */
  readonly stop: readonly string[];
  /** Whether there is a place for tools in it. */
  readonly takesTools: boolean;
  /**
   * Writes the messages, and the beginning of an answer.
   *
   * @throws {InputError} with the template's own words when it refuses the messages; on `tools` where it takes none.
   * @throws {ManifestError} `file-invalid` when the template fails.
   */
  render(messages: readonly CheckedMessage[], options?: RenderOptions): string;
}

export interface RenderOptions {
  readonly tools?: readonly Tool[];
  /** What a template asks for besides, such as `enable_thinking` or `documents`. */
  readonly templateOptions?: Json;
}

export interface ChatTemplateFiles extends JinjaOptions {
  /** `tokenizer_config.json`, with what `special_tokens_map.json` adds to it. */
  readonly tokenizerConfig: Json;
  /** `chat_template.jinja`, which is taken before what the configuration has. */
  readonly templateFile?: string | undefined;
}

/**
 * Makes the chat template of a model, as Transformers does: of `chat_template.jinja`, or of `chat_template` in
 * `tokenizer_config.json`, which may be a list with names, of which `tool_use` is taken where there are tools, else
 * `default`. Where there is none, a plain one is used: `System: …`, `User: …` and `Assistant: …`, a line each; an answer
 * ends where the next turn would begin.
 *
 * @throws {ManifestError} `file-invalid` when a template cannot be read.
 */
export function createChatTemplate(files: ChatTemplateFiles): ChatTemplate {
  const sources = sourcesOf(files);
  if (sources.size === 0) return plainTemplate;
  const [first] = sources.keys();
  // A single template is the default whatever it is called.
  const name = sources.has('default') ? 'default' : first!;
  const main = createNamedTemplate(name, sources.get(name)!, files);
  const toolSource = sources.get('tool_use');
  const forTools =
    toolSource === undefined || name === 'tool_use' ? undefined : createNamedTemplate('tool_use', toolSource, files);
  const special = specialOf(files.tokenizerConfig);

  return {
    source: main.source,
    toolSource: forTools?.source,
    addsSpecial: false,
    stop: [],
    takesTools: (forTools ?? main).takesTools,
    render(messages, { tools = [], templateOptions = {} } = {}) {
      const chosen = tools.length > 0 ? (forTools ?? main) : main;
      if (tools.length > 0 && !chosen.takesTools) throw noTools("The model's chat template has no place for tools");
      const text = chosen.render(messages, {
        documents: null,
        ...special,
        ...templateOptions,
        tools: tools.length > 0 ? tools : null,
        add_generation_prompt: true,
      });
      // Some want them elsewhere, as in the message of the system, and pass over these.
      if (tools.every(({ function: { name: tool } }) => text.includes(tool))) return text;
      throw noTools("The model's chat template passes over the tools");
    },
  };
}

function sourcesOf({ tokenizerConfig, templateFile }: ChatTemplateFiles): Map<string, string> {
  if (templateFile !== undefined) return new Map([['default', templateFile]]);
  const sources = new Map<string, string>();
  const saved = tokenizerConfig['chat_template'];
  const wrong = (why: string): ManifestError =>
    new ManifestError('file-invalid', `chat_template of tokenizer_config.json ${why}. Save the tokenizer again.`);
  if (typeof saved === 'string') sources.set('default', saved);
  else if (Array.isArray(saved)) {
    for (const one of saved as readonly (Json | null)[]) {
      const { name, template } = one ?? {};
      if (typeof name !== 'string' || typeof template !== 'string') {
        throw wrong('is a list, and not of { "name": …, "template": … }');
      }
      sources.set(name, template);
    }
  } else if (saved !== undefined && saved !== null) throw wrong(`is ${shown(saved)}, not a text or a list`);
  if (sources.size > 1 && !sources.has('default')) {
    throw wrong(`names ${[...sources.keys()].map(shown).join(', ')}, and none of them is "default"`);
  }
  return sources;
}

/** Special tokens by their names in a template: `bos_token`. One is a string, or an object with its `content`. */
function specialOf(config: Json): Record<string, string> {
  const special: Record<string, string> = {};
  for (const name of ['bos', 'eos', 'unk', 'pad', 'sep', 'cls', 'mask']) {
    const value = config[`${name}_token`];
    const content = typeof value === 'object' && value !== null ? (value as Json)['content'] : value;
    if (typeof content === 'string') special[`${name}_token`] = content;
  }
  return special;
}

interface NamedTemplate {
  readonly source: string;
  readonly takesTools: boolean;
  render(messages: readonly CheckedMessage[], variables: Json): string;
}

function createNamedTemplate(name: string, source: string, options: JinjaOptions): NamedTemplate {
  const fails = (what: string, cause: unknown): ManifestError =>
    new ManifestError(
      'file-invalid',
      `The model's chat template ${shown(name)} ${what}: ${shorten((cause as Error).message, 300)}. Correct the template, or take it out of the model: then the messages are written plainly.`,
      { cause },
    );
  let template: JinjaTemplate;
  try {
    template = createJinjaTemplate(source, options);
  } catch (cause) {
    throw fails('cannot be read', cause);
  }

  /** Templates do not say what they want; what they make of an example shows it. */
  const isWritten = (
    messages: readonly CheckedMessage[],
    variables: Json,
    shape: MessageShape,
    mark: string,
  ): boolean => {
    try {
      const text = template.render({ ...variables, messages: messages.map((message) => shapeMessage(message, shape)) });
      // The library writes an object so where a text was to be.
      return text.includes(mark) && !text.includes('[object ');
    } catch {
      return false;
    }
  };
  let shape: MessageShape = { parts: false, objects: true, nulls: true, developers: source.includes('developer') };
  let knowsParts = !/["']text["']/.test(source);
  let knowsCalls = false;

  return {
    source,
    takesTools: /\btools\b/.test(source),
    render(messages, variables) {
      if (!knowsParts) {
        const inParts = { ...shape, parts: true };
        const { content } = question;
        const isText = isWritten([question], variables, shape, content);
        if (!isText && isWritten([question], variables, inParts, content)) shape = inParts;
        knowsParts = true;
      }
      if (!knowsCalls && messages.some(({ tool_calls: calls }) => calls)) {
        const fits = callShapes
          .map((one) => ({ ...shape, ...one }))
          .find((one) => isWritten([question, call], variables, one, argument));
        if (fits) shape = fits;
        knowsCalls = true;
      }
      try {
        return template.render({ ...variables, messages: messages.map((message) => shapeMessage(message, shape)) });
      } catch (cause) {
        if (!(cause instanceof TemplateRefusal)) throw fails('fails on these messages', cause);
        const reason = shorten(cause.message, 300);
        throw new InputError('messages', `The model's chat template refuses the messages: ${reason}`, { cause });
      }
    },
  };
}

const argument = 'example_argument';
const question = { role: 'user', content: 'example-question' } as const satisfies CheckedMessage;
const call: CheckedMessage = {
  role: 'assistant',
  content: null,
  tool_calls: [
    // Some templates refuse ids of another length.
    { id: 'example01', type: 'function', function: { name: 'example', arguments: `{"${argument}": "value"}` } },
  ],
};

/** How a template wants what can be written in two ways. */
interface MessageShape {
  /** Whether a text is a list of parts. */
  readonly parts: boolean;
  /** Whether the arguments of a call are an object, and not JSON. */
  readonly objects: boolean;
  /** Whether the content of a call's message is null, and not an empty text. */
  readonly nulls: boolean;
  /** Whether it knows the role `developer`, which says what `system` does to others. */
  readonly developers: boolean;
}

const callShapes: readonly Pick<MessageShape, 'objects' | 'nulls'>[] = [
  { objects: true, nulls: true },
  { objects: false, nulls: true },
  { objects: true, nulls: false },
  { objects: false, nulls: false },
];

function shapeMessage(message: CheckedMessage, { parts, objects, nulls, developers }: MessageShape): Json {
  const { role, tool_calls: calls } = message;
  const content = nulls ? message.content : (message.content ?? '');
  return {
    ...message,
    role: role === 'developer' && !developers ? 'system' : role,
    content: parts && content !== null ? [{ type: 'text', text: content }] : content,
    ...(calls && {
      tool_calls: calls.map((one) => ({
        ...one,
        function: {
          name: one.function.name,
          arguments: objects ? callArguments(one.function.arguments) : one.function.arguments,
        },
      })),
    }),
  };
}

const plainTemplate: ChatTemplate = {
  source: undefined,
  toolSource: undefined,
  addsSpecial: true,
  stop: ['\nUser:', '\nAssistant:', '\nSystem:'],
  takesTools: false,
  render(messages, { tools = [] } = {}) {
    const none = 'The model has no chat template';
    if (tools.length > 0) throw noTools(none);
    const turns = messages.map(({ role, content, tool_calls: calls }, index) => {
      if (role === 'tool' || calls) {
        const at = `messages[${index}].${calls ? 'tool_calls' : 'role'}`;
        throw new InputError(at, `${none}, and so no way to write calls of tools and their answers. Leave them out.`);
      }
      return `${speakers[role]}: ${content}\n`;
    });
    return `${turns.join('')}Assistant:`;
  },
};

const speakers: Readonly<Record<Exclude<CheckedMessage['role'], 'tool'>, string>> = {
  system: 'System',
  developer: 'System',
  user: 'User',
  assistant: 'Assistant',
};

function noTools(why: string): InputError {
  return new InputError('tools', `${why}: it was not made to call any. Leave the tools out, or take another model.`);
}
