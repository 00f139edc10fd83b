import { expect, test } from 'vitest';
import { adapterReport } from './adapter.ts';

test.each([
  ['a card', { vendor: 'nvidia', architecture: 'ampere' }, false, 'nvidia ampere'],
  ['SwiftShader', { vendor: 'google', architecture: 'swiftshader' }, true, 'google swiftshader'],
  ['what the browser calls a fallback', { vendor: 'microsoft', isFallbackAdapter: true }, true, 'microsoft'],
  ['a browser that tells nothing', {}, false, 'unnamed'],
  ['Mesa’s software', { description: 'llvmpipe (LLVM 15)' }, true, 'llvmpipe (LLVM 15)'],
])('adapterReport() of %s', (_, info, isSoftware, name) => {
  expect(adapterReport({ info, features: new Set(['shader-f16']) })).toEqual({ name, isSoftware, shaderF16: true });
});
