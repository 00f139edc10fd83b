import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { filesOf, taskFixtures, taskFolder } from './task-fixtures.ts';
import { checkInferenceJson, taskNames } from '../src/manifest/inference-json.ts';
import type { Json } from '../src/manifest/read-json.ts';

const published = JSON.parse(readFileSync(new URL('../dist/inference.schema.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;
const isValid = new Ajv({ strict: false, allErrors: true }).compile(published);

const descriptions = taskFixtures
  .flatMap((name) => filesOf(join(taskFolder, name)).map((path) => `${name}/${path}`))
  .filter((path) => path.endsWith('inference.json'));

test('inference.schema.json is of draft 7, and knows every task', () => {
  expect(published['$schema']).toBe('http://json-schema.org/draft-07/schema#');
  expect((published['properties'] as { task: { enum: string[] } }).task.enum).toEqual([...taskNames]);
});

test.each(descriptions)('inference.schema.json accepts %s', (path) => {
  const json: unknown = JSON.parse(readFileSync(join(taskFolder, path), 'utf8'));
  expect(isValid(json), JSON.stringify(isValid.errors?.slice(0, 2))).toBe(true);
});

test.each<[string, Json]>([
  ['a task that there is none', { task: 'juggling' }],
  ['a field that there is none', { task: 'tensor', labelz: [] }],
  ['a field of another task', { task: 'tensor', labels: ['a'] }],
  ['a step that there is none', { task: 'image-classification', preprocess: [{ step: 'blur' }] }],
  ['a step without what it needs', { task: 'image-classification', preprocess: [{ step: 'center-crop', width: 3 }] }],
  [
    'a side of no pixels',
    { task: 'image-classification', preprocess: [{ step: 'resize', size: { width: 0, height: 1 } }] },
  ],
  ['a constant of no type', { task: 'tensor', feeds: { x: { constant: { dims: [], data: [1] } } } }],
  ['a pipeline without stages', { task: 'pipeline', stages: [] }],
])('inference.schema.json refuses %s, as the library does', (_, json) => {
  expect(isValid(json)).toBe(false);
  if (taskNames.includes(json['task'] as never))
    expect(() => checkInferenceJson('m', json, json['task'] as 'tensor')).toThrow(/inference\.json has/);
});
