import { expect, test } from 'vitest';
import { checkDepth } from './check-depth.ts';

const nested = (depth: number): object => {
  let made: object = {};
  for (let level = 0; level < depth; level++) made = { a: [made, made] };
  return made;
};

test('checkDepth() takes what people write, and refuses what is very deep or holds itself', () => {
  const round: { self?: object; again?: object } = {};
  round.self = round;
  round.again = { round };
  expect(() => checkDepth('tools', nested(100))).not.toThrow();
  for (const deep of [nested(20_000), round]) {
    expect(() => checkDepth('tools', deep)).toThrow(expect.objectContaining({ name: 'InputError', field: 'tools' }));
  }
});
