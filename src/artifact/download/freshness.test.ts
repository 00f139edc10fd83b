import { expect, test } from 'vitest';
import { freshUntil } from './freshness.ts';

const now = Date.UTC(2025, 10, 22, 12);

/** Seconds that an answer is fresh; 0 where it has to be asked for again at once, or the server says nothing. */
function seconds(headers: Record<string, string>, at: number = now): number {
  return ((freshUntil(new Response(null, { headers }), at) ?? at) - at) / 1000;
}

test.each([
  [{ 'cache-control': 'max-age=60' }, 60],
  [{ 'cache-control': 'public, MAX-AGE="60", immutable' }, 60],
  [{ 'cache-control': 'max-age=60', age: '20' }, 40],
  [{ 'cache-control': 'max-age=60', age: '-20' }, 60],
  [{ 'cache-control': 'max-age=60', age: 'soon' }, 60],
  [{ 'cache-control': 's-maxage=600, max-age=60' }, 60],
  [{ 'cache-control': 's-maxage=600' }, 0],
  [{ 'cache-control': 'public, immutable' }, 31_536_000],
  [{ 'cache-control': 'max-age=60, no-cache' }, 0],
  [{ 'cache-control': 'no-store' }, 0],
  [{ 'cache-control': 'max-age=0' }, 0],
  [{ date: 'Sat, 22 Nov 2025 12:00:00 GMT', expires: 'Sat, 22 Nov 2025 12:01:00 GMT' }, 60],
  [{ date: 'Sat, 22 Nov 2025 12:00:00 GMT', expires: '0' }, 0],
  [
    { 'cache-control': 'max-age=60', date: 'Sat, 22 Nov 2025 12:00:00 GMT', expires: 'Sat, 22 Nov 2025 13:00:00 GMT' },
    60,
  ],
  [{ 'last-modified': 'Sat, 01 Nov 2025 12:00:00 GMT' }, 0],
  [{}, 0],
])('freshUntil() reads %o', (headers, expected) => {
  expect(seconds(headers as Record<string, string>)).toBe(expected);
});

test('freshUntil() goes by the local clock, a day back or ahead of that of the server', () => {
  const dated = { date: new Date(now).toUTCString(), expires: new Date(now + 60_000).toUTCString() };
  for (const days of [-1, 1]) {
    const local = now + days * 86_400_000;
    expect(seconds({ 'cache-control': 'max-age=60', date: dated.date }, local)).toBe(60);
    expect(seconds(dated, local)).toBe(60);
  }
});

test('freshUntil() gives a number that a clock can reach, whatever a server says', () => {
  const until = freshUntil(new Response(null, { headers: { 'cache-control': `max-age=${'9'.repeat(400)}` } }), now);
  expect(Number.isFinite(until)).toBe(true);
});
