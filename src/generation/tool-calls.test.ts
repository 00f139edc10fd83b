import { describe, expect, test } from 'vitest';
import { createToolCallReader, toolFormatOf, type ToolFormat } from './tool-calls.ts';

/** Reads an answer that comes in pieces of some characters each. */
function read(format: ToolFormat, answer: string, size: number): { text: string; calls: [string, unknown][] } {
  const reader = createToolCallReader(format, () => 'id');
  const parts = [];
  for (let at = 0; at < answer.length; at += size) parts.push(reader.push(answer.slice(at, at + size)));
  parts.push(reader.end());
  return {
    text: parts.map(({ text }) => text).join(''),
    calls: parts.flatMap(({ calls }) =>
      calls.map((call): [string, unknown] => [call.function.name, JSON.parse(call.function.arguments)]),
    ),
  };
}

describe.each([1, 3, 1000])('createToolCallReader() in pieces of %i', (size) => {
  test.each<[ToolFormat, string, string, [string, unknown][]]>([
    [
      'tagged',
      'Let me see. <tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>',
      'Let me see. ',
      [['f', { a: 1 }]],
    ],
    [
      'tagged',
      '<tool_call>{"name":"f","arguments":{}}</tool_call>\n<tool_call>{"name":"g","arguments":{"b":[2]}}</tool_call>',
      '\n',
      [
        ['f', {}],
        ['g', { b: [2] }],
      ],
    ],
    ['tagged', '1 < 2 <tool', '1 < 2 <tool', []],
    ['tagged', '<tool_call>no JSON</tool_call> after', 'no JSON after', []],
    ['tagged', '<tool_call>{"name": "f", "arguments": {}', '{"name": "f", "arguments": {}', []],
    [
      'listed',
      '[TOOL_CALLS] [{"name": "f", "arguments": {"a": 1}}, {"name": "g", "arguments": {}}]',
      '',
      [
        ['f', { a: 1 }],
        ['g', {}],
      ],
    ],
    ['plain', '{"name": "f", "parameters": {"a": "x"}}', '', [['f', { a: 'x' }]]],
    ['plain', '<|python_tag|>{"type": "function", "name": "f", "parameters": {}}', '', [['f', {}]]],
    ['plain', '{"function": {"name": "f", "arguments": "{\\"a\\":1}"}}', '', [['f', { a: 1 }]]],
    ['plain', 'Plain words, and {"name": "f"} in them', 'Plain words, and {"name": "f"} in them', []],
    ['plain', '{"answer": 42}', '{"answer": 42}', []],
  ])('%s: %s', (format, answer, text, calls) => {
    expect(read(format, answer, size)).toEqual({ text, calls });
  });
});

test('toolFormatOf() tells the form by the template', () => {
  expect(toolFormatOf('… <tool_call> …')).toBe('tagged');
  expect(toolFormatOf('… [TOOL_CALLS] …')).toBe('listed');
  expect(toolFormatOf('… ipython …')).toBe('plain');
});
