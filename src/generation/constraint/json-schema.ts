import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import type { GrammarBuilder, Sequence } from './grammar.ts';
import { jsonRules, type JsonRules } from './json-rules.ts';
import { integerRules, numberRules } from './number-rules.ts';
import { anywhere, regexRules } from './regex-rules.ts';
import { parseRegex } from './regex.ts';
import { stringFormats } from './string-formats.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing of what is valid. */
const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentMediaType',
  'contentEncoding',
  'strict',
  'nullable',
]);

/** Keywords by the type that they are about. */
const keywords: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};

const anyType: ReadonlySet<string> = new Set(['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref']);

const known: ReadonlySet<string> = new Set([...annotations, ...anyType, ...Object.values(keywords).flat()]);

/** Items that may be counted. */
const mostCounted = 4096;

/**
 * The rules of JSON text that a schema finds valid. Properties come in the order of `properties`; others only where none are
 * named. What a schema leaves open is written in the plainest way.
 *
 * Source: JSON Schema 2020-12, Core and Validation.
 *
 * @param field where the schema stands, for messages
 * @throws {InputError} that names what is not supported by its place, as in `…schema.properties.age.not`
 */
export function jsonSchemaRules(builder: GrammarBuilder, root: unknown, field: string): Sequence {
  const json = jsonRules(builder);
  const references = new Map<string, number>();
  const refuse = (at: string, why: string): InputError =>
    new InputError(at, `The schema cannot be followed: ${at} ${why}.`);
  const literal = (value: unknown): Sequence => builder.literal(JSON.stringify(value));

  const rules = (given: unknown, at: string, depth: number): Sequence[] => {
    if (depth > 64) throw refuse(at, 'is nested too deep');
    if (given === true) return [[json.value]];
    if (given === false) throw refuse(at, 'is false, which nothing is valid by');
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw refuse(at, `is ${shown(given)}, and a schema is an object, true or false`);
    }
    const schema = given as Schema;
    for (const name of Object.keys(schema)) if (!known.has(name)) throw refuse(`${at}.${name}`, 'is not supported');
    const one = (name: string): unknown => schema[name];
    const others = (...allowed: string[]): string | undefined =>
      Object.keys(schema).find((name) => !annotations.has(name) && !allowed.includes(name));
    const alone = (name: string, ...allowed: string[]): void => {
      const beside = others(name, ...allowed);
      if (beside !== undefined)
        throw refuse(`${at}.${beside}`, `stands beside ${name}, and both at once are not supported`);
    };
    if (one('$ref') !== undefined) {
      alone('$ref');
      return [[reference(one('$ref'), `${at}.$ref`)]];
    }
    if ('const' in schema) {
      alone('const', 'type');
      return [literal(one('const'))];
    }
    if (one('enum') !== undefined) {
      alone('enum', 'type');
      const values = one('enum');
      if (!Array.isArray(values) || values.length === 0) throw refuse(`${at}.enum`, 'is no list of values');
      const types = schema['type'] === undefined ? undefined : typesOf(schema, at);
      const fitting = values.filter((value) => !types || types.some((type) => isOfType(value, type)));
      if (fitting.length === 0) throw refuse(`${at}.enum`, 'has no value of its type');
      return fitting.map(literal);
    }
    for (const name of ['anyOf', 'oneOf']) {
      if (one(name) === undefined) continue;
      alone(name, 'type');
      const options = one(name);
      if (!Array.isArray(options) || options.length === 0) throw refuse(`${at}.${name}`, 'is no list of schemas');
      const merged = options.map((option: unknown, index) => {
        const beside = schema['type'] === undefined || typeof option !== 'object' ? {} : { type: schema['type'] };
        return { option: { ...beside, ...(option as object) }, where: `${at}.${name}[${index}]` };
      });
      if (name === 'oneOf') checkApart(options as unknown[], `${at}.oneOf`);
      return merged.flatMap(({ option, where }, index) =>
        rules(typeof options[index] === 'object' ? option : options[index], where, depth + 1),
      );
    }
    if (one('allOf') !== undefined) {
      const { allOf, ...rest } = schema;
      if (!Array.isArray(allOf)) throw refuse(`${at}.allOf`, 'is no list of schemas');
      return rules(merge([rest, ...(allOf as unknown[])], `${at}.allOf`), at, depth + 1);
    }
    const types = typesOf(schema, at);
    const isNullable = one('nullable') === true && !types.includes('null');
    return [...types.flatMap((type) => ofType(type, schema, at, depth)), ...(isNullable ? [json.null] : [])];
  };

  const reference = (to: unknown, at: string): number => {
    if (typeof to !== 'string' || !/^#($|\/)/.test(to))
      throw refuse(at, `is ${shown(to)}, and only places in the schema itself are known`);
    const found = references.get(to);
    if (found !== undefined) return found;
    let target: unknown = root;
    for (const part of to.split('/').slice(1)) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      target =
        typeof target === 'object' && target !== null && Object.hasOwn(target, name)
          ? (target as Schema)[name]
          : undefined;
    }
    if (target === undefined) throw refuse(at, `names ${shown(to)}, which is not there`);
    const rule = builder.reserve();
    references.set(to, rule);
    builder.define(rule, ...rules(target, `${field}${to.slice(1).replaceAll('/', '.')}`, 0));
    return rule;
  };

  const merge = (parts: readonly unknown[], at: string): Schema => {
    const all: Record<string, unknown> = {};
    for (const part of parts) {
      const resolved = resolve(part, at);
      for (const [name, value] of Object.entries(resolved)) {
        if (all[name] === undefined || annotations.has(name)) all[name] = value;
        else if (name === 'properties') {
          for (const property of Object.keys(value as Schema)) {
            const twice = (all[name] as Schema)[property];
            if (twice !== undefined && JSON.stringify(twice) !== JSON.stringify((value as Schema)[property])) {
              throw refuse(at, `says two things of the property ${shown(property)}`);
            }
          }
          all[name] = { ...(all[name] as Schema), ...(value as Schema) };
        } else if (name === 'required') all[name] = [...new Set([...(all[name] as string[]), ...(value as string[])])];
        else if (JSON.stringify(all[name]) !== JSON.stringify(value)) throw refuse(at, `says two things with ${name}`);
      }
    }
    return all;
  };

  const resolve = (part: unknown, at: string): Schema => {
    if (typeof part !== 'object' || part === null) throw refuse(at, 'has a part that is no object');
    const to = (part as Schema)['$ref'];
    if (to === undefined) return part as Schema;
    let target: unknown = root;
    for (const name of String(to).split('/').slice(1)) target = (target as Schema | undefined)?.[name];
    if (typeof target !== 'object' || target === null) throw refuse(at, `names ${shown(to)}, which is not there`);
    return target as Schema;
  };

  const checkApart = (options: readonly unknown[], at: string): void => {
    const seen = new Map<string, number>();
    for (const [index, option] of options.entries()) {
      for (const mark of marksOf(resolve(option, at), at)) {
        const before = seen.get(mark);
        if (before !== undefined && before !== index) {
          throw refuse(
            at,
            `has options ${before} and ${index}, which one value may fit both; make them apart by a type, or by a required property with its own const, or use anyOf`,
          );
        }
        seen.set(mark, index);
      }
    }
  };

  /** What tells the values of one option from those of others. */
  const marksOf = (schema: Schema, at: string): string[] => {
    if ('const' in schema) return [`value ${JSON.stringify(schema['const'])}`];
    if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => `value ${JSON.stringify(value)}`);
    const types = typesOf(schema, at);
    if (types.length === 1 && types[0] === 'object') {
      const properties = (schema['properties'] ?? {}) as Schema;
      for (const name of (schema['required'] ?? []) as string[]) {
        const property = (properties[name] ?? {}) as Schema;
        if ('const' in property) return [`${name} ${JSON.stringify(property['const'])}`];
      }
    }
    return types.map((type) => `type ${type === 'integer' ? 'number' : type}`);
  };

  const typesOf = (schema: Schema, at: string): readonly string[] => {
    const { type } = schema;
    const told = Object.entries(keywords).find(([, names]) => names.some((name) => schema[name] !== undefined))?.[0];
    const types = type === undefined ? (told === undefined ? ['any'] : [told]) : [type].flat();
    for (const one of types) {
      if (one === 'any' || allTypes.has(one as string)) continue;
      throw refuse(`${at}.type`, `is ${shown(one)}, and one of ${[...allTypes].join(', ')} belongs there`);
    }
    return types as string[];
  };

  const ofType = (type: string, schema: Schema, at: string, depth: number): Sequence[] => {
    if (type === 'any') return [[json.value]];
    if (type === 'null') return [json.null];
    if (type === 'boolean') return json.boolean;
    if (type === 'string') return [string(schema, at)];
    if (type === 'array') return array(schema, at, depth);
    if (type === 'object') return object(schema, at, depth);
    return number(schema, at, type === 'integer');
  };

  const countOf = (schema: Schema, name: string, usual: number, at: string): number => {
    const value = schema[name];
    if (value === undefined) return usual;
    if (!Number.isInteger(value) || Number(value) < 0)
      throw refuse(`${at}.${name}`, `is ${shown(value)}, and no count`);
    if (name.startsWith('min') && Number(value) > mostCounted)
      throw refuse(`${at}.${name}`, `is more than ${mostCounted}`);
    // A bound that nothing comes near to is none.
    return Number(value) > mostCounted ? Infinity : Number(value);
  };

  const string = (schema: Schema, at: string): Sequence => {
    const { pattern, format } = schema;
    const isBounded = schema['minLength'] !== undefined || schema['maxLength'] !== undefined;
    const quote = builder.literal('"');
    if (pattern !== undefined || format !== undefined) {
      if (pattern !== undefined && format !== undefined)
        throw refuse(`${at}.format`, 'stands beside pattern, and both at once are not supported');
      if (isBounded)
        throw refuse(
          `${at}.${schema['minLength'] === undefined ? 'maxLength' : 'minLength'}`,
          `stands beside ${pattern === undefined ? 'format' : 'pattern'}, and both at once are not supported; say it in the pattern`,
        );
      const text = pattern === undefined ? stringFormats[String(format)] : String(pattern);
      if (text === undefined)
        throw refuse(`${at}.format`, `is ${shown(format)}, and there are ${Object.keys(stringFormats).join(', ')}`);
      const regex = parseRegex(text, pattern === undefined ? `${at}.format` : `${at}.pattern`);
      const node = pattern === undefined ? regex.node : anywhere(regex);
      return [...quote, ...regexRules(builder, node, json.characters), ...quote];
    }
    const least = countOf(schema, 'minLength', 0, at);
    const most = countOf(schema, 'maxLength', Infinity, at);
    if (least > most) throw refuse(`${at}.minLength`, 'is more than maxLength');
    return [...quote, ...builder.repeat([json.character], least, most), ...quote];
  };

  const number = (schema: Schema, at: string, isInteger: boolean): Sequence[] => {
    const bound = (name: string): number | undefined => {
      const value = schema[name];
      if (value === undefined) return undefined;
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw refuse(`${at}.${name}`, `is ${shown(value)}, and no number`);
      return value;
    };
    const step = bound('multipleOf');
    if (step !== undefined && step !== 1) throw refuse(`${at}.multipleOf`, `is ${step}, and only 1 is supported`);
    const isWhole = isInteger || step === 1;
    const [low, high] = [bound('minimum'), bound('maximum')];
    const [above, below] = [bound('exclusiveMinimum'), bound('exclusiveMaximum')];
    if ([low, high, above, below].every((one) => one === undefined)) return [[isWhole ? json.integer : json.number]];
    const isOpen = {
      low: above !== undefined && above >= (low ?? -Infinity),
      high: below !== undefined && below <= (high ?? Infinity),
    };
    const least = Math.max(low ?? -Infinity, above ?? -Infinity);
    const most = Math.min(high ?? Infinity, below ?? Infinity);
    const next = isOpen.low ? Math.floor(least) + 1 : least;
    const last = isOpen.high ? Math.ceil(most) - 1 : most;
    const found = isWhole ? integerRules(builder, next, last) : numberRules(builder, least, most, isOpen);
    if (found.length === 0) throw refuse(at, 'allows no number: its bounds leave none');
    return [[builder.rule(...found)]];
  };

  const array = (schema: Schema, at: string, depth: number): Sequence[] => {
    const first = (schema['prefixItems'] ?? []) as unknown[];
    if (!Array.isArray(first)) throw refuse(`${at}.prefixItems`, 'is no list of schemas');
    const items = schema['items'];
    const least = countOf(schema, 'minItems', 0, at);
    const most = Math.min(countOf(schema, 'maxItems', Infinity, at), items === false ? first.length : Infinity);
    if (schema['uniqueItems'] === true && most > 1) throw refuse(`${at}.uniqueItems`, 'is not supported');
    if (least > most) throw refuse(`${at}.minItems`, 'is more than there may be');
    const places = first
      .slice(0, Math.min(first.length, most))
      .map((one, index) => builder.rule(...rules(one, `${at}.prefixItems[${index}]`, depth + 1)));
    const comma: Sequence = [...builder.literal(','), json.space];
    const rest =
      most > places.length && items !== false
        ? builder.rule(...rules(items ?? true, `${at}.items`, depth + 1))
        : undefined;
    /** What comes after so many items. */
    let after: Sequence =
      rest === undefined
        ? []
        : builder.repeat(
            [...comma, rest],
            Math.max(0, least - Math.max(places.length, 1)),
            most - Math.max(places.length, 1),
          );
    if (places.length === 0) {
      const some: Sequence[] = rest === undefined ? [] : [[rest, ...after]];
      const all = least === 0 ? [[], ...some] : some;
      return [[...builder.literal('['), builder.rule(...all), ...builder.literal(']')]];
    }
    for (let index = places.length - 1; index >= 0; index--) {
      const here: Sequence = [...(index === 0 ? [] : comma), places[index]!, ...after];
      after = index < least ? here : [builder.rule([], here)];
    }
    return [[...builder.literal('['), ...after, ...builder.literal(']')]];
  };

  const object = (schema: Schema, at: string, depth: number): Sequence[] => {
    const properties = (schema['properties'] ?? {}) as Schema;
    if (typeof properties !== 'object' || properties === null)
      throw refuse(`${at}.properties`, 'is no object of schemas');
    const required = (schema['required'] ?? []) as readonly string[];
    if (!Array.isArray(required)) throw refuse(`${at}.required`, 'is no list of names');
    const additional = schema['additionalProperties'];
    const names = [...Object.keys(properties), ...required.filter((name) => !Object.hasOwn(properties, name))];
    const least = countOf(schema, 'minProperties', 0, at);
    const most = countOf(schema, 'maxProperties', Infinity, at);
    const comma: Sequence = [...builder.literal(','), json.space];
    const colon: Sequence = [...builder.literal(':'), json.space];
    if (names.length === 0 && additional !== false) {
      // Names may come twice, and are one then.
      if (least > 1) throw refuse(`${at}.minProperties`, 'is more than 1, and is not supported without properties');
      const value = builder.rule(...rules(additional ?? true, `${at}.additionalProperties`, depth + 1));
      const member: Sequence = [json.string, ...colon, value];
      const some: Sequence[] = most > 0 ? [[...member, ...builder.repeat([...comma, ...member], 0, most - 1)]] : [];
      return [
        [...builder.literal('{'), builder.rule(...(least === 0 ? [[], ...some] : some)), ...builder.literal('}')],
      ];
    }
    if (least > required.length)
      throw refuse(`${at}.minProperties`, 'asks for more than are required, and is not supported');
    if (most < names.length)
      throw refuse(`${at}.maxProperties`, 'leaves out some that are named, and is not supported');
    const missing = required.find((name) => !Object.hasOwn(properties, name));
    if (missing !== undefined && additional === false)
      throw refuse(`${at}.required`, `names ${shown(missing)}, which may not be there`);
    /** What comes from a property on: where there was one before, and where there was none. */
    let [later, first]: [Sequence, Sequence] = [[], []];
    for (const name of names.toReversed()) {
      const own = Object.hasOwn(properties, name);
      const value = builder.rule(
        ...rules(
          own ? properties[name] : (additional ?? true),
          own ? `${at}.properties.${name}` : `${at}.additionalProperties`,
          depth + 1,
        ),
      );
      const member: Sequence = [...literal(name), ...colon, value];
      const [afterLater, afterFirst] = [later, first];
      if (required.includes(name)) {
        later = [builder.rule([...comma, ...member, ...afterLater])];
        first = [builder.rule([...member, ...afterLater])];
      } else {
        later = [builder.rule([...comma, ...member, ...afterLater], afterLater)];
        first = [builder.rule([...member, ...afterLater], afterFirst)];
      }
    }
    return [[...builder.literal('{'), ...first, ...builder.literal('}')]];
  };

  return [builder.rule(...rules(root, field, 0))];
}

const allTypes: ReadonlySet<string> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

/** The rules of an object of any kind. */
export function anyObjectRules(builder: GrammarBuilder): Sequence {
  const json: JsonRules = jsonRules(builder);
  return [json.object];
}
