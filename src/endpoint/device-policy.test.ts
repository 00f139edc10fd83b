import { describe, expect, test } from 'vitest';
import type { SelfTest } from '../self-test.ts';
import { afterLoss, firstDevice, mostLosses } from './device-policy.ts';
import { judge, reasonAgainst } from './try-webgpu.ts';

const tested = (ms: number | undefined, others: Partial<SelfTest> = {}): SelfTest => ({
  by: 'golden',
  samples: 3,
  failure: undefined,
  ms,
  ...others,
});

test.each([
  ['auto', undefined, 'wasm'],
  ['auto', 'webgpu', 'webgpu'],
  ['auto', 'wasm', 'wasm'],
  ['webgpu', 'wasm', 'webgpu'],
  ['wasm', 'webgpu', 'wasm'],
] as const)('with %s and a verdict for %s a model starts on %s', (choice, verdict, device) => {
  expect(firstDevice(choice, verdict && { device: verdict, reason: '' })).toBe(device);
});

describe('reasonAgainst()', () => {
  const adapter = { name: 'nvidia ampere', isSoftware: false, shaderF16: true };
  test('has none against a graphics card', () => expect(reasonAgainst(adapter, false)).toBeUndefined());
  test('has one where there is no adapter', () => expect(reasonAgainst(undefined, true)).toMatch(/no WebGPU adapter/));
  test('has one against software, unless that is allowed', () => {
    const software = { ...adapter, name: 'google swiftshader', isSoftware: true };
    expect(reasonAgainst(software, false)).toMatch(/google swiftshader/);
    expect(reasonAgainst(software, true)).toBeUndefined();
  });
});

test.each([
  ['quicker and right', tested(10), tested(4), 'webgpu'],
  ['quicker, but not by much', tested(10), tested(9), 'wasm'],
  ['slower', tested(1), tested(40), 'wasm'],
  ['quicker and wrong', tested(10), tested(1, { failure: 'answer.score is 0.3, not 0.9' }), 'wasm'],
  ['without samples', tested(10), tested(1, { by: 'nothing' }), 'wasm'],
  ['on a made-up input quicker and the same', tested(10, { by: 'made-up' }), tested(2, { by: 'made-up' }), 'webgpu'],
  ['untimed', tested(undefined), tested(2), 'wasm'],
] as const)('a model that is on WebGPU %s is judged so', (_, wasm, webgpu, device) => {
  const verdict = judge(wasm, webgpu);
  expect(verdict.device).toBe(device);
  expect(verdict.reason).not.toBe('');
});

test.each([
  ['auto', 'webgpu', 1, 1, { device: 'wasm', waitMs: 0 }],
  ['auto', 'wasm', 1, 0, { device: 'wasm', waitMs: 0 }],
  ['auto', 'wasm', 3, 0, { device: 'wasm', waitMs: 100 }],
  ['auto', 'wasm', mostLosses, 0, undefined],
  ['webgpu', 'webgpu', 1, 1, { device: 'webgpu', waitMs: 0 }],
  ['webgpu', 'webgpu', 1, 3, { device: 'webgpu', waitMs: 0 }],
  ['wasm', 'wasm', 2, 0, { device: 'wasm', waitMs: 50 }],
] as const)(
  'asked for %s, after a loss on %s, %i in a row and %i on WebGPU',
  (choice, device, inARow, onWebgpu, next) => {
    expect(afterLoss(choice, device, { inARow, onWebgpu })).toEqual(next);
  },
);
