import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { callArguments, checkToolChoice, checkTools } from './tools.ts';

const tool = (name: unknown, more: object = {}): object => ({ type: 'function', function: { name, ...more } });

test('checkTools() fills in what templates write without asking', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  expect(checkTools([tool('weather', { description: 'Tells it.', parameters, strict: true }), tool('now')])).toEqual([
    tool('weather', { description: 'Tells it.', parameters }),
    tool('now', { description: '', parameters: { type: 'object', properties: {} } }),
  ]);
});

test.each<[field: string, words: string, tools: unknown]>([
  ['tools', 'an object', {}],
  ['tools[0].type', 'nothing', ['f']],
  ['tools[0].type', '"web_search"', [{ type: 'web_search' }]],
  ['tools[0].function.name', 'nothing', [{ type: 'function' }]],
  ['tools[0].function.name', '"a b"', [tool('a b')]],
  ['tools[1].function.name', 'another tool', [tool('f'), tool('f')]],
  ['tools[0].function.description', '1', [tool('f', { description: 1 })]],
  ['tools[0].function.parameters', 'a list', [tool('f', { parameters: [] })]],
  ['tools[0].function.parameters', '"string"', [tool('f', { parameters: { type: 'string' } })]],
])('checkTools() names %s (%s)', (field, words, tools) => {
  const check = (): unknown => checkTools(tools);
  expect(check).toThrow(InputError);
  expect(check).toThrow(expect.objectContaining({ field, message: expect.stringContaining(words) }));
});

test('checkToolChoice() gives a choice among the tools that there are', () => {
  const tools = checkTools([tool('f')]);
  expect(checkToolChoice('auto', [])).toBe('auto');
  expect(checkToolChoice('required', tools)).toBe('required');
  expect(checkToolChoice(tool('f'), tools)).toEqual(tool('f'));
  for (const [choice, among] of [
    ['any', tools],
    ['required', []],
    [tool('g'), tools],
    [{ type: 'function' }, tools],
  ] as const) {
    expect(() => checkToolChoice(choice, among)).toThrow(expect.objectContaining({ field: 'toolChoice' }));
  }
});

test('callArguments() reads an object, and nothing else', () => {
  expect(callArguments(' {"x": [1]} ')).toEqual({ x: [1] });
  expect(callArguments('')).toEqual({});
  for (const json of ['[1]', 'null', '1', '{x: 1}', '"{}"']) expect(callArguments(json)).toBeUndefined();
});
