import { describe, expect, test } from 'vitest';
import { firstStep, type CacheMode, type FirstStep } from './cache-mode.ts';
import type { ModelRecord } from './store/index.ts';

const now = 1_000_000;

function record(change: Partial<ModelRecord> = {}, integrity?: string): ModelRecord {
  const current = { digest: 'a', storedAt: 1, downloadedBytes: 1, integrity, packed: undefined, pieces: [], files: [] };
  return {
    format: 1,
    fence: 1,
    key: 'k',
    name: 'n',
    url: undefined,
    validators: {},
    freshUntil: undefined,
    checkedAt: now - 1000,
    current,
    previous: undefined,
    ...change,
  };
}

const fresh = record({ freshUntil: now + 1 });
const stale = record({ freshUntil: now });
const silent = record();

describe('firstStep()', () => {
  const table: [CacheMode, ModelRecord | undefined, FirstStep][] = [
    ['default', undefined, 'download'],
    ['default', fresh, 'use'],
    ['default', stale, 'ask-or-use'],
    ['default', silent, 'ask-or-use'],
    ['no-cache', undefined, 'download'],
    ['no-cache', fresh, 'ask'],
    ['reload', fresh, 'download'],
    ['force-cache', undefined, 'download'],
    ['force-cache', stale, 'use'],
    ['only-if-cached', undefined, 'fail'],
    ['only-if-cached', stale, 'use'],
    ['no-store', fresh, 'download'],
  ];
  test.each(table)('%s, of %o, is to %s', (mode, kept, step) => {
    expect(firstStep(mode, kept, now, undefined)).toBe(step);
  });

  test('asks where the clock was set back behind the last answer', () => {
    expect(firstStep('default', record({ freshUntil: now + 9e9, checkedAt: now + 1 }), now, undefined)).toBe(
      'ask-or-use',
    );
  });

  test('asks nobody for the bytes of a digest that are kept, and takes no others', () => {
    const pinned = record({}, 'x');
    expect(firstStep('default', pinned, now, 'x')).toBe('use');
    expect(firstStep('default', pinned, now, 'y')).toBe('download');
    expect(firstStep('default', record(), now, 'y')).toBe('download');
    expect(firstStep('force-cache', pinned, now, 'y')).toBe('download');
    expect(firstStep('only-if-cached', pinned, now, 'y')).toBe('fail');
    expect(firstStep('no-cache', pinned, now, 'x')).toBe('ask');
  });
});
