import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { checkMessages } from './messages.ts';

const called = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x": 1}' } };

test('checkMessages() takes a conversation with tools, and answers as OpenAI gives them', () => {
  expect(
    checkMessages([
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One.' },
          { type: 'text', text: 'Two.' },
        ],
        name: 'Ann',
      },
      { role: 'assistant', content: null, refusal: null, annotations: [], tool_calls: [called] },
      { role: 'tool', content: '2', tool_call_id: 'c1' },
      { role: 'assistant', content: 'Two.', tool_calls: null, reasoning_content: 'Hm.' },
    ]),
  ).toEqual([
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'One.\nTwo.', name: 'Ann' },
    { role: 'assistant', content: null, tool_calls: [called] },
    { role: 'tool', content: '2', tool_call_id: 'c1', name: 'f' },
    { role: 'assistant', content: 'Two.', reasoning_content: 'Hm.' },
  ]);
});

test.each<[field: string, words: string, messages: unknown]>([
  ['messages', 'a list such as', 'Hello'],
  ['messages', 'empty', []],
  ['messages[0]', 'null', [null]],
  [
    'messages[1].role',
    '"bot"',
    [
      { role: 'user', content: '' },
      { role: 'bot', content: '' },
    ],
  ],
  ['messages[0].role', "as 'tool'", [{ role: 'function', content: '' }]],
  ['messages[0].role', 'constructor', [{ role: 'constructor', content: '' }]],
  ['messages[0].content', 'nothing', [{ role: 'user' }]],
  ['messages[0].content', 'Only a message with tool_calls', [{ role: 'assistant', content: null }]],
  ['messages[0].content', '7', [{ role: 'user', content: 7 }]],
  [
    'messages[0].content[1]',
    'a picture ("image_url")',
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: '' },
          { type: 'image_url', image_url: {} },
        ],
      },
    ],
  ],
  ['messages[0].content[0]', 'a sound', [{ role: 'user', content: [{ type: 'input_audio' }] }]],
  ['messages[0].content[0]', '"constructor"', [{ role: 'user', content: [{ type: 'constructor' }] }]],
  ['messages[0].content[0].text', '1', [{ role: 'user', content: [{ type: 'text', text: 1 }] }]],
  ['messages[0].name', 'an object', [{ role: 'user', content: '', name: {} }]],
  ['messages[0].tool_call_id', '1', [{ role: 'tool', content: '', tool_call_id: 1 }]],
  ['messages[0].tool_calls', 'only an assistant', [{ role: 'user', content: '', tool_calls: [called] }]],
  ['messages[0].tool_calls', 'an object', [{ role: 'assistant', content: '', tool_calls: {} }]],
  ['messages[0].tool_calls[0].id', 'nothing', [{ role: 'assistant', content: '', tool_calls: [{}] }]],
  [
    'messages[0].tool_calls[0].function.name',
    'nothing',
    [{ role: 'assistant', content: '', tool_calls: [{ id: 'a', function: {} }] }],
  ],
  [
    'messages[0].tool_calls[0].function.arguments',
    'a string of JSON',
    [{ role: 'assistant', content: '', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{' } }] }],
  ],
  [
    'messages[0].tool_calls[0].function.arguments',
    'an object',
    [{ role: 'assistant', content: '', tool_calls: [{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }] }],
  ],
])('checkMessages() names %s (%s)', (field, words, messages) => {
  const check = (): unknown => checkMessages(messages);
  expect(check).toThrow(InputError);
  expect(check).toThrow(expect.objectContaining({ field, message: expect.stringContaining(words) }));
});
