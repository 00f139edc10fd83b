import { beginningAtEnd } from './replace-stream.ts';
import { callArguments, type Tool, type ToolCall } from './tools.ts';

/** How a model writes that it calls a tool. */
export type ToolFormat =
  /** `<tool_call>{"name": …, "arguments": …}</tool_call>`, of Hermes, Qwen and SmolLM. */
  | 'hermes'
  /** `<tool_call><function=name><parameter=key>value</parameter></function></tool_call>`, of Qwen 3.5 and Qwen Coder. */
  | 'qwen'
  /** `[TOOL_CALLS] [{"name": …, "arguments": …}]`, and `[TOOL_CALLS]name[ARGS]{…}` of later ones, of Mistral. */
  | 'mistral'
  /** `{"name": …, "parameters": …}`, with or without `<|python_tag|>` before it, of Llama 3. */
  | 'llama'
  /** `<|tool_call|>[{"name": …, "arguments": …}]<|/tool_call|>`, of Phi 4 and, without the end, Granite 3. */
  | 'phi'
  /** `<|tool_call>call:name{key:<|"|>value<|"|>}<tool_call|>`, of Gemma 4. */
  | 'gemma'
  /** `<start_function_call>call:name{key:<escape>value<escape>}<end_function_call>`, of FunctionGemma. */
  | 'function-gemma'
  /** `{"name": …, "arguments": …}` or a list of such, and nothing else. */
  | 'json';

/** The format that a chat template with a place for tools teaches. */
export function toolFormatOf(template: string): ToolFormat {
  if (template.includes('<tool_call>')) return template.includes('<function=') ? 'qwen' : 'hermes';
  for (const format of ['mistral', 'llama', 'phi', 'gemma', 'function-gemma'] as const) {
    if (template.includes(formats[format].marker)) return format;
  }
  return template.includes('ipython') ? 'llama' : 'json';
}

/**
 * What is before and after `{"name": …, "arguments": {…}}` where a model is held to a call. Each reader takes this form,
 * also those of formats whose models write calls otherwise.
 */
export function toolCallMarks(format: ToolFormat): readonly [before: string, after: string] {
  const { marker, closing = '', isList = false } = formats[format];
  return isList ? [`${marker}[`, `]${closing}`] : [marker, closing];
}

/** Tokens that the reader of a format has to see, even where special tokens are left out of an answer. */
export function toolCallTokens(format: ToolFormat): readonly string[] {
  const { marker, closing = '', quote = '', inner = [] } = formats[format];
  return [marker, closing, quote, ...inner].filter((token) => token !== '');
}

/** What is certain of an answer: the text for people, and the calls that are complete. */
export interface ToolCallPiece {
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** Takes an answer apart while it is written. */
export interface ToolCallReader {
  push(text: string): ToolCallPiece;
  /** What was held back. A call that is not one in the end is text. */
  end(): ToolCallPiece;
}

/**
 * Makes a reader of a model's answer. Text that may be the beginning of a call is held back until it is clear; so is
 * white space, since none is given that is only beside calls.
 *
 * @param options tools: those that may be called, whose schemas say what a text without quotes is;
 * newId: makes ids for calls without, `@default` nine random letters and digits, as Mistral's templates want
 */
export function createToolCallReader(
  format: ToolFormat,
  { tools = [], newId = randomId }: { readonly tools?: readonly Tool[]; readonly newId?: () => string } = {},
): ToolCallReader {
  const { marker, bare } = formats[format];
  /** What was read, and is neither given nor dropped. */
  let held = '';
  /** What a call began with, which is given where it is none in the end; undefined outside of calls. */
  let opening: string | undefined;
  let findCall = createFinder(format, tools);
  let hasSpoken = false;
  let isAfterCall = false;

  const read = (isEnd: boolean): ToolCallPiece => {
    let text = '';
    const calls: ToolCall[] = [];
    const say = (more: string): void => {
      if (more === '') return;
      text += more;
      hasSpoken = true;
      isAfterCall = false;
    };
    for (;;) {
      if (opening !== undefined) {
        const found = findCall(held, opening.trim() === '', isEnd);
        if (found === 'unfinished') return { text, calls };
        if (found === 'none') {
          say(opening + held.slice(0, 1));
          held = held.slice(1);
        } else {
          calls.push(
            ...found.calls.map(({ id, ...called }): ToolCall => ({
              id: id ?? newId(),
              type: 'function',
              function: called,
            })),
          );
          held = held.slice(found.length);
          isAfterCall = true;
        }
        opening = undefined;
        findCall = createFinder(format, tools);
        continue;
      }
      if (isAfterCall) held = held.replace(/^[\s;]+/, '');
      const lead = held.length - held.trimStart().length;
      const at =
        !hasSpoken && bare.includes(held.charAt(lead) || ' ') ? lead : marker === '' ? -1 : held.indexOf(marker);
      if (at >= 0) {
        const said = held.slice(0, at).trimEnd();
        say(said);
        const isBare = !held.startsWith(marker, at) || marker === '';
        const end = isBare ? at : at + marker.length;
        opening = held.slice(said.length, end);
        held = held.slice(end);
        continue;
      }
      const certain = isEnd ? held : held.slice(0, held.length - beginningAtEnd(held, marker)).trimEnd();
      say(certain);
      held = held.slice(certain.length);
      return { text, calls };
    }
  };

  return {
    push(text) {
      held += text;
      return read(false);
    },
    end: () => read(true),
  };
}

interface Format {
  /** What a call begins with. */
  readonly marker: string;
  /** What it begins with where nothing was said before. */
  readonly bare: string;
  readonly closing?: string;
  /** What is around texts that are not of JSON. */
  readonly quote?: string;
  /** Other tokens within a call. */
  readonly inner?: readonly string[];
  /** Whether calls are in a list. */
  readonly isList?: boolean;
}

const formats: Readonly<Record<ToolFormat, Format>> = {
  hermes: { marker: '<tool_call>', bare: '', closing: '</tool_call>' },
  qwen: { marker: '<tool_call>', bare: '', closing: '</tool_call>' },
  mistral: { marker: '[TOOL_CALLS]', bare: '', inner: ['[CALL_ID]', '[ARGS]'], isList: true },
  llama: { marker: '<|python_tag|>', bare: '{' },
  phi: { marker: '<|tool_call|>', bare: '', closing: '<|/tool_call|>', isList: true },
  gemma: { marker: '<|tool_call>', bare: '', closing: '<tool_call|>', quote: '<|"|>' },
  'function-gemma': {
    marker: '<start_function_call>',
    bare: '',
    closing: '<end_function_call>',
    quote: '<escape>',
  },
  json: { marker: '', bare: '{[' },
};

interface Called {
  readonly id?: string;
  readonly name: string;
  readonly arguments: string;
}

type Finding = 'unfinished' | 'none' | { readonly calls: readonly Called[]; readonly length: number };

type Finder = (text: string, isBare: boolean, isEnd: boolean) => Finding;

/** Makes a function that is given more and more of what may be a call, from its first character after the marker. */
function createFinder(format: ToolFormat, tools: readonly Tool[]): Finder {
  const { closing = '', quote = '' } = formats[format];
  const inJson = jsonFinder(format, tools);
  const own =
    format === 'qwen'
      ? closed(closing, (body) => calledInTags(body, tools))
      : quote === ''
        ? inJson
        : closed(closing, (body) => calledWithQuotes(body, quote));
  // Models that were taught another form write JSON at times, and where they are held to it.
  return (text, isBare, isEnd) => (/^\s*[{[]/.test(text) ? inJson : own)(text, isBare, isEnd);
}

/** Finds calls that are JSON, or a name before JSON. */
function jsonFinder(format: ToolFormat, tools: readonly Tool[]): Finder {
  const { closing = '' } = formats[format];
  const names = new Set(tools.map((tool) => tool.function.name));
  const endOf = createJsonEnd();
  return (text, isBare, isEnd) => {
    const more = isEnd ? 'none' : 'unfinished';
    const start = text.length - text.trimStart().length;
    if (start === text.length) return more;
    const named = format === 'mistral' && text[start] !== '[' ? mistralName.exec(text) : undefined;
    if (named === null) return mistralNameBeginning.test(text) ? more : 'none';
    const from = named ? named[0].length : start;
    if (text[from] !== '{' && text[from] !== '[') return 'none';
    // An answer in JSON that is no call is not held back to its end.
    const key = isBare ? /^[[{\s]*"([^"\\]*)"/.exec(text.slice(from, from + 64))?.[1] : undefined;
    if (key !== undefined && !callKeys.has(key)) return 'none';
    const end = endOf(text, from);
    if (end === undefined) return more;
    const value = parse(text.slice(from, end));
    const calls = named ? [calledAs(named[1]!, value, named[2])] : [value].flat().map(callOf);
    if (calls.length === 0 || calls.includes(undefined)) return 'none';
    // Nothing else tells a call from an answer that is about something with a name.
    if (isBare && !([value].flat().every(hasKeysOfCall) && calls.every((call) => names.has(call!.name)))) return 'none';
    const rest = text.slice(end).trimStart();
    // The end of the answer, and the next call, close one as well.
    if (!isEnd && closing !== rest && closing.startsWith(rest)) return 'unfinished';
    const length = closing !== '' && rest.startsWith(closing) ? text.length - rest.length + closing.length : end;
    return { calls: calls as Called[], length };
  };
}

/** A call that is read when its end is there, or the answer's. */
function closed(closing: string, read: (body: string) => (Called | undefined)[]): Finder {
  return (text, _, isEnd) => {
    const end = text.indexOf(closing);
    if (end < 0 && !isEnd) return 'unfinished';
    const calls = read(end < 0 ? text : text.slice(0, end));
    if (calls.length === 0 || calls.includes(undefined)) return 'none';
    return { calls: calls as Called[], length: end < 0 ? text.length : end + closing.length };
  };
}

/** Calls whose arguments are texts between tags; the tool's schema says which of them are texts in truth. */
function calledInTags(body: string, tools: readonly Tool[]): (Called | undefined)[] {
  return Array.from(body.matchAll(/<function=([^>\s]+)>([^]*?)(?:<\/function>|$)/g), ([, name = '', inside = '']) => {
    const schema = tools.find((tool) => tool.function.name === name)?.function.parameters?.['properties'];
    const given: Record<string, unknown> = Object.create(null);
    for (const [, key = '', text = ''] of inside.matchAll(/<parameter=([^>\s]+)>\n?([^]*?)\n?<\/parameter>/g)) {
      const type = (schema as Readonly<Record<string, { type?: unknown } | undefined>> | undefined)?.[key]?.type;
      const value = type === 'string' ? undefined : parse(text);
      given[key] = value === undefined ? text : value;
    }
    return calledAs(name, given, undefined);
  });
}

/** A call whose keys are bare, and whose texts are between two tokens. */
function calledWithQuotes(body: string, quote: string): (Called | undefined)[] {
  const [whole, name] = /^\s*call:([\w.-]{1,64})\s*(?=\{)/.exec(body) ?? [];
  if (whole === undefined) return [];
  const parts = body.slice(whole.length).split(quote);
  const json = parts.map((part, index) =>
    index % 2 === 1
      ? JSON.stringify(part)
      : part.replaceAll(
          /"(?:[^"\\]|\\.)*"|([{,]\s*)([A-Za-z_][\w.-]*)(?=\s*:)/g,
          (found: string, before: string | undefined, key: string) =>
            before === undefined ? found : `${before}"${key}"`,
        ),
  );
  return [calledAs(name!, parse(json.join('')), undefined)];
}

const mistralName = /^\s*([\w.-]{1,64})(?:\[CALL_ID\]([\w-]{1,64}))?(?:\[ARGS\])?\s*(?=\{)/;
const mistralNameBeginning = /^\s*[\w.-]{1,64}(?:\[[\w\]-]{0,80})?(?:\[[A-Z]*\]?)?\s*$/;
const callKeys: ReadonlySet<string> = new Set(['id', 'type', 'name', 'function', 'arguments', 'parameters']);

/** Makes a function that finds where a JSON object or list ends; it goes on where it was when the text is longer. */
function createJsonEnd(): (text: string, from: number) => number | undefined {
  let at = -1;
  let depth = 0;
  let isText = false;
  let end: number | undefined;
  return (text, from) => {
    if (end !== undefined) return end;
    for (at = Math.max(at, from); at < text.length; at++) {
      const char = text[at]!;
      if (isText) {
        if (char === '\\') {
          // What it escapes may not be there yet.
          if (at + 1 >= text.length) return undefined;
          at++;
        } else if (char === '"') isText = false;
      } else if (char === '"') isText = true;
      else if (char === '{' || char === '[') depth++;
      else if ((char === '}' || char === ']') && --depth === 0) return (end = at + 1);
    }
    return undefined;
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function hasKeysOfCall(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).every((key) => callKeys.has(key));
}

function callOf(value: unknown): Called | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const outer = value as Readonly<Record<string, unknown>>;
  const inner =
    typeof outer['function'] === 'object' && outer['function'] !== null
      ? (outer['function'] as Readonly<Record<string, unknown>>)
      : outer;
  const name = inner['name'] ?? inner['function'];
  if (typeof name !== 'string' || name === '') return undefined;
  return calledAs(name, inner['arguments'] ?? inner['parameters'] ?? {}, outer['id']);
}

function calledAs(name: string, given: unknown, id: unknown): Called | undefined {
  const json = typeof given === 'string' ? given : JSON.stringify(given);
  if (json === undefined || callArguments(json) === undefined) return undefined;
  return { ...(typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && { id }), name, arguments: json };
}

function randomId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => letters[byte % letters.length]).join('');
}
