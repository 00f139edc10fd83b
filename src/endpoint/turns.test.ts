import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('Turns lets calls of one name pass in their order, and others as they like', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const call = async (name: string, id: string, ready: Promise<void>): Promise<void> => {
    const turn = turns.join(name);
    await ready;
    await turn.before;
    seen.push(id);
    turn.passed();
  };
  let finish!: () => void;
  const late = new Promise<void>((resolve) => (finish = resolve));
  const all = [call('a', 'a1', late), call('a', 'a2', Promise.resolve()), call('b', 'b1', Promise.resolve())];
  await all[2];
  expect(seen).toEqual(['b1']);
  finish();
  await Promise.all(all);
  expect(seen).toEqual(['b1', 'a1', 'a2']);
});

test('Turns goes on after one that gave up, and does not let others overtake for it', async () => {
  const turns = new Turns();
  const [first, second, third] = [turns.join('a'), turns.join('a'), turns.join('a')] as const;
  let passedThird = false;
  void third.before.then(() => (passedThird = true));
  second.passed();
  await new Promise((resolve) => setTimeout(resolve));
  expect(passedThird).toBe(false);
  first.passed();
  first.passed();
  await third.before;
});
