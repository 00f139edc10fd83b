import { describe, expect, it, test } from 'vitest';
import { bestPath, ctcText, ctcWords } from './ctc.ts';

const tokens = ['<pad>', '|', 'a', 'b', "'", 's', '.'];

/** Logits in which the given token is the likeliest of each frame. */
function logitsOf(path: string): Float32Array {
  return Float32Array.from(path.split('').flatMap((char) => tokens.map((token) => (token[0] === char ? 2 : -1))));
}

const plain = { wordDelimiter: '|', lowercase: false, cleanUp: false };

describe('bestPath()', () => {
  test.each([
    ['nothing but blanks', '<<<', []],
    ['a token held', '<aaa<', [['a', 1, 4]]],
    [
      'a token twice, with a blank between',
      'aa<a',
      [
        ['a', 0, 2],
        ['a', 3, 4],
      ],
    ],
    [
      'two tokens without a blank',
      'ab',
      [
        ['a', 0, 1],
        ['b', 1, 2],
      ],
    ],
  ] as [string, string, [string, number, number][]][])('hears %s', (_, path, expected) => {
    const heard = bestPath(logitsOf(path), tokens.length, tokens, 0);
    expect(heard.map(({ token, start, end }) => [token, start, end])).toEqual(expected);
  });

  it('takes the first of equally likely tokens, and <unk> for an id without a token', () => {
    expect(bestPath([0, 1, 1, 0, 0, 3], 3, ['x', 'y'], 0)).toEqual([
      { token: 'y', start: 0, end: 1 },
      { token: '<unk>', start: 1, end: 2 },
    ]);
  });
});

// The texts and times are those of Wav2Vec2CTCTokenizer.decode() of transformers 4.30.2.
test.each([
  [
    '||aa<b||a|',
    'ab a',
    [
      ['ab', 2, 6],
      ['a', 8, 9],
    ],
  ],
  [
    "a<|'s|.",
    "a's.",
    [
      ['a', 0, 1],
      ["'s", 3, 5],
      ['.', 6, 7],
    ],
  ],
  ['|<|<', '', []],
] as [string, string, [string, number, number][]][])('ctcText() and ctcWords() read %j', (path, text, words) => {
  const heard = bestPath(logitsOf(path), tokens.length, tokens, 0);
  expect(ctcText(heard, { ...plain, cleanUp: true })).toBe(text);
  expect(ctcWords(heard, '|').map((word) => [word.text, word.start, word.end])).toEqual(words);
});

test('ctcText() leaves the case and the spaces alone unless it is told', () => {
  const heard = ['A', '|', '.'].map((token, start) => ({ token, start, end: start + 1 }));
  expect(ctcText(heard, plain)).toBe('A .');
  expect(ctcText(heard, { ...plain, lowercase: true })).toBe('a .');
  expect(ctcText(heard, { ...plain, cleanUp: true })).toBe('A.');
});
