import { flattenSchema, type Conjunction, type Subschema } from './flatten-schema.ts';
import {
  boundsOf,
  countsOf,
  itemsAt,
  jsonKey,
  membersOf,
  stepsOf,
  textsOf,
  typesOf,
  valuesOf,
  type SchemaType,
} from './schema-keywords.ts';
import { matchesPattern } from './matches-pattern.ts';
import { stringFormats } from './string-formats.ts';

/**
 * Whether a value is valid for schemas. `format` counts where `isStrict`; else any string may have any format, as it is
 * better to take for possible what is not when two schemas are to be told apart.
 */
export function acceptsValue(
  root: Subschema['schema'],
  schemas: readonly Subschema[],
  value: unknown,
  isStrict: boolean,
): boolean {
  return flattenSchema(root, schemas, () => true).some((parts) => acceptsPlain(root, parts, value, isStrict));
}

/** The same for schemas that were flattened. */
export function acceptsPlain(
  root: Subschema['schema'],
  parts: Conjunction,
  value: unknown,
  isStrict: boolean,
): boolean {
  const values = valuesOf(parts);
  if (values !== undefined && !values.some((other) => jsonKey(other) === jsonKey(value))) return false;
  const types = typesOf(parts);
  const type = typeOf(value);
  if (!types.has(type) && !(type === 'integer' && types.has('number'))) return false;
  if (typeof value === 'string') return acceptsText(parts, value, isStrict);
  if (typeof value === 'number') return acceptsNumber(parts, value);
  if (Array.isArray(value)) {
    const { min, max } = countsOf(parts, 'Items');
    const isUnique = parts.some(({ schema }) => schema['uniqueItems'] === true);
    if (value.length < min || value.length > max) return false;
    if (isUnique && new Set(value.map(jsonKey)).size < value.length) return false;
    return value.every((item, index) => acceptsValue(root, itemsAt(parts, index), item, isStrict));
  }
  if (typeof value !== 'object' || value === null) return true;
  const members = membersOf(parts);
  const names = Object.keys(value);
  const { min, max } = countsOf(parts, 'Properties');
  if (names.length < min || names.length > max) return false;
  if (![...members.required].every((name) => names.includes(name))) return false;
  const nameSchemas = parts.flatMap((part) => ('propertyNames' in part.schema ? [part] : []));
  for (const part of nameSchemas) {
    const schema = { path: `${part.path}/propertyNames`, schema: part.schema['propertyNames'] as Subschema['schema'] };
    if (!names.every((name) => acceptsValue(root, [schema], name, isStrict))) return false;
  }
  return Object.entries(value).every(([name, item]) => acceptsValue(root, members.of(name), item, isStrict));
}

function acceptsText(parts: Conjunction, text: string, isStrict: boolean): boolean {
  const { min, max } = countsOf(parts, 'Length');
  const length = Array.from(text).length;
  if (length < min || length > max) return false;
  const formats = isStrict ? textsOf(parts, 'format') : [];
  return [
    ...textsOf(parts, 'pattern'),
    ...formats.map((format) => ({ ...format, text: `^(?:${stringFormats[format.text] ?? ''})$` })),
  ].every(({ schema, text: pattern }) => matchesPattern(schema, pattern, text));
}

function acceptsNumber(parts: Conjunction, value: number): boolean {
  const { lower, upper } = boundsOf(parts);
  if (lower !== undefined && (value < lower.value || (lower.isOpen && value === lower.value))) return false;
  if (upper !== undefined && (value > upper.value || (upper.isOpen && value === upper.value))) return false;
  return stepsOf(parts).every((step) => Math.abs(value / step - Math.round(value / step)) < 1e-9);
}

function typeOf(value: unknown): SchemaType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as SchemaType;
}
