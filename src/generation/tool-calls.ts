import type { ToolCall } from './tools.ts';

/** How a model writes that it asks for a tool, as its template shows it. */
export type ToolFormat = 'tagged' | 'listed' | 'plain';

/** What was read of an answer. */
export interface ReadPart {
  /** What is for people. */
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** Reads calls of tools out of an answer as it comes. */
export interface ToolCallReader {
  push(text: string): ReadPart;
  end(): ReadPart;
}

/**
 * Tells by a chat template how its model asks for tools: `<tool_call>{…}</tool_call>` (Hermes, Qwen), a list after
 * `[TOOL_CALLS]` (Mistral), or a bare JSON object, after `<|python_tag|>` or not (Llama 3).
 */
export function toolFormatOf(template: string): ToolFormat {
  if (template.includes('<tool_call>')) return 'tagged';
  return template.includes('[TOOL_CALLS]') ? 'listed' : 'plain';
}

/** Makes what reads the calls of one answer. What may be the beginning of one is held back. */
export function createToolCallReader(format: ToolFormat, newId: () => string = randomId): ToolCallReader {
  const { begin, end: close } = marks[format];
  let held = '';
  let isInside = false;
  const read = (json: string): ToolCall[] => callsOf(json, newId);
  const step = (isLast: boolean): ReadPart => {
    let text = '';
    const calls: ToolCall[] = [];
    for (;;) {
      if (!isInside) {
        const at = begin(held, text === '' && isFirst);
        if (at === undefined) {
          const keep = isLast ? 0 : heldBack(held, format, isFirst);
          text += held.slice(0, held.length - keep);
          held = held.slice(held.length - keep);
          break;
        }
        text += held.slice(0, at.from);
        held = held.slice(at.to);
        isInside = true;
      }
      const at = close(held);
      if (at === undefined) {
        if (!isLast) break;
        const found = read(held);
        calls.push(...found);
        if (found.length === 0) text += held;
        held = '';
        break;
      }
      const inside = held.slice(0, at.from);
      const found = read(inside);
      calls.push(...found);
      if (found.length === 0) text += inside;
      held = held.slice(at.to);
      isInside = false;
    }
    if (text.trim() !== '') isFirst = false;
    return { text, calls };
  };
  let isFirst = true;
  return {
    push(text) {
      held += text;
      return step(false);
    },
    end: () => step(true),
  };
}

interface Place {
  readonly from: number;
  readonly to: number;
}

interface Marks {
  /** Where a call begins. @param isFirst whether nothing was said before */
  begin(text: string, isFirst: boolean): Place | undefined;
  end(text: string): Place | undefined;
}

const literal =
  (mark: string) =>
  (text: string): Place | undefined => {
    const from = text.indexOf(mark);
    return from < 0 ? undefined : { from, to: from + mark.length };
  };

const marks: Readonly<Record<ToolFormat, Marks>> = {
  tagged: { begin: literal('<tool_call>'), end: literal('</tool_call>') },
  listed: { begin: literal('[TOOL_CALLS]'), end: () => undefined },
  plain: {
    begin(text, isFirst) {
      const tag = literal('<|python_tag|>')(text);
      if (tag) return tag;
      const at = /^\s*(?=\{\s*"(name|type|function|tool|parameters|arguments)")/.exec(text);
      return isFirst && at ? { from: 0, to: at[0].length } : undefined;
    },
    end: () => undefined,
  },
};

/** How much at the end may be the beginning of a call. */
function heldBack(text: string, format: ToolFormat, isFirst: boolean): number {
  const mark = { tagged: '<tool_call>', listed: '[TOOL_CALLS]', plain: '<|python_tag|>' }[format];
  if (format === 'plain' && isFirst && /^\s*(\{\s*("\w{0,10})?)?$/.test(text)) return text.length;
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

/** The calls in a JSON object, or a list of them; none where it is something else. */
function callsOf(json: string, newId: () => string): ToolCall[] {
  let value: unknown;
  try {
    value = JSON.parse(json.trim());
  } catch {
    return [];
  }
  const found: ToolCall[] = [];
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    const outer = (one ?? {}) as Record<string, unknown>;
    const inner = (typeof outer['function'] === 'object' && outer['function'] ? outer['function'] : outer) as Record<
      string,
      unknown
    >;
    const { name } = inner;
    if (typeof name !== 'string') return [];
    const given = inner['arguments'] ?? inner['parameters'] ?? {};
    const id = typeof outer['id'] === 'string' ? outer['id'] : newId();
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    found.push({ id, type: 'function', function: { name, arguments: text } });
  }
  return found;
}

function randomId(): string {
  return `call_${Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36).padStart(2, '0')).join('')}`;
}
