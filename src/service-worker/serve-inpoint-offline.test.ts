import { expect, test } from 'vitest';
import { keepInpointOffline, serveInpointOffline } from './index.ts';

test('serveInpointOffline() does nothing where there is no Cache API', () => {
  expect('caches' in globalThis).toBe(false);
  const asked: URL[] = [];
  serveInpointOffline({ alsoKeep: (url) => asked.push(url) > 0, precache: ['./'] });
  expect(asked).toEqual([]);
});

test('keepInpointOffline() rejects with the reason of a signal that is aborted already', async () => {
  await expect(keepInpointOffline({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
});
