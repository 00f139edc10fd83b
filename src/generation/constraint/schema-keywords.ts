import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import { childOf, schemaField, type Conjunction, type ObjectSubschema, type Subschema } from './flatten-schema.ts';
import { matchesPattern } from './matches-pattern.ts';
import type { NumberLimit } from './number-term.ts';

/** A type of JSON Schema; every `integer` is a `number` too. */
export type SchemaType = 'null' | 'boolean' | 'object' | 'array' | 'string' | 'number' | 'integer';

/** The types that schemas leave, `integer` only where not every number is left. */
export function typesOf(parts: Conjunction): ReadonlySet<SchemaType> {
  let types: ReadonlySet<SchemaType> = new Set(allTypes.filter((type) => type !== 'integer'));
  for (const { schema, path } of parts) {
    if (!('type' in schema)) continue;
    const named = [schema['type']].flat();
    if (named.length === 0 || !named.every((type) => allTypes.includes(type as SchemaType))) {
      throw new InputError(
        schemaField,
        `"type" at ${path} is ${shown(schema['type'])}. Give one of ${allTypes.join(', ')}.`,
      );
    }
    const here = new Set([...(named as SchemaType[]), ...(schema['nullable'] === true ? (['null'] as const) : [])]);
    types = new Set(allTypes.filter((type) => leaves(types, type) && leaves(here, type)));
    if (types.has('number')) types = new Set([...types].filter((type) => type !== 'integer'));
  }
  return types;
}

/** The types that keywords are for, where no `type` is given. */
export function impliedTypes(parts: Conjunction): ReadonlySet<SchemaType> {
  if (parts.some(({ schema }) => 'type' in schema)) return typesOf(parts);
  const implied = Object.entries(keywordsOf).filter(([, keys]) =>
    keys.some((key) => parts.some(({ schema }) => key in schema)),
  );
  if (implied.length !== 1) return typesOf(parts);
  const isNullable = parts.every(({ schema }) => schema['nullable'] === true);
  return new Set([implied[0]![0] as SchemaType, ...(isNullable ? (['null'] as const) : [])]);
}

/** The values that `enum` and `const` leave, nothing where there is neither. */
export function valuesOf(parts: Conjunction): readonly unknown[] | undefined {
  let values: readonly unknown[] | undefined;
  for (const { schema, path } of parts) {
    const listed = schema['enum'];
    if (listed !== undefined) {
      if (!Array.isArray(listed) || listed.length === 0) {
        throw new InputError(schemaField, `"enum" at ${path} is ${shown(listed)}. Give a list of values.`);
      }
      values = intersect(values, listed);
    }
    if (schema['const'] !== undefined) values = intersect(values, [schema['const']]);
  }
  if (values?.some((value) => !isWellFormed(value))) {
    throw new InputError(schemaField, `"enum" or "const" at ${pathOf(parts)} has half of a surrogate pair in a text.`);
  }
  return values;
}

/** The strictest of a keyword and its opposite that count, as `minItems` and `maxItems`. */
export function countsOf(parts: Conjunction, of: 'Length' | 'Items' | 'Properties'): { min: number; max: number } {
  let [min, max] = [0, Infinity];
  for (const part of parts) {
    min = Math.max(min, numberAt(part, `min${of}`, isCount) ?? 0);
    max = Math.min(max, numberAt(part, `max${of}`, isCount) ?? Infinity);
  }
  return { min, max };
}

/** The strictest of the four bounds of numbers. */
export function boundsOf(parts: Conjunction): { lower?: NumberLimit; upper?: NumberLimit } {
  const lower: NumberLimit[] = [];
  const upper: NumberLimit[] = [];
  for (const part of parts) {
    for (const isOpen of [false, true]) {
      const low = numberAt(part, isOpen ? 'exclusiveMinimum' : 'minimum', Number.isFinite);
      const high = numberAt(part, isOpen ? 'exclusiveMaximum' : 'maximum', Number.isFinite);
      if (low !== undefined) lower.push({ value: low, isOpen });
      if (high !== undefined) upper.push({ value: high, isOpen });
    }
  }
  return {
    lower: lower.toSorted((a, b) => b.value - a.value || Number(b.isOpen) - Number(a.isOpen))[0],
    upper: upper.toSorted((a, b) => a.value - b.value || Number(b.isOpen) - Number(a.isOpen))[0],
  };
}

/** The steps of `multipleOf`. */
export function stepsOf(parts: Conjunction): readonly number[] {
  return parts.flatMap((part) => numberAt(part, 'multipleOf', (value) => value > 0 && Number.isFinite(value)) ?? []);
}

/** The texts of a keyword, and where they are. */
export function textsOf(
  parts: Conjunction,
  key: 'pattern' | 'format',
): readonly { schema: object; path: string; text: string }[] {
  return parts.flatMap(({ schema, path }) => {
    const text = schema[key];
    if (text === undefined) return [];
    if (typeof text !== 'string')
      throw new InputError(schemaField, `"${key}" at ${path} is ${shown(text)}. Give a text.`);
    return [{ schema, path, text }];
  });
}

/** What objects may hold by name. */
export interface Members {
  /** In the order in which they are declared. */
  readonly names: readonly string[];
  readonly required: ReadonlySet<string>;
  /** What must hold for the value of a key. */
  of(name: string): readonly Subschema[];
}

/** What objects may hold by name. */
export function membersOf(parts: Conjunction): Members {
  const required = new Set(parts.flatMap((part) => namesAt(part)));
  const declared = parts.flatMap((part) => Object.keys(recordAt(part, 'properties')));
  return {
    names: [...new Set([...declared, ...required])],
    required,
    of: (name) =>
      parts.flatMap((part) => {
        const found = Object.hasOwn(recordAt(part, 'properties'), name) ? [childOf(part, 'properties', name)] : [];
        for (const pattern of Object.keys(recordAt(part, 'patternProperties'))) {
          if (matchesPattern(part.schema, pattern, name)) found.push(childOf(part, 'patternProperties', pattern));
        }
        if (found.length > 0 || !('additionalProperties' in part.schema)) return found;
        return [childOf(part, 'additionalProperties')];
      }),
  };
}

/** What must hold for the item at an index; without one, for those after all that `prefixItems` names. */
export function itemsAt(parts: Conjunction, index: number = Infinity): readonly Subschema[] {
  return parts.flatMap((part) => {
    if (index < prefixOf(part)) return [childOf(part, 'prefixItems', index)];
    return 'items' in part.schema ? [itemsOf(part)] : [];
  });
}

/** How many items `prefixItems` names. */
export function prefixLength(parts: Conjunction): number {
  return parts.reduce((most, part) => Math.max(most, prefixOf(part)), 0);
}

/** A keyword that is an object, `{}` where it is not there. */
export function recordAt(part: ObjectSubschema, key: string): Readonly<Record<string, unknown>> {
  const value = part.schema[key] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new InputError(schemaField, `"${key}" at ${part.path} is ${shown(value)}. Give an object.`);
  }
  return value as Record<string, unknown>;
}

/** Where schemas are, for messages. */
export function pathOf(parts: Conjunction): string {
  return parts.map(({ path }) => path).join(' with ') || '#';
}

/** A text that is the same for the same JSON value, whatever the order of its keys. */
export function jsonKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonKey).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${jsonKey(item)}`).join(',')}}`;
}

const allTypes: readonly SchemaType[] = ['null', 'boolean', 'object', 'array', 'string', 'number', 'integer'];

const keywordsOf: Readonly<Partial<Record<SchemaType, readonly string[]>>> = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
  ],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};

function leaves(types: ReadonlySet<SchemaType>, type: SchemaType): boolean {
  return types.has(type) || (type === 'integer' && types.has('number'));
}

function intersect(values: readonly unknown[] | undefined, others: readonly unknown[]): readonly unknown[] {
  if (values === undefined) return [...new Map(others.map((value) => [jsonKey(value), value])).values()];
  const keys = new Set(others.map(jsonKey));
  return values.filter((value) => keys.has(jsonKey(value)));
}

function isWellFormed(value: unknown): boolean {
  return !/\\u[dD][89a-fA-F]/.test(jsonKey(value).replaceAll('\\\\', ''));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function numberAt(part: ObjectSubschema, key: string, isGood: (value: number) => boolean): number | undefined {
  const value = part.schema[key];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && isGood(value)) return value;
  throw new InputError(schemaField, `"${key}" at ${part.path} is ${shown(value)}. Give a number that it can be.`);
}

function namesAt({ schema, path }: ObjectSubschema): readonly string[] {
  const names = schema['required'] ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new InputError(schemaField, `"required" at ${path} is ${shown(names)}. Give a list of names.`);
}

function itemsOf(part: ObjectSubschema): Subschema {
  if (!Array.isArray(part.schema['items'])) return childOf(part, 'items');
  throw new InputError(
    schemaField,
    `"items" at ${part.path} is a list, which is supported under its newer name. Rename it to "prefixItems".`,
  );
}

function prefixOf(part: ObjectSubschema): number {
  const prefix = part.schema['prefixItems'] ?? [];
  if (!Array.isArray(prefix)) {
    throw new InputError(schemaField, `"prefixItems" at ${part.path} is ${shown(prefix)}. Give a list of schemas.`);
  }
  return prefix.length;
}
