import { expect, test } from 'vitest';
import type { Tool } from '../tools.ts';
import { compileConstraint as compile } from './compile-constraint.ts';
import type { Grammar } from './grammar.ts';
import { createMatcher } from './matcher.ts';
import type { ResponseFormat } from './response-format.ts';
import { createVocabulary } from './vocabulary.ts';

const bytes = createVocabulary(
  Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  new Set(),
);

const compileConstraint = (format: unknown): Grammar | undefined =>
  compile(format, { tools: [], toolChoice: 'auto', toolFormat: 'json' });

/** Whether a text may be an answer. */
function takes(format: ResponseFormat, text: string): boolean {
  return accepts(compileConstraint(format)!, text);
}

function accepts(grammar: Grammar, text: string): boolean {
  const matcher = createMatcher(grammar, bytes);
  try {
    for (const byte of new TextEncoder().encode(text)) matcher.accept(byte);
  } catch {
    return false;
  }
  return matcher.isComplete;
}

const schemaOf = (schema: object | boolean): ResponseFormat => ({ type: 'json_schema', json_schema: { schema } });

test('compileConstraint() asks nothing of plain text', () => {
  expect(compileConstraint({ type: 'text' })).toBeUndefined();
});

test('compileConstraint() takes any JSON object for json_object', () => {
  const format: ResponseFormat = { type: 'json_object' };
  expect(
    ['{}', '{"a":1}', '{"a": [true, null, {"b":"\\n\\u001f"}]}', '{"한":"🙂"}'].map((t) => takes(format, t)),
  ).not.toContain(false);
  const wrong = [
    '[]',
    '{"a":1,}',
    '{"a" :1}',
    '{ }',
    '{"a":  1}',
    '{"a":"\n"}',
    '{"a":"\\ud800"}',
    '{"a":01}',
    '{"__proto__":1}',
  ];
  expect(wrong.map((text) => takes(format, text))).not.toContain(true);
  const deep = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
  expect([takes(format, deep(16)), takes(format, deep(17))]).toEqual([true, false]);
});

test.each<[string, object | boolean, readonly string[], readonly string[]]>([
  ['true', true, ['1', 'null', '"x"', '[{}]'], ['x']],
  ['no type, but properties', { properties: { a: { type: 'null' } } }, ['{}', '{"a":null}'], ['1', '{"b":1}']],
  ['a list of types', { type: ['integer', 'null'] }, ['0', 'null', '-12'], ['1.5', '"a"', '-0']],
  [
    'const of an object',
    { const: { a: [1, 'x'], b: {} } },
    ['{"a":[1,"x"],"b":{}}', '{"a": [1, "x"], "b": {}}'],
    ['{"b":{},"a":[1,"x"]}'],
  ],
  ['enum beside a range', { enum: [1, 5, 10, 'x'], type: 'number', minimum: 2 }, ['5', '10'], ['1', '"x"']],
  [
    'lengths in code points',
    { type: 'string', minLength: 2, maxLength: 3 },
    ['"한국"', '"🙂🙂🙂"', '"\\n\\""'],
    ['"a"', '"🙂🙂🙂🙂"'],
  ],
  ['a pattern anywhere', { type: 'string', pattern: 'b\\\\' }, ['"ab\\\\"', '"b\\\\\\""'], ['"ab"']],
  ['a pattern of quotes', { pattern: '^["\\n]+$' }, ['"\\"\\n"'], ['"""', '"n"']],
  [
    'two patterns and a length',
    { pattern: '^a', allOf: [{ pattern: 'z$' }], maxLength: 3 },
    ['"az"', '"abz"'],
    ['"abbz"', '"a"'],
  ],
  [
    'a leap day',
    { format: 'date' },
    ['"2024-02-29"', '"2000-02-29"'],
    ['"2023-02-29"', '"1900-02-29"', '"2024-04-31"'],
  ],
  [
    'optional properties in their order',
    { properties: { a: { const: 1 }, b: { const: 2 } } },
    ['{}', '{"b":2}', '{"a":1,"b":2}'],
    ['{"b":2,"a":1}'],
  ],
  [
    'a required name that is not declared',
    { type: 'object', required: ['x'], additionalProperties: { const: 1 } },
    ['{"x":1}', '{"x":1,"y":1}'],
    ['{}', '{"y":1}'],
  ],
  [
    'other names',
    { properties: { a: { const: 1 } }, additionalProperties: { const: 2 } },
    ['{"a":1,"b":2}', '{"aa":2}'],
    ['{"a":2}', '{"b":2,"a":1}'],
  ],
  [
    'names by pattern',
    { patternProperties: { '^i': { const: 1 }, '^s': { const: 2 } }, additionalProperties: { const: 3 } },
    ['{"i":1,"s":2,"x":3}'],
    ['{"i":2}', '{"x":1}'],
  ],
  [
    'counted properties',
    { properties: { a: true, b: { const: 1 }, c: { const: 1 } }, minProperties: 1, maxProperties: 2 },
    ['{"b":1}', '{"b":1,"c":1}'],
    ['{}', '{"a":1,"b":1,"c":1}'],
  ],
  [
    'a tuple',
    { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], minItems: 1 },
    ['[1]', '[1,2]', '[1, 2]'],
    ['[]', '[2]', '[1,2,3]'],
  ],
  [
    'a tuple and more',
    { prefixItems: [{ const: 1 }], items: { const: 2 }, maxItems: 3 },
    ['[]', '[1]', '[1,2,2]'],
    ['[1,2,2,2]', '[2]'],
  ],
  [
    'different items',
    { type: 'array', items: { enum: [1, 2, 3] }, uniqueItems: true, minItems: 2 },
    ['[1,3]', '[3,2,1]'],
    ['[1]', '[1,1]'],
  ],
  [
    'steps of 3 in a range',
    { type: 'integer', multipleOf: 3, minimum: -4, maximum: 7 },
    ['-3', '0', '3', '6'],
    ['-4', '1', '9'],
  ],
  [
    'steps of 20',
    { type: 'integer', multipleOf: 20, exclusiveMinimum: 0 },
    ['20', '100', '1234560'],
    ['0', '10', '30', '2'],
  ],
  ['cents', { type: 'number', multipleOf: 0.01 }, ['1', '1.5', '1.25'], ['1.255']],
  [
    'all of two',
    {
      allOf: [
        { type: 'integer', minimum: 3 },
        { type: 'number', maximum: 5 },
      ],
    },
    ['3', '5'],
    ['2', '6', '4.5'],
  ],
  [
    'closed by one of two',
    { allOf: [{ properties: { a: { const: 1 } }, additionalProperties: false }, { properties: { a: true, b: true } }] },
    ['{"a":1}', '{}'],
    ['{"a":1,"b":1}'],
  ],
  [
    'one of two by a tag',
    {
      oneOf: [
        { type: 'object', properties: { t: { const: 1 } }, required: ['t'] },
        { type: 'object', properties: { t: { const: 2 }, u: { const: 3 } }, required: ['t', 'u'] },
      ],
    },
    ['{"t":1}', '{"t":2,"u":3}'],
    ['{"t":2}', '{"t":1,"u":3}'],
  ],
  [
    'a reference with more beside it',
    { $ref: '#/$defs/a~1b', maximum: 5, $defs: { 'a/b': { type: 'integer', minimum: 4 } } },
    ['4', '5'],
    ['3', '6'],
  ],
])('compileConstraint() takes what is valid: %s', (_, schema, valid, invalid) => {
  expect(valid.filter((text) => !takes(schemaOf(schema), text))).toEqual([]);
  expect(invalid.filter((text) => takes(schemaOf(schema), text))).toEqual([]);
});

test.each<[ResponseFormat, string, string]>([
  [
    schemaOf({ properties: { a: { not: { type: 'null' } } } }),
    'responseFormat.json_schema.schema',
    '"not" at #/properties/a',
  ],
  [schemaOf({ if: {} }), 'responseFormat.json_schema.schema', '"if" at #'],
  [schemaOf({ $ref: 'https://example.com/a.json' }), 'responseFormat.json_schema.schema', '"$ref" at #'],
  [schemaOf({ $ref: '#/$defs/x' }), 'responseFormat.json_schema.schema', 'does not have'],
  [schemaOf({ $ref: '#' }), 'responseFormat.json_schema.schema', 'refers to itself'],
  [schemaOf({ items: [{}] }), 'responseFormat.json_schema.schema', 'prefixItems'],
  [schemaOf({ type: 'text' }), 'responseFormat.json_schema.schema', '"type" at #'],
  [schemaOf({ format: 'iri' }), 'responseFormat.json_schema.schema', '"format" at #'],
  [schemaOf({ type: 'string', pattern: '(?=a)' }), 'responseFormat.json_schema.schema/pattern', 'the group'],
  [schemaOf({ type: 'integer', minimum: 5, maximum: 3 }), 'responseFormat.json_schema.schema', 'Nothing is valid'],
  [schemaOf({ type: 'string', pattern: '^a$', minLength: 2 }), 'responseFormat.json_schema.schema', 'Nothing is valid'],
  [
    schemaOf({ type: 'array', items: { type: 'string' }, uniqueItems: true }),
    'responseFormat.json_schema.schema',
    '"uniqueItems"',
  ],
  [schemaOf({ type: 'number', multipleOf: 0.3 }), 'responseFormat.json_schema.schema', '"multipleOf"'],
  [
    schemaOf({ oneOf: [{ type: 'integer' }, { type: 'number' }] }),
    'responseFormat.json_schema.schema',
    'options 0 and 1',
  ],
  [
    schemaOf({ type: 'object', additionalProperties: true, minProperties: 2 }),
    'responseFormat.json_schema.schema',
    '"minProperties"',
  ],
  [schemaOf({ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }), 'responseFormat', 'No answer'],
  [schemaOf(false), 'responseFormat', 'No answer'],
  [
    schemaOf({ type: 'array', minItems: 1000, items: { type: 'array', minItems: 1000 } }),
    'responseFormat',
    'bytes long',
  ],
  [{ type: 'regex', regex: '(a{9000}){9000}' }, 'responseFormat', 'bytes long'],
  [{ type: 'choice', choices: [] }, 'responseFormat.choices', 'Give a list'],
  [{ type: 'choice', choices: ['\ud800'] }, 'responseFormat.choices', 'Give a list'],
  [{ type: 'xml' } as unknown as ResponseFormat, 'responseFormat.type', '"xml"'],
])('compileConstraint() refuses %j by name', (format, field, message) => {
  expect(() => compileConstraint(format)).toThrow(
    expect.objectContaining({ name: 'InputError', field, message: expect.stringContaining(message) as string }),
  );
});

test('compileConstraint() takes a call of one of the tools, with references of their own', () => {
  const node = { type: 'object', properties: { next: { $ref: '#/$defs/n' } }, additionalProperties: false };
  const tool = (name: string, parameters?: Record<string, unknown>): Tool => ({
    type: 'function',
    function: { name, ...(parameters && { parameters }) },
  });
  const tools = [
    tool('list', { $ref: '#/$defs/n', $defs: { n: node } }),
    tool('noop', { type: 'object', properties: {} }),
    tool('any'),
  ];
  const any = compile(undefined, { tools, toolChoice: 'required', toolFormat: 'json' })!;
  expect(accepts(any, '{"name": "list", "arguments": {"next":{"next":{}}}}')).toBe(true);
  expect(accepts(any, '{"name": "noop", "arguments": {}}')).toBe(true);
  expect(accepts(any, '{"name": "noop", "arguments": {"next":{}}}')).toBe(false);
  expect(accepts(any, '{"name": "any", "arguments": {"x":[1]}}')).toBe(true);
  const toolChoice = { type: 'function', function: { name: 'noop' } } as const;
  const noop = compile(undefined, { tools, toolChoice, toolFormat: 'hermes' })!;
  expect(accepts(noop, '<tool_call>{"name": "noop", "arguments": {}}</tool_call>')).toBe(true);
  expect(accepts(noop, '<tool_call>{"name": "any", "arguments": {}}</tool_call>')).toBe(false);
  const refused = (parameters: Record<string, unknown>) => () =>
    compile(undefined, { tools: [tool('f', parameters)], toolChoice: 'required', toolFormat: 'mistral' });
  expect(refused({ properties: { a: { not: {} } } })).toThrow(
    expect.objectContaining({ field: 'tools.f.parameters', message: expect.stringContaining('"not"') as string }),
  );
});

const nested = (depth: number, around: (inner: object) => object): object =>
  depth === 0 ? { type: 'integer' } : around(nested(depth - 1, around));
const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

test.each<[string, object]>([
  ['objects 300 deep', nested(300, (inner) => ({ properties: { a: inner } }))],
  ['choices 300 deep', nested(300, (inner) => ({ anyOf: [inner] }))],
  ['a million ways', nested(20, (inner) => ({ anyOf: [inner, inner] }))],
  ['ways that multiply', { allOf: range(20).map((at) => ({ anyOf: [{ minimum: at }, { maximum: -at }] })) }],
  [
    'a tree that doubles 30 times',
    {
      $ref: '#/$defs/0',
      $defs: Object.fromEntries([
        ...range(30).map((at) => [at, { prefixItems: [1, 1].map(() => ({ $ref: `#/$defs/${at + 1}` })), minItems: 2 }]),
        [30, { const: 1 }],
      ]) as object,
    },
  ],
  ['300 options that are hard to tell apart', { oneOf: range(300).map((at) => ({ minLength: at, maxLength: at })) }],
  ['a shortest answer of a million characters', { type: 'string', minLength: 1_000_000 }],
  ['patterns that have much to do with one another', { allOf: range(9).map((at) => ({ pattern: `a.{${at + 2}}b` })) }],
])('compileConstraint() refuses %s within a second or two', (_, schema) => {
  const start = performance.now();
  expect(() => compileConstraint(schemaOf(schema))).toThrow(expect.objectContaining({ name: 'InputError' }));
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.each<[string, object, string]>([
  ['a pattern that doubles the time of RegExp', { enum: [`${'a'.repeat(60)}!`, 'aa'], pattern: '^(a+)+$' }, '"aa"'],
  [
    'names by such a pattern',
    { properties: { [`${'a'.repeat(60)}!`]: { const: 1 } }, patternProperties: { '^(a+)+$': { const: 2 } } },
    `{"${'a'.repeat(60)}!":1}`,
  ],
  [
    '1,000 options by a tag',
    { oneOf: range(1000).map((at) => ({ type: 'object', properties: { t: { const: at } }, required: ['t'] })) },
    '{"t":999}',
  ],
  [
    'options by a tag, without a type',
    { oneOf: [1, 2].map((at) => ({ properties: { t: { const: at }, u: true }, required: ['t'] })) },
    '{"t":2,"u":[]}',
  ],
  ['20,000 values', { enum: range(20_000).map((at) => `value ${at}`) }, '"value 19999"'],
  [
    'options of many values',
    { oneOf: range(100).map((at) => ({ enum: range(200).map((by) => at * 1000 + by) })) },
    '99199',
  ],
  ['nullable', { type: 'string', nullable: true }, 'null'],
  ['$id of a part', { properties: { a: { $id: 'https://example.com/a', type: 'integer' } } }, '{"a":1}'],
])('compileConstraint() takes %s in no time', (_, schema, text) => {
  const start = performance.now();
  expect(takes(schemaOf(schema), text)).toBe(true);
  expect(performance.now() - start).toBeLessThan(10_000);
});
