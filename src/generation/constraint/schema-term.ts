import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import { acceptsPlain, acceptsValue } from './accepts-value.ts';
import { areDisjoint } from './are-disjoint.ts';
import { checkDepth } from './check-depth.ts';
import { childOf, flattenSchema, schemaField, type Conjunction, type Subschema } from './flatten-schema.ts';
import { JsonTerms } from './json-terms.ts';
import { numberTerm } from './number-term.ts';
import { regexTerm } from './regex-term.ts';
import {
  boundsOf,
  countsOf,
  impliedTypes,
  itemsAt,
  jsonKey,
  membersOf,
  pathOf,
  prefixLength,
  recordAt,
  stepsOf,
  textsOf,
  valuesOf,
  type Members,
} from './schema-keywords.ts';
import { stringFormats } from './string-formats.ts';
import type { Rule, Term, Terms } from './terms.ts';

/**
 * The JSON texts that are generated for a JSON Schema (draft 2020-12): each is valid for it. What is left out of those
 * that are valid too is in `docs/constrained-output.md`.
 *
 * @param scope What sets the rules of this schema apart from those of others that are made with the same terms.
 * @throws {InputError} naming what is not supported, or cannot be kept, and where it is.
 */
export function schemaTerm(terms: Terms, schema: object | boolean, scope: string = ''): Term {
  checkDepth(schemaField, schema);
  const root = schema as Subschema['schema'];
  const json = new JsonTerms(terms);
  const effort = { left: mostComparisons };
  const waiting: (() => void)[] = [];
  const made = valueTerm([{ path: '#', schema: root }]);
  // Rules are defined one after the other, not in one another: schemas may be deep.
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
  return made;

  function valueTerm(schemas: readonly Subschema[]): Term {
    const parts = schemas.filter((part) => part.schema !== true);
    if (parts.length === 0) return json.any();
    const name = parts
      .map(({ path }) => path)
      .toSorted()
      .join('&');
    return terms.rule(`${scope}${name}`, (rule: Rule) =>
      waiting.push(() => (rule.body = terms.alt(flatten(parts).map(plainTerm)))),
    );
  }

  function flatten(parts: readonly Subschema[]): readonly Conjunction[] {
    return flattenSchema(root, parts, (first, second) => areDisjoint(root, first, second, effort));
  }

  function plainTerm(parts: Conjunction): Term {
    if (parts.length === 0) return json.any();
    const known = knownValues(parts);
    const types = impliedTypes(parts);
    if (known !== undefined) return notNone(json.values(known), parts, '"enum", "const" and what is beside them');
    return terms.alt(
      Array.from(types, (type) => {
        if (type === 'null') return terms.literal('null');
        if (type === 'boolean') return terms.texts(['true', 'false']);
        if (type === 'string') return notNone(json.quoted(textTerm(parts)), parts, 'the keywords of strings');
        if (type === 'array') return arrayTerm(parts);
        if (type === 'object') return objectTerm(parts);
        return notNone(numbersTerm(parts, type === 'integer'), parts, 'the keywords of numbers');
      }),
    );
  }

  function knownValues(parts: Conjunction): readonly unknown[] | undefined {
    const others = parts.map((part) => ({ ...part, schema: { ...part.schema, enum: undefined, const: undefined } }));
    return valuesOf(parts)?.filter((value) => acceptsPlain(root, others, value, true));
  }

  /** What a text is, without quotes. */
  function textTerm(parts: Conjunction): Term {
    const { min, max } = countsOf(parts, 'Length');
    const write = json.characters.bind(json);
    const patterns = textsOf(parts, 'pattern').map(({ text, path }) =>
      regexTerm(terms, text, { field: `${schemaField}${path.slice(1)}/pattern`, isSearch: true, write }),
    );
    const formats = textsOf(parts, 'format').map(({ text, path }) => {
      const format = Object.hasOwn(stringFormats, text) ? stringFormats[text] : undefined;
      if (format !== undefined) return regexTerm(terms, format, { field: schemaField, write });
      const names = Object.keys(stringFormats).join(', ');
      throw new InputError(
        schemaField,
        `"format" at ${path} is ${shown(text)}, which is not supported; these are: ${names}.`,
      );
    });
    const isAnyLength = min === 0 && max === Infinity;
    const lengths = isAnyLength && patterns.length + formats.length > 0 ? [] : [terms.repeat(json.character, min, max)];
    return [...patterns, ...formats, ...lengths].reduce((first, second) => terms.both(first, second));
  }

  function numbersTerm(parts: Conjunction, isInteger: boolean): Term {
    const { lower, upper } = boundsOf(parts);
    const steps = [...new Set(stepsOf(parts))].filter((step) => !(isInteger && Number.isInteger(1 / step)));
    const limits = { isInteger, lower, upper };
    if (steps.length === 0) return numberTerm(terms, limits);
    const [step = 1] = steps;
    const range = (upper?.value ?? Infinity) - (lower?.value ?? -Infinity);
    if (range / step <= mostSteps) {
      const first = Math.ceil(lower!.value / step) - 1;
      const values = Array.from({ length: Math.floor(range / step) + 3 }, (_, index) =>
        Number(((first + index) * step).toPrecision(15)),
      );
      // `-0` is written as `0`.
      return json.values(
        [...new Set(values.map((value) => value + 0))].filter((value) => acceptsPlain(root, parts, value, true)),
      );
    }
    const decimals = -Math.round(Math.log10(step));
    if (steps.length === 1 && decimals >= 0 && step === Number(`1e-${decimals}`)) {
      return numberTerm(terms, { ...limits, isInteger: isInteger || decimals === 0, decimals });
    }
    const [, digit, zeros] = /^([125])(0*)$/.exec(String(step)) ?? [];
    if (steps.length > 1 || digit === undefined || zeros === undefined) {
      throw new InputError(
        schemaField,
        `"multipleOf" at ${pathOf(parts)} is ${steps.join(' and ')}, which is supported where "minimum" and "maximum" leave at ` +
          `most ${mostSteps} values; without them 1, 2 or 5 times a power of ten is.`,
      );
    }
    const last = { 1: '[0-9]', 2: '[02468]', 5: '[05]' }[digit]!;
    const multiples = regexTerm(terms, `0|-?[0-9]*${last}0{${zeros.length}}`, { field: schemaField });
    return terms.both(numberTerm(terms, { ...limits, isInteger: true }), multiples);
  }

  function arrayTerm(parts: Conjunction): Term {
    const counts = countsOf(parts, 'Items');
    const prefix = prefixLength(parts);
    const rest = itemsAt(parts);
    // What nothing is said of is not generated, but where it must be there.
    const isClosed = prefix > 0 && rest.length === 0 && counts.min <= prefix;
    const max = isClosed ? Math.min(counts.max, prefix) : counts.max;
    if (counts.min > max) return notEmpty(terms.empty, parts, '"minItems" and "maxItems"');
    if (max > 1 && parts.some((part) => part.schema['uniqueItems'] === true)) return uniqueTerm(parts, counts.min, max);
    const item = isClosed ? terms.empty : valueTerm(rest);
    if (prefix === 0) return json.array(item, counts.min, max);
    return terms.seq(terms.literal('['), from(0));

    function from(index: number): Term {
      const end = index >= counts.min ? terms.literal(']') : terms.empty;
      if (index >= max) return end;
      if (index >= prefix) {
        return terms.seq(json.more(item, counts.min - index, max - index), terms.literal(']'));
      }
      const comma = index === 0 ? terms.epsilon : json.comma;
      return terms.either(terms.seq(comma, valueTerm(itemsAt(parts, index)), from(index + 1)), end);
    }
  }

  /** Lists of values that are all different: what was taken is part of the state. */
  function uniqueTerm(parts: Conjunction, min: number, max: number): Term {
    const items = flatten(itemsAt(parts));
    const lists = items.map((item) => knownValues(item) ?? smallValues(item));
    const values = lists.every((list) => list !== undefined)
      ? [...new Map(lists.flat().map((value) => [jsonKey(value), value])).values()]
      : undefined;
    if (values === undefined || values.length > mostUnique || prefixLength(parts) > 0) {
      throw new InputError(
        schemaField,
        `"uniqueItems" at ${pathOf(parts)} is supported for "items" of at most ${mostUnique} values by "enum". List them, or ` +
          'leave "uniqueItems" out.',
      );
    }
    const texts = values.map((value) => json.values([value]));
    const name = `${scope}unique ${pathOf(parts)}`;
    const end = terms.literal(']');
    const some = max > 0 ? without(0, 0) : terms.empty;
    return terms.seq(terms.literal('['), terms.alt([min === 0 ? end : terms.empty, some]));

    function without(taken: number, count: number): Term {
      return terms.rule(`${name} ${taken}`, (rule) => {
        const next = texts.map((text, index) => {
          const bit = 1 << index;
          if (taken & bit) return terms.empty;
          const canEnd = count + 1 >= min ? end : terms.empty;
          const more = count + 1 < Math.min(max, texts.length);
          const rest = more ? terms.seq(json.comma, without(taken | bit, count + 1)) : terms.empty;
          return terms.seq(text, terms.alt([canEnd, rest]));
        });
        rule.body = terms.alt(next);
      });
    }
  }

  function smallValues(parts: Conjunction): readonly unknown[] | undefined {
    const byType: Readonly<Record<string, readonly unknown[]>> = { null: [null], boolean: [true, false] };
    const lists = Array.from(impliedTypes(parts), (type) => byType[type]);
    return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
  }

  function objectTerm(parts: Conjunction): Term {
    const { min, max } = countsOf(parts, 'Properties');
    const members = membersOf(parts);
    const nameSchemas = parts.flatMap((part) =>
      'propertyNames' in part.schema ? [childOf(part, 'propertyNames')] : [],
    );
    const names = members.names.filter(
      (name) => acceptsValue(root, nameSchemas, name, true) && flatten(members.of(name)).length > 0,
    );
    if ([...members.required].some((name) => !names.includes(name))) {
      return notEmpty(terms.empty, parts, '"required" and "additionalProperties"');
    }
    if (names.length > mostProperties) {
      throw new InputError(
        schemaField,
        `"properties" at ${pathOf(parts)} has over ${mostProperties} names. Ask for fewer.`,
      );
    }
    const extra = extraTerm(parts, members, nameSchemas);
    const isCounted = min > 0 || max < Infinity;
    if (extra !== terms.empty && min > members.required.size + 1) {
      throw new InputError(
        schemaField,
        `"minProperties" at ${pathOf(parts)} is supported up to one more than the required properties where others may be ` +
          'added: names that are not declared might repeat.',
      );
    }
    const memo = new Map<string, Term>();
    return notEmpty(terms.seq(terms.literal('{'), from(0, 0, true)), parts, '"minProperties" and "maxProperties"');

    function from(index: number, count: number, isFirst: boolean): Term {
      const key = `${index},${count},${isFirst}`;
      const known = memo.get(key);
      if (known !== undefined) return known;
      const term = index < names.length ? member(index, count, isFirst) : rest(count, isFirst);
      memo.set(key, term);
      return term;
    }

    function member(index: number, count: number, isFirst: boolean): Term {
      const name = names[index]!;
      const key = terms.literal(JSON.stringify(name));
      const value = valueTerm(members.of(name));
      const after = isCounted ? count + 1 : 0;
      const comma = isFirst ? terms.epsilon : json.comma;
      const there = after > max ? terms.empty : terms.seq(comma, key, json.colon, value, from(index + 1, after, false));
      return members.required.has(name) ? there : terms.either(there, from(index + 1, count, isFirst));
    }

    function rest(count: number, isFirst: boolean): Term {
      const end = terms.literal('}');
      if (extra === terms.empty) return count >= min ? end : terms.empty;
      const least = Math.max(0, min - count);
      // A second one might be the first again.
      if (least > 1) return terms.empty;
      const most = max - count;
      if (!isFirst) return terms.seq(json.more(extra, least, most), end);
      const some = most < 1 ? terms.empty : terms.seq(extra, json.more(extra, 0, most - 1), end);
      return terms.either(some, least === 0 ? end : terms.empty);
    }
  }

  /** A key that is not declared, and its value. */
  function extraTerm(parts: Conjunction, members: Members, nameSchemas: readonly Subschema[]): Term {
    const patterned = parts.filter((part) => Object.keys(recordAt(part, 'patternProperties')).length > 0);
    const isOpen = parts.some((part) => (part.schema['additionalProperties'] ?? false) !== false);
    const saysNothing = parts.every((part) => !('properties' in part.schema || 'additionalProperties' in part.schema));
    if (patterned.length > 1) {
      throw new InputError(
        schemaField,
        `"patternProperties" at ${pathOf(parts)} is supported in one of several schemas only.`,
      );
    }
    if (patterned.length === 0 && !isOpen && !saysNothing) return terms.empty;
    const named = nameSchemas.length === 0 ? json.key : nameTerm(nameSchemas);
    const keys = json.keyOtherThan(named, members.names);
    const additional = parts.flatMap((part) =>
      'additionalProperties' in part.schema && part !== patterned[0] ? [childOf(part, 'additionalProperties')] : [],
    );
    const others = patterned[0];
    if (others === undefined) return memberTerm(keys, additional);
    const write = json.characters.bind(json);
    const options: Term[] = [];
    const matched: Term[] = [];
    for (const pattern of Object.keys(recordAt(others, 'patternProperties'))) {
      const field = `${schemaField}${others.path.slice(1)}/patternProperties`;
      const matches = terms.both(keys, regexTerm(terms, pattern, { field, isSearch: true, write }));
      if (matched.some((other) => terms.cost(terms.both(other, matches)) < Infinity)) {
        throw new InputError(
          schemaField,
          `"patternProperties" at ${others.path} has patterns that one name may match both, which is not supported.`,
        );
      }
      matched.push(matches);
      options.push(memberTerm(matches, [...additional, childOf(others, 'patternProperties', pattern)]));
    }
    if ((others.schema['additionalProperties'] ?? false) !== false) {
      const unmatched = matched.reduce((left, matches) => terms.both(left, terms.not(matches)), keys);
      options.push(memberTerm(unmatched, [...additional, childOf(others, 'additionalProperties')]));
    }
    return terms.alt(options);
  }

  function memberTerm(keys: Term, value: readonly Subschema[]): Term {
    if (flatten(value).length === 0 || terms.cost(keys) === Infinity) return terms.empty;
    return terms.seq(json.quoted(keys), json.colon, valueTerm(value));
  }

  function nameTerm(nameSchemas: readonly Subschema[]): Term {
    return terms.alt(
      flatten(nameSchemas).map((parts) => {
        const known = knownValues(parts);
        if (known === undefined) return terms.both(textTerm(parts), json.key);
        return terms.texts(known.filter((name) => typeof name === 'string').map((name) => json.inString(name)));
      }),
    );
  }

  /** The same for what has no rules in it, where a look at all texts can tell. */
  function notNone(term: Term, parts: Conjunction, what: string): Term {
    const isNone = terms.spellsAll && terms.cost(term) === Infinity;
    return notEmpty(isNone ? terms.empty : term, parts, what);
  }

  /** A schema alone that leaves nothing is a mistake; an option of several that does is no option. */
  function notEmpty(term: Term, parts: Conjunction, what: string): Term {
    if (term !== terms.empty || parts.length > 1) return term;
    throw new InputError(schemaField, `Nothing is valid for the schema at ${pathOf(parts)}: ${what} leave no value.`);
  }
}

/** Options of `oneOf` that are compared, and what is in them. */
const mostComparisons = 100_000;

/** The most values of a range that are listed one by one. */
const mostSteps = 1000;

/** The most properties that are declared. */
const mostProperties = 1000;

/** The most values of which different ones are taken. */
const mostUnique = 10;
