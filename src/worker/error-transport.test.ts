import { expect, test } from 'vitest';
import { ArtifactError, InputError } from '../errors.ts';
import { decodeError, encodeError } from './error-transport.ts';

function carried(error: unknown): Error & { code?: string; field?: string } {
  return decodeError(structuredClone(encodeError(error)));
}

test('decodeError() gives back class, code, field, message and causes', () => {
  const error = carried(
    new ArtifactError('archive-corrupt', 'bad', { cause: new TypeError('inner', { cause: 'a word' }) }),
  );
  expect(error).toBeInstanceOf(ArtifactError);
  expect(error).toMatchObject({ name: 'ArtifactError', code: 'archive-corrupt', message: 'bad' });
  expect(error.cause).toBeInstanceOf(TypeError);
  expect((error.cause as Error).cause).toMatchObject({ message: 'a word' });
  const input = carried(new InputError('image', 'no image'));
  expect(input).toBeInstanceOf(InputError);
  expect(input.field).toBe('image');
});

test('decodeError() makes an Error of anything, whatever its name', () => {
  for (const name of ['toString', 'constructor', '__proto__', 'FancyError', '']) {
    expect(carried(Object.assign(new Error('thrown'), { name })).message).toBe('thrown');
  }
  expect(carried(undefined).message).toBe('undefined');
  expect(carried(new DOMException('gone', 'AbortError')).name).toBe('AbortError');
});

test('encodeError() comes to an end on causes that go in circles', () => {
  const error = new Error('round');
  error.cause = error;
  expect(carried(error).message).toBe('round');
});
