import { expect, test } from 'vitest';
import { tried } from './tried.ts';

test.each([
  ['what gives something', () => 'something', { works: true }],
  ['what gives nothing', () => undefined, { works: true }],
  ['what gives false later', async () => false, { works: false, reason: 'this browser does not have it' }],
  [
    'what throws',
    () => {
      throw new TypeError('No.');
    },
    { works: false, reason: 'No' },
  ],
  [
    'what rejects without a word',
    () => Promise.reject(new Error()),
    { works: false, reason: 'the browser does not say why' },
  ],
  ['what never ends', () => new Promise(() => {}), { works: false, reason: 'it did not answer within 0.02 seconds' }],
] satisfies [string, () => unknown, unknown][])('tried() of %s', async (_, work, finding) => {
  expect(await tried(work, 20)).toEqual(finding);
});
