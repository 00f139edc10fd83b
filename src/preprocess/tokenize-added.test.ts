import { expect, test } from 'vitest';
import { align } from './text-aligned.ts';
import { createSections } from './tokenize-added.ts';

test('createSections() finds tokens of any spelling, the longest first', () => {
  const contents = ['<|im-start|>', '<|im', '^$.*+?()[]{}|\\/-', '</s>', 'a'];
  const sections = createSections(
    new Map(contents.map((content, id) => [content, { id, content, single_word: content === 'a' }])),
  );
  const text = 'x<|im-start|><|im ^$.*+?()[]{}|\\/-</s>ba a';
  const found = sections(align(text)).map((section) => [section.text.text, section.added?.id]);
  expect(found).toEqual([
    ['x', undefined],
    ['<|im-start|>', 0],
    ['<|im', 1],
    [' ', undefined],
    ['^$.*+?()[]{}|\\/-', 2],
    ['</s>', 3],
    ['ba ', undefined],
    ['a', 4],
  ]);
});

test('createSections() strips beside a token, however much white space stands elsewhere', { timeout: 1000 }, () => {
  const sections = createSections(
    new Map([
      ['<mask>', { id: 1, content: '<mask>', lstrip: true }],
      ['foo', { id: 2, content: 'foo', single_word: true }],
    ]),
  );
  const found = sections(align(`a${' '.repeat(200_000)}b  <mask>`)).map(({ text, added }) => [
    text.text.length,
    added?.id,
  ]);
  expect(found).toEqual([
    [200_002, undefined],
    [8, 1],
  ]);
  expect(sections(align('foo bar '.repeat(40_000)))).toHaveLength(80_000);
});
