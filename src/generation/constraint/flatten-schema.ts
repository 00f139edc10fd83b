import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';

/** A part of a JSON Schema, and where in it. */
export interface Subschema {
  /** As a JSON pointer (RFC 6901) behind `#`. */
  readonly path: string;
  readonly schema: Readonly<Record<string, unknown>> | boolean;
}

/** Schemas that must all hold, without references and choices. */
export type Conjunction = readonly ObjectSubschema[];

/** A part of a JSON Schema that is an object. */
export interface ObjectSubschema {
  readonly path: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** What a choice between alternatives is told by; returns whether no value is valid for both. */
export type AreDisjoint = (first: readonly Conjunction[], second: readonly Conjunction[]) => boolean;

/** The option that errors of a schema name. */
export const schemaField = 'responseFormat.json_schema.schema';

/**
 * The ways to be valid for all of some schemas: `$ref`, `allOf`, `anyOf` and `oneOf` are followed and multiplied out.
 * None where nothing is valid.
 *
 * @throws {InputError} naming the keyword that is not supported, by its path.
 */
export function flattenSchema(
  root: Subschema['schema'],
  start: readonly Subschema[],
  areDisjoint: AreDisjoint,
): Conjunction[] {
  return expand(
    [],
    start.map((part) => ({ part, within: [] })),
  );

  function expand(known: Conjunction, waiting: readonly Waiting[]): Conjunction[] {
    const parts = [...known];
    const queue = [...waiting];
    const choices: { key: 'anyOf' | 'oneOf'; from: ObjectSubschema; within: readonly string[] }[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { part, within } = next;
      const { schema, path } = part;
      if (schema === true) continue;
      if (schema === false) return [];
      if (within.length > mostWithin) {
        throw new InputError(schemaField, `The schema at ${path} is behind over ${mostWithin} references and choices.`);
      }
      if (within.includes(path)) {
        throw new InputError(schemaField, `The schema at ${path} refers to itself with nothing in between.`);
      }
      if (parts.some((other) => other.path === path)) continue;
      checkKeywords(schema, path);
      const from = { schema, path };
      parts.push(from);
      const inside = [...within, path];
      if ('$ref' in schema) queue.push({ part: resolve(root, schema['$ref'], path), within: inside });
      for (const option of optionsOf(from, 'allOf')) queue.push({ part: option, within: inside });
      for (const key of ['anyOf', 'oneOf'] as const) if (key in schema) choices.push({ key, from, within: inside });
    }
    return choose(parts, choices);
  }

  function choose(
    parts: Conjunction,
    choices: readonly { key: 'anyOf' | 'oneOf'; from: ObjectSubschema; within: readonly string[] }[],
  ): Conjunction[] {
    let ways: Conjunction[] = [parts];
    for (const { key, from, within } of choices) {
      const options = optionsOf(from, key);
      if (ways.length * options.length > mostWays) throw tooManyWays(from.path);
      const made = ways.map((way) => options.map((part) => expand(way, [{ part, within }])));
      if (key === 'oneOf') for (const byOption of made) checkDisjoint(from.path, byOption, areDisjoint);
      ways = made.flat(2);
      if (ways.length > mostWays) throw tooManyWays(from.path);
    }
    return ways;
  }
}

function tooManyWays(path: string): InputError {
  return new InputError(schemaField, `The choices at ${path} multiply to over ${mostWays}. Ask for a simpler form.`);
}

interface Waiting {
  readonly part: Subschema;
  /** The schemas that led here. */
  readonly within: readonly string[];
}

const mostWays = 1024;
const mostWithin = 256;
const mostPairs = 20_000;

/** A part of a part. */
export function childOf(parent: ObjectSubschema, ...keys: readonly (string | number)[]): Subschema {
  let value: unknown = parent.schema;
  for (const key of keys) value = (value as Record<string, unknown>)[key];
  const path = [parent.path, ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
  if (typeof value === 'boolean') return { path, schema: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(schemaField, `The schema at ${path} is ${shown(value)}. Give an object, true or false.`);
  }
  return { path, schema: value as Record<string, unknown> };
}

const supported: ReadonlySet<string> = new Set([
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'type',
  'enum',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
]);

/** Keywords that say nothing about what is valid. */
const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  'nullable',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
]);

function checkKeywords(schema: Readonly<Record<string, unknown>>, path: string): void {
  for (const key of Object.keys(schema)) {
    if (supported.has(key) || annotations.has(key) || (key === '$id' && !changesReferences(schema, path))) continue;
    throw new InputError(
      schemaField,
      `The keyword ${shown(key)} at ${path} is not supported: what it asks for could not be kept. Leave it out, or say ` +
        'the same with keywords that are.',
    );
  }
}

/** References are to parts of what is named so. */
function changesReferences(schema: object, path: string): boolean {
  return path !== '#' && JSON.stringify(schema).includes('"$ref"');
}

function optionsOf(from: ObjectSubschema, key: 'allOf' | 'anyOf' | 'oneOf'): Subschema[] {
  const options = from.schema[key];
  if (options === undefined) return [];
  if (!Array.isArray(options) || options.length === 0) {
    throw new InputError(schemaField, `"${key}" at ${from.path} is ${shown(options)}. Give a list of schemas.`);
  }
  return options.map((_, index) => childOf(from, key, index));
}

function checkDisjoint(path: string, byOption: readonly (readonly Conjunction[])[], areDisjoint: AreDisjoint): void {
  if (haveMarks(byOption)) return;
  if (byOption.length ** 2 > 2 * mostPairs) {
    throw new InputError(
      schemaField,
      `"oneOf" at ${path} has too many options to compare. Set them apart by a required property of different "const".`,
    );
  }
  for (const [index, first] of byOption.entries()) {
    for (let other = index + 1; other < byOption.length; other++) {
      if (areDisjoint(first, byOption[other]!)) continue;
      throw new InputError(
        schemaField,
        `"oneOf" at ${path} has options ${index} and ${other} that one value may be valid for, as far as can be told. ` +
          'Use "anyOf", or set them apart by a required property of different "const".',
      );
    }
  }
}

/** Whether options are plainly different: each value, or each value of one required property, belongs to one of them. */
function haveMarks(byOption: readonly (readonly Conjunction[])[]): boolean {
  const [first] = byOption[0] ?? [];
  const names = first?.flatMap(({ schema }) => (Array.isArray(schema['required']) ? schema['required'] : [])) ?? [];
  return [undefined, ...new Set(names.slice(0, mostMarks))].some((name) => {
    const owners = new Map<string, number>();
    return byOption.every((ways, index) =>
      ways.every((parts) => {
        const values = marksOf(parts, name as string | undefined);
        return values?.every((value) => {
          const owner = owners.get(value) ?? index;
          owners.set(value, owner);
          return owner === index;
        });
      }),
    );
  });
}

const mostMarks = 16;

/** The values that one part leaves, or leaves a required property, as texts. */
function marksOf(parts: Conjunction, name: string | undefined): readonly string[] | undefined {
  const isObject = parts.some(({ schema }) => schema['type'] === 'object');
  for (const { schema } of parts) {
    let marked: unknown = schema;
    if (name !== undefined) {
      const { required, properties } = schema;
      const isThere = isObject && Array.isArray(required) && required.includes(name);
      const own = isThere && typeof properties === 'object' && properties !== null && Object.hasOwn(properties, name);
      marked = own ? (properties as Record<string, unknown>)[name] : undefined;
    }
    if (typeof marked !== 'object' || marked === null) continue;
    const { enum: values, const: value } = marked as { enum?: unknown; const?: unknown };
    // Objects are the same in any order of their keys; others, where their texts are.
    const all = value !== undefined ? [value] : Array.isArray(values) ? (values as unknown[]) : [];
    if (all.length > 0 && all.every((one) => typeof one !== 'object' || one === null))
      return all.map((one) => JSON.stringify(one));
  }
  return undefined;
}

function resolve(root: Subschema['schema'], reference: unknown, path: string): Subschema {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) {
    throw new InputError(
      schemaField,
      `"$ref" at ${path} is ${shown(reference)}. Only parts of the same schema can be referred to, as "#/$defs/name".`,
    );
  }
  const keys = reference
    .slice(2)
    .split('/')
    .map((key) => decode(key).replaceAll('~1', '/').replaceAll('~0', '~'));
  let value: unknown = root;
  if (reference.length > 1) {
    for (const key of keys) {
      const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
      value = isThere ? (value as Record<string, unknown>)[key] : undefined;
      if (value === undefined) {
        throw new InputError(schemaField, `"$ref" at ${path} is ${shown(reference)}, which the schema does not have.`);
      }
    }
  }
  if (reference === '#' || reference === '#/') return { path: '#', schema: root };
  return childOf({ path: '#', schema: root as Record<string, unknown> }, ...keys);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
