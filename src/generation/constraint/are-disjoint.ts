import { acceptsPlain } from './accepts-value.ts';
import { flattenSchema, type Conjunction, type Subschema } from './flatten-schema.ts';
import {
  boundsOf,
  countsOf,
  impliedTypes,
  itemsAt,
  membersOf,
  typesOf,
  valuesOf,
  type SchemaType,
} from './schema-keywords.ts';

/**
 * Whether it can be shown that no value that is generated for one is valid for the other: by type, by the values of `enum` and `const`, by ranges, or
 * by a required property or the first item for which the same can be shown.
 *
 * @param effort How many comparisons may be made, counted down: when there are none left, nothing is shown.
 */
export function areDisjoint(
  root: Subschema['schema'],
  first: readonly Conjunction[],
  second: readonly Conjunction[],
  effort: { left: number },
  depth: number = 4,
): boolean {
  return first.every((one) => second.every((other) => areApart(root, one, other, effort, depth)));
}

function areApart(
  root: Subschema['schema'],
  first: Conjunction,
  second: Conjunction,
  effort: { left: number },
  depth: number,
): boolean {
  if (effort.left-- <= 0) return false;
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const) {
    if (valuesOf(one)?.every((value) => !acceptsPlain(root, other, value, false))) return true;
  }
  const both = [...first, ...second];
  // Of other types nothing is generated for either.
  const generated = new Set([...impliedTypes(first), ...impliedTypes(second)]);
  const isGenerated = (type: SchemaType) =>
    generated.has(type) ||
    (type === 'integer' && generated.has('number')) ||
    (type === 'number' && generated.has('integer'));
  return [...typesOf(both)].filter(isGenerated).every((type) => areApartAs(type, root, first, second, effort, depth));
}

function areApartAs(
  type: SchemaType,
  root: Subschema['schema'],
  first: Conjunction,
  second: Conjunction,
  effort: { left: number },
  depth: number,
): boolean {
  const both = [...first, ...second];
  const areChildrenApart = (one: readonly Subschema[], other: readonly Subschema[]) => {
    const flatten = (parts: readonly Subschema[]) => flattenSchema(root, parts, () => true);
    return depth > 0 && areDisjoint(root, flatten(one), flatten(other), effort, depth - 1);
  };
  if (type === 'number' || type === 'integer') {
    const { lower, upper } = boundsOf(both);
    if (lower === undefined || upper === undefined) return false;
    return lower.value > upper.value || (lower.value === upper.value && (lower.isOpen || upper.isOpen));
  }
  if (type === 'string') {
    const { min, max } = countsOf(both, 'Length');
    return min > max;
  }
  if (type === 'array') {
    const { min, max } = countsOf(both, 'Items');
    return min > max || (min > 0 && areChildrenApart(itemsAt(first, 0), itemsAt(second, 0)));
  }
  if (type === 'object') {
    const [one, other] = [membersOf(first), membersOf(second)];
    const names = new Set([...one.required, ...other.required]);
    return [...names].some((name) => areChildrenApart(one.of(name), other.of(name)));
  }
  return false;
}
