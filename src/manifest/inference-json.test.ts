import { expect, test } from 'vitest';
import { checkInferenceJson } from './inference-json.ts';
import type { TaskName } from './schema.ts';

function complaint(task: TaskName, json: object): string {
  try {
    checkInferenceJson('m.tar.gz', json as never, task);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ManifestError', code: 'file-invalid' });
    return (error as Error).message;
  }
  throw new Error('Nothing was complained of.');
}

test.each<[string, TaskName, object, RegExp]>([
  ['an unknown field', 'tensor', { labelz: [] }, /a field labelz that is not known for the task "tensor"/],
  ['a field of another task', 'tensor', { labels: [] }, /a field labels/],
  [
    'a step that does not exist',
    'image-classification',
    { preprocess: [{ step: 'blur' }] },
    /"blur" at preprocess\[0\]\.step where .*"grayscale"/,
  ],
  [
    'a filter',
    'image-classification',
    { preprocess: [{ step: 'resize', size: { width: 8, height: 8 }, filter: 'best' }] },
    /"best" at preprocess\[0\]\.filter where .*"lanczos"/,
  ],
  [
    'a field that a step lacks',
    'image-classification',
    { preprocess: [{ step: 'center-crop', width: 3 }] },
    /no preprocess\[0\]\.height/,
  ],
  [
    'a size in a union',
    'image-classification',
    { preprocess: [{ step: 'grayscale' }, { step: 'resize', size: { width: 'x', height: 8 } }] },
    /"x" at preprocess\[1\]\.size\.width/,
  ],
  [
    'an infinite side',
    'image-classification',
    { preprocess: [{ step: 'resize', size: { width: 1e9, height: 8 } }] },
    /1000000000 at preprocess\[0\]\.size\.width/,
  ],
  ['a path that leads out', 'tensor', { model: '../model.onnx' }, /model/],
  ['an absolute path', 'tensor', { golden: '/golden.json' }, /golden/],
  [
    'a feed of no kind',
    'tensor',
    { feeds: { sr: { constant: { type: 'int7', dims: [], data: [1] } } } },
    /"int7" at feeds\.sr\.constant\.type/,
  ],
  ['a feed with a name to quote', 'tensor', { feeds: { 'a b': 3 } }, /feeds\["a b"\]/],
  ['labels that are no list', 'text-classification', { labels: { 0: 'a' } }, /Object at labels/],
  ['columns that are none', 'tabular-regression', { columns: [] }, /columns/],
  ['a pipeline without stages', 'pipeline', { task: 'pipeline' }, /no stages/],
  ['a digest', 'tensor', { files: { 'a.onnx': { size: 3, chunks: ['zz'] } } }, /files\["a\.onnx"\]\.chunks\[0\]/],
  ['a later format', 'tensor', { format: 2 }, /2 at format/],
])('checkInferenceJson() names the place of %s', (_, task, json, message) => {
  expect(complaint(task, json)).toMatch(message);
});

test('checkInferenceJson() does not look at what belongs to another task than the one asked for', () => {
  const json = { task: 'image-classification', preprocess: [{ step: 'grayscale' }], feeds: { x: 'y' } };
  expect(checkInferenceJson('m', json, 'tensor')).toMatchObject({ feeds: { x: 'y' } });
});
