import { expect, test } from 'vitest';

import { createRandom } from './random.ts';
import { createStopper } from './stop-strings.ts';

/** What the text comes to character by character, from the definition. */
function naive(text: string, stops: readonly string[]): { text: string; which?: string } {
  for (let end = 0; end <= text.length; end++) {
    const met = stops.filter((stop) => text.slice(0, end).endsWith(stop)).toSorted((a, b) => b.length - a.length)[0];
    if (met !== undefined) return { text: text.slice(0, end - met.length), which: met };
  }
  return { text };
}

test('createStopper() shows what a naive search shows, and no later than it may, wherever the borders fall', () => {
  const random = createRandom(1);
  const pick = (most: number) => Math.floor(random() * most);
  const letters = ['a', 'b', 'é', '😀', '😁'];
  const word = (least: number, most: number) =>
    Array.from({ length: least + pick(most - least + 1) }, () => letters[pick(letters.length)]!).join('');
  let stops = 0;
  for (let n = 0; n < 3000; n++) {
    const strings = Array.from({ length: pick(4) }, () => word(1, 4));
    const text = word(0, 20);
    const stopper = createStopper(strings);
    let shown = '';
    let which: string | undefined;
    for (let at = 0; at < text.length && which === undefined;) {
      const end = at + 1 + pick(4);
      const pushed = stopper.push(text.slice(at, end));
      at = end;
      shown += pushed.text;
      which = pushed.which;
      expect(pushed.text).not.toMatch(/\p{Surrogate}/u);
      const held = text.slice(shown.length, at);
      const open = strings.some((stop) => held.length < stop.length && stop.startsWith(held));
      if (!pushed.stopped) expect(held === '' || open || /^[\uD800-\uDBFF]$/.test(held)).toBe(true);
    }
    shown += stopper.finish();
    expect({ text: shown, which }).toEqual({ which: undefined, ...naive(text, strings) });
    if (which !== undefined) stops++;
  }
  expect(stops).toBeGreaterThan(500);
});

test('createStopper() holds back what may become a stop string, and drops what follows one', () => {
  const stopper = createStopper(['\nUser:', 'END']);
  expect(stopper.push('Hello\nUs')).toEqual({ text: 'Hello', stopped: false });
  expect(stopper.push('ual EN')).toEqual({ text: '\nUsual ', stopped: false });
  expect(stopper.push('D.')).toEqual({ text: '', stopped: true, which: 'END' });
  expect(stopper.push('more')).toEqual({ text: '', stopped: true, which: 'END' });
  expect(stopper.finish()).toBe('');
});

test.each(['', '\uD83D', 5])('createStopper() refuses the stop string %j', (stop) => {
  expect(() => createStopper([stop as string])).toThrow(expect.objectContaining({ field: 'stop' }));
});
