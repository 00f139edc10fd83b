import { toJsonSchema } from '@valibot/to-json-schema';
import { inferenceJsonSchemas } from '../src/manifest/inference-json.ts';

/** The JSON Schema of `inference.json`, draft 7: what it may say depends on its task. */
export function inferenceSchema(): object {
  const tasks = Object.entries(inferenceJsonSchemas()).map(([task, schema]) => {
    // What a schema cannot say, such as a check by code, is left out here and still checked by the library.
    const { $schema: _, ...ofTask } = toJsonSchema(schema, { errorMode: 'ignore', target: 'draft-07' });
    const condition = { properties: { task: { const: task } }, required: ['task'] };
    // oxlint-disable-next-line unicorn/no-thenable -- It is the word that JSON Schema has for it.
    return { if: condition, then: ofTask };
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'inference.json of an Inpoint model archive',
    description: 'Everything in it can be left out: it is then told from the other files, or from the model.',
    type: 'object',
    properties: { task: { enum: Object.keys(inferenceJsonSchemas()) } },
    allOf: tasks,
  };
}
