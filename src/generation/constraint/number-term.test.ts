import { expect, test } from 'vitest';
import { numberTerm, type NumberLimit } from './number-term.ts';
import { Terms } from './terms.ts';

const limits = [
  0, 1, -1, 5, 9, 10, 99, 100, 101, -7, -10, 1234, -1005, 0.5, -0.5, 0.1, 1.25, -2.75, 12.5, 1e-7, 0.30000000000000004,
];
const texts = [
  ...limits.flatMap((limit) => [
    limit - 1,
    limit - 0.5,
    limit - 0.01,
    limit,
    limit + 0.01,
    limit + 0.05,
    limit + 1,
    limit * 10,
  ]),
  ...Array.from({ length: 240 }, (_, index) => index - 120),
]
  .map((value) => String(Number(value.toPrecision(12))))
  .filter((text) => !text.includes('e'));
const spellings = [
  ...new Set(texts.flatMap((text) => [text, text.includes('.') ? `${text}00` : `${text}.0`, `${text}.50`])),
].filter((text) => /^-?\d+(?:\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= 15);

const ranges: [NumberLimit | undefined, NumberLimit | undefined][] = [
  ...limits.flatMap((value): [NumberLimit | undefined, NumberLimit | undefined][] => [
    [{ value, isOpen: false }, undefined],
    [undefined, { value, isOpen: true }],
  ]),
  ...limits.flatMap((low) =>
    limits
      .filter((high) => high >= low)
      .map((high): [NumberLimit, NumberLimit] => [
        { value: low, isOpen: (high * 3) % 2 > 0.5 },
        { value: high, isOpen: (low * 7) % 2 > 0.5 },
      ]),
  ),
];

test.each([true, false])('numberTerm() takes the numbers within a range, integers: %s', (isInteger) => {
  const encoder = new TextEncoder();
  let taken = 0;
  for (const [lower, upper] of ranges) {
    const terms = new Terms();
    const term = numberTerm(terms, { isInteger, lower, upper });
    terms.settle();
    for (const text of spellings) {
      const value = Number(text);
      const isAbove = lower === undefined || value > lower.value || (value === lower.value && !lower.isOpen);
      const isBelow = upper === undefined || value < upper.value || (value === upper.value && !upper.isOpen);
      const isWritten = !(isInteger && text.includes('.')) && !/^-0(?:\.0*)?$/.test(text);
      const has = terms.walk(term, encoder.encode(text)).nullable;
      expect(has, `${text} in ${JSON.stringify([lower, upper])}`).toBe(isAbove && isBelow && isWritten);
      if (has) taken++;
    }
  }
  expect(taken).toBeGreaterThan(10_000);
});

test('numberTerm() has no leading zeros, no exponents and at most 15 digits', () => {
  const terms = new Terms();
  const term = numberTerm(terms, { isInteger: false });
  terms.settle();
  const has = (text: string) => terms.walk(term, new TextEncoder().encode(text)).nullable;
  expect(['0', '-1.5', '123456789012345', '0.12345678901234', '-12345678.1234567'].map(has)).not.toContain(false);
  expect(['01', '-', '.5', '1.', '1e3', '-0', '1234567890123456', '0.123456789012345', '+1'].map(has)).not.toContain(
    true,
  );
});
