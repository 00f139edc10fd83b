import { describe, expect, test } from 'vitest';
import { checkTools } from './tools.ts';
import { createToolCallReader, toolCallMarks, toolCallTokens, toolFormatOf, type ToolFormat } from './tool-calls.ts';

const tools = checkTools([
  { type: 'function', function: { name: 'g' } },
  {
    type: 'function',
    function: {
      name: 'f',
      parameters: { type: 'object', properties: { zip: { type: 'string' }, n: { type: 'integer' } } },
    },
  },
]);

type Said = [name: string, json: string][];

/** The answer in pieces of so many characters. */
function read(format: ToolFormat, answer: string, size: number): { text: string; calls: Said; ids: string[] } {
  let made = 0;
  const reader = createToolCallReader(format, { tools, newId: () => `id${made++}` });
  const pieces = [];
  for (let at = 0; at < answer.length; at += size) pieces.push(reader.push(answer.slice(at, at + size)));
  pieces.push(reader.end());
  const calls = pieces.flatMap((piece) => piece.calls);
  return {
    text: pieces.map(({ text }) => text).join(''),
    calls: calls.map(({ function: called }) => [called.name, called.arguments]),
    ids: calls.map(({ id }) => id),
  };
}

describe('createToolCallReader() takes calls out of an answer, however it is cut', () => {
  test.each<[string, ToolFormat, string, string, Said]>([
    ['nothing', 'hermes', '', '', []],
    ['a text', 'hermes', 'Two <tools> are  here.\n', 'Two <tools> are  here.\n', []],
    ['a call', 'hermes', '<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>', '', [['f', '{"x":1}']]],
    [
      'a text and two calls',
      'hermes',
      'I look.\n\n<tool_call>{"name":"f","arguments":{}}</tool_call>\n<tool_call>{"name":"g"}</tool_call>\n',
      'I look.',
      [
        ['f', '{}'],
        ['g', '{}'],
      ],
    ],
    ['a call that ends with the answer', 'hermes', '<tool_call>{"name":"f","arguments":{}}', '', [['f', '{}']]],
    [
      'signs of JSON and of an end in an argument',
      'hermes',
      '<tool_call>{"name":"f","arguments":{"x":"} \\" ]</tool_call> \\\\"}}</tool_call> done',
      'done',
      [['f', '{"x":"} \\" ]</tool_call> \\\\"}']],
    ],
    ['a call cut short', 'hermes', 'Hm. <tool_call>{"name": "f", "argu', 'Hm. <tool_call>{"name": "f", "argu', []],
    ['a call that is none', 'hermes', 'a <tool_call>f(x)</tool_call> b', 'a <tool_call>f(x)</tool_call> b', []],
    ['JSON that is no call', 'hermes', '<tool_call>{"f": 1}</tool_call>', '<tool_call>{"f": 1}</tool_call>', []],
    ['JSON that is broken', 'hermes', '<tool_call>{"name": f}</tool_call>', '<tool_call>{"name": f}</tool_call>', []],
    ['arguments as a text', 'hermes', '<tool_call>{"name":"f","arguments":"{\\"x\\": 1}"}', '', [['f', '{"x": 1}']]],
    [
      'arguments that are no object',
      'hermes',
      '<tool_call>{"name":"f","arguments":[1]}',
      '<tool_call>{"name":"f","arguments":[1]}',
      [],
    ],
    [
      'a list',
      'mistral',
      '[TOOL_CALLS] [{"name": "f", "arguments": {"x": [1, "]"]}}, {"name": "g", "arguments": {}}]',
      '',
      [
        ['f', '{"x":[1,"]"]}'],
        ['g', '{}'],
      ],
    ],
    [
      'names before arguments',
      'mistral',
      'So:[TOOL_CALLS]f[ARGS]{"x": 1}[TOOL_CALLS]g[CALL_ID]abcdefghi[ARGS]{}',
      'So:',
      [
        ['f', '{"x":1}'],
        ['g', '{}'],
      ],
    ],
    ['a name and no arguments', 'mistral', '[TOOL_CALLS]f[ARGS]', '[TOOL_CALLS]f[ARGS]', []],
    ['an empty list', 'mistral', '[TOOL_CALLS] [] none', '[TOOL_CALLS] [] none', []],
    [
      'texts between tags, as the schema has them',
      'qwen',
      'So.\n<tool_call>\n<function=f>\n<parameter=zip>\n01234\n</parameter>\n<parameter=n>\n7\n</parameter>\n<parameter=x>\n{"y": [1]}\n</parameter>\n<parameter=z>\na "b"\nc\n</parameter>\n</function>\n</tool_call>',
      'So.',
      [['f', '{"zip":"01234","n":7,"x":{"y":[1]},"z":"a \\"b\\"\\nc"}']],
    ],
    ['no arguments between tags', 'qwen', '<tool_call><function=g></function></tool_call> done', 'done', [['g', '{}']]],
    ['no tags', 'qwen', '<tool_call>f</tool_call>', '<tool_call>f</tool_call>', []],
    [
      'a list with an end, and without',
      'phi',
      '<|tool_call|>[{"name":"f","arguments":{}}]<|/tool_call|> and <|tool_call|>[{"name":"g","arguments":{}}]',
      'and',
      [
        ['f', '{}'],
        ['g', '{}'],
      ],
    ],
    [
      'texts between tokens',
      'gemma',
      '<|tool_call>call:f{city:<|"|>Paris, {a:"b"}<|"|>,n:3,deep:{list:[1,<|"|>x<|"|>],ok:true}}<tool_call|>',
      '',
      [['f', '{"city":"Paris, {a:\\"b\\"}","n":3,"deep":{"list":[1,"x"],"ok":true}}']],
    ],
    [
      'two with other tokens',
      'function-gemma',
      '<start_function_call>call:f{city:<escape>Paris<escape>}<end_function_call><start_function_call>call:g{}<end_function_call>',
      '',
      [
        ['f', '{"city":"Paris"}'],
        ['g', '{}'],
      ],
    ],
    [
      'a token too few',
      'gemma',
      '<|tool_call>call:f{x:<|"|>a}<tool_call|>',
      '<|tool_call>call:f{x:<|"|>a}<tool_call|>',
      [],
    ],
    ['the object alone', 'llama', '\n{"name": "f", "parameters": {"x": 1}}', '', [['f', '{"x":1}']]],
    [
      'two, one after the other',
      'llama',
      '<|python_tag|>{"name": "f", "parameters": {}}; {"name": "g", "parameters": {}}',
      '',
      [
        ['f', '{}'],
        ['g', '{}'],
      ],
    ],
    [
      'with a type',
      'llama',
      '{"type": "function", "function": "f", "parameters": {"x": "<|python_tag|>"}}',
      '',
      [['f', '{"x":"<|python_tag|>"}']],
    ],
    ['code', 'llama', '<|python_tag|>print({"a": 1})', '<|python_tag|>print({"a": 1})', []],
    [
      'an object within a text',
      'llama',
      'It is {"name": "f", "parameters": {}}',
      'It is {"name": "f", "parameters": {}}',
      [],
    ],
    ['a list of objects', 'json', '[{"name":"f","arguments":{}}]', '', [['f', '{}']]],
    [
      'the shape of the interface',
      'json',
      '{"type":"function","function":{"name":"f","arguments":"{}"}}',
      '',
      [['f', '{}']],
    ],
    ['another object', 'json', '{"title": "x", "name": "y"}', '{"title": "x", "name": "y"}', []],
    ['a person', 'json', '{"name": "Anna", "arguments": {}}', '{"name": "Anna", "arguments": {}}', []],
    ['what is more than a call', 'llama', '{"name": "f", "age": 3}', '{"name": "f", "age": 3}', []],
    ['a list of a call and a person', 'json', '[{"name":"f"},{"name":"Bo"}]', '[{"name":"f"},{"name":"Bo"}]', []],
    ['a list of numbers', 'json', ' [1, 2] and more', ' [1, 2] and more', []],
  ])('%s (%s)', (_, format, answer, text, calls) => {
    for (const size of [1, 2, 3, 7, answer.length || 1]) {
      expect.soft(read(format, answer, size), `${size} at a time`).toMatchObject({ text, calls });
    }
  });
});

describe('createToolCallReader()', () => {
  test('gives text as soon as it can be no call', () => {
    const reader = createToolCallReader('hermes');
    expect(reader.push('Hello')).toEqual({ text: 'Hello', calls: [] });
    expect(reader.push(' <tool')).toEqual({ text: '', calls: [] });
    expect(reader.push('box>')).toEqual({ text: ' <toolbox>', calls: [] });
  });

  test('does not hold an answer in JSON back to its end', () => {
    const reader = createToolCallReader('llama');
    expect(reader.push('{"city": "Par').text).toBe('{"city": "Par');
  });

  test('gives a call as soon as it is complete, with an id of its own', () => {
    const reader = createToolCallReader('mistral');
    const { calls } = reader.push('[TOOL_CALLS][{"name":"f","arguments":{}}]');
    expect(calls).toEqual([
      { id: expect.stringMatching(/^[a-zA-Z0-9]{9}$/), type: 'function', function: { name: 'f', arguments: '{}' } },
    ]);
  });

  test('keeps the id that the model gave', () => {
    expect(read('mistral', '[TOOL_CALLS]f[CALL_ID]abcdefghi[ARGS]{}', 4).ids).toEqual(['abcdefghi']);
    expect(read('mistral', '[TOOL_CALLS][{"name":"f","arguments":{},"id":"a b"}]', 4).ids).toEqual(['id0']);
  });
});

test.each<[ToolFormat, string]>([
  ['hermes', '{% if tools %}Answer with <tool_call>{"name": …}</tool_call>{% endif %}'],
  ['qwen', '{% if tools %}<tool_call><function=name>…{% endif %}'],
  ['phi', "{{ '<|tool_call|>' + calls }}"],
  ['gemma', "{{ '<|tool_call>call:' + name }}"],
  ['function-gemma', "{{ '<start_function_call>call:' + name }}"],
  ['mistral', '{{ "[TOOL_CALLS] [" }}{% for t in tools %}'],
  ['llama', '{% if tools %}{{ "<|start_header_id|>ipython" }}'],
  ['json', '{% for tool in tools %}{{ tool | tojson }}'],
])('toolFormatOf() knows %s', (format, template) => expect(toolFormatOf(template)).toBe(format));

test.each<ToolFormat>(['hermes', 'qwen', 'mistral', 'llama', 'phi', 'gemma', 'function-gemma', 'json'])(
  'toolCallMarks() of %s are around a call that its reader takes',
  (format) => {
    const [before, after] = toolCallMarks(format);
    for (const size of [1, 4, 100]) {
      expect(read(format, `${before}{"name": "f", "arguments": {"zip": "1}"}}${after}`, size)).toEqual({
        text: '',
        calls: [['f', '{"zip":"1}"}']],
        ids: ['id0'],
      });
    }
  },
);

test('toolCallTokens() names what the reader looks for', () => {
  expect(toolCallTokens('mistral')).toContain('[TOOL_CALLS]');
  expect(toolCallTokens('json')).toEqual([]);
});
