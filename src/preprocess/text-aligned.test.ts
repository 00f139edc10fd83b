import { expect, test } from 'vitest';
import { align, endOfText, normalizeUnicode, strip } from './text-aligned.ts';

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;

test('normalizeUnicode() composes jamo of every width', () => {
  for (const text of ['ㅋㅠ', 'ㅋㅠㅋㅠ', 'ｶﾞﾊﾟ', 'ﾡￂﾤ', '각ᆨ', 'ㄱㅏㄱ']) {
    for (const form of forms) expect(normalizeUnicode(align(text), form).text).toBe(text.normalize(form));
  }
});

test('normalizeUnicode() keeps the parts of a syllable with it where marks after it change places', () => {
  const { text, starts, ends } = normalizeUnicode(align('콭\u0301\u0316'), 'NFD');
  expect(text).toBe('\u110f\u1169\u11c0\u0316\u0301');
  expect(starts).toEqual([0, 0, 0, 1, 2]);
  expect(ends).toEqual([1, 1, 1, 2, 3]);
});

test('normalizeUnicode() gives what String.normalize() gives, in the order of the original', () => {
  const ranges = [
    [0x20, 0x7e],
    [0xa0, 0x17f],
    [0x300, 0x36f],
    [0x591, 0x5c7],
    [0x900, 0xdff],
    [0xe31, 0xeb9],
    [0xf40, 0xfbf],
    [0x1000, 0x109f],
    [0x1100, 0x11ff],
    [0x1b00, 0x1b4f],
    [0x1e00, 0x1fff],
    [0x2000, 0x214f],
    [0x3040, 0x30ff],
    [0x3130, 0x318f],
    [0xac00, 0xd7a3],
    [0xfb00, 0xfdff],
    [0xfe70, 0xfeff],
    [0xff61, 0xffdc],
    [0x11080, 0x110c0],
    [0x16d60, 0x16d6a],
    [0x1d150, 0x1d1c0],
    [0x2f800, 0x2f850],
  ] as const;
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const count = Number(process.env['INPOINT_FUZZ'] ?? 5000);
  for (let round = 0; round < count; round++) {
    const original = Array.from({ length: 2 + random(5) }, () => {
      const [first, last] = ranges[random(ranges.length)]!;
      return String.fromCodePoint(first + random(last - first + 1));
    }).join('');
    for (const form of forms) {
      const { text, starts, ends } = normalizeUnicode(align(original), form);
      expect(text, JSON.stringify([form, original])).toBe(original.normalize(form));
      const sound =
        starts.length === text.length &&
        ends.length === text.length &&
        starts.every((start, unit) => start < ends[unit]! && (unit === 0 || start >= starts[unit - 1]!)) &&
        ends.every((end) => end <= original.length);
      expect(sound, JSON.stringify([form, original, starts, ends])).toBe(true);
    }
  }
});

test('strip() leaves out white space of every kind at either end, and none within', () => {
  const text = '\u0085 \u3000a \t b\u2003\u00a0\n';
  expect(strip(align(text), true, true).text).toBe('a \t b');
  expect(strip(align(text), true, false).text).toBe('a \t b\u2003\u00a0\n');
  expect(strip(align(text), false, true).text).toBe('\u0085 \u3000a \t b');
  expect(strip(align(' \n '), true, true).text).toBe('');
  expect(strip(align(' x '), true, true).starts).toEqual([1]);
  expect(endOfText('\ufeff')).toBe(1);
});

test('strip() of 200,000 spaces between two letters takes no time', { timeout: 1000 }, () => {
  const text = align(`a${' '.repeat(200_000)}b`);
  expect(strip(text, true, true).text).toHaveLength(200_002);
});
