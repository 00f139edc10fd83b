import { expect, test } from 'vitest';
import { nestsRepetitions } from './safe-pattern.ts';

test.each([
  '(a+)+$',
  '(?:a*)*',
  '((a|b)+c?)+',
  '([a-z]+\\s*)*x',
  '(a{2,})+',
  '(?<word>\\w+)*',
  '(\\(a+\\))+',
  '((a+))*',
  '([)]+)+',
])('nestsRepetitions() sees it in %s', (pattern) => expect(nestsRepetitions(pattern)).toBe(true));

test.each([
  '[\\p{L}\\p{N}_]{2,}',
  '(?:ab)+c+',
  '\\b\\w\\w+\\b',
  '(a{1,3})+',
  '(a+)?b',
  '[(]a+[)]+',
  '\\(a+\\)+',
  '(?<=a+)b',
  '(?:a|b)+',
  '',
  '(',
])('nestsRepetitions() lets pass %s', (pattern) => expect(nestsRepetitions(pattern)).toBe(false));
