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
