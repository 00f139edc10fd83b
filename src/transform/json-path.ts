import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import { namesOf } from './column-order.ts';

/** Takes a part out of a record; undefined where the path leads to nothing. */
export type JsonPath = (record: unknown) => unknown;

/**
 * The part of JSONPath that SageMaker Batch Transform has for its filters: `$`, `.name`, `['name']`, `['one','two']`,
 * `[0]`, `[-1]`, `[0,2]`, `[1:3]` and `*`. Several names give an object, several places a list. Of an object, as a row of a
 * table is, a place counts its columns. Nothing is evaluated.
 * Source: "Associate Prediction Results with Input Records", the guide of Amazon SageMaker AI.
 *
 * @param option what the path was given as, for messages
 * @throws {InputError} for what is not such a path
 */
export function parseJsonPath(path: string, option: string): JsonPath {
  const refuse = (reason: string, at: number): never => {
    throw new InputError(
      option,
      `${option} ${shown(path)} is no path that is known: ${reason}, at character ${at + 1}. Write $, $.name, $['one','two'], $[0], $[1:3] or $.list[*].name.`,
    );
  };
  if (typeof path !== 'string' || path[0] !== '$') return refuse('it does not begin with $', 0);
  const steps: Step[] = [];
  let at = 1;
  while (at < path.length) {
    const step = readStep(path, at, refuse);
    if (steps.at(-1)?.kind === 'names') refuse('nothing may follow several names', at);
    steps.push(step);
    at = step.end;
  }
  return (record) => follow(record, steps, 0);
}

type Step = { readonly end: number } & (
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'places'; readonly places: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
);

type Refuse = (reason: string, at: number) => never;

function readStep(path: string, start: number, refuse: Refuse): Step {
  const dotted = path[start] === '.';
  if (!dotted && path[start] !== '[') return refuse('a step begins with . or [', start);
  if (dotted && path[start + 1] !== '[') {
    if (path[start + 1] === '*') return { kind: 'all', end: start + 2 };
    if (path[start + 1] === '.') refuse('.. is not supported', start);
    const name = /^[^.[\]*'"\s()?@,:]+/.exec(path.slice(start + 1))?.[0];
    if (name === undefined) return refuse('a name is missing', start + 1);
    return { kind: 'name', name, end: start + 1 + name.length };
  }
  return readBracket(path, dotted ? start + 1 : start, refuse);
}

function readBracket(path: string, start: number, refuse: Refuse): Step {
  const rest = path.slice(start);
  const whole = /^\[\s*\*\s*\]/.exec(rest);
  if (whole) return { kind: 'all', end: start + whole[0].length };
  const slice = /^\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*\]/.exec(rest);
  if (slice) {
    const [text, from, to] = slice;
    const number = (digits: string | undefined): number | undefined =>
      digits === undefined ? undefined : Number(digits);
    return { kind: 'slice', from: number(from), to: number(to), end: start + text.length };
  }
  const numbers = /^\[\s*-?\d+\s*(?:,\s*-?\d+\s*)*\]/.exec(rest);
  if (numbers) {
    const places = numbers[0].slice(1, -1).split(',').map(Number);
    const end = start + numbers[0].length;
    return places.length === 1 ? { kind: 'place', place: places[0]!, end } : { kind: 'places', places, end };
  }
  const quoted = `'(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"`;
  const list = new RegExp(`^\\[\\s*(?:${quoted})\\s*(?:,\\s*(?:${quoted})\\s*)*\\]`).exec(rest);
  if (!list) return refuse('the brackets hold neither names in quotes nor whole numbers', start);
  const names = (list[0].match(new RegExp(quoted, 'g')) ?? []).map((name) =>
    name.slice(1, -1).replaceAll(/\\(.)/g, '$1'),
  );
  const end = start + list[0].length;
  return names.length === 1 ? { kind: 'name', name: names[0]!, end } : { kind: 'names', names, end };
}

function follow(value: unknown, steps: readonly Step[], from: number): unknown {
  let here = value;
  for (let i = from; i < steps.length; i++) {
    if (typeof here !== 'object' || here === null) return undefined;
    const step = steps[i]!;
    if (step.kind === 'name') here = Object.hasOwn(here, step.name) ? (here as Fields)[step.name] : undefined;
    else if (step.kind === 'place') here = listOf(here).at(step.place);
    else if (step.kind === 'names') here = named(here as Fields, step.names);
    else {
      const several = severalOf(here, step);
      if (several === undefined || i === steps.length - 1) return several;
      const found = Object.entries(several).flatMap(([name, item]) => {
        const part = follow(item, steps, i + 1);
        return part === undefined ? [] : [[name, part] as const];
      });
      return found.length === 0 ? undefined : found.map(([, part]) => part);
    }
  }
  return here;
}

type Fields = Readonly<Record<string, unknown>>;

function named(fields: Fields, names: readonly string[]): Fields | undefined {
  const found: Record<string, unknown> = {};
  let count = 0;
  for (const name of names) {
    if (!Object.hasOwn(fields, name)) continue;
    found[name] = fields[name];
    count++;
  }
  return count === 0 ? undefined : found;
}

/** Some parts of a list, as a list; some columns of an object, as an object. */
function severalOf(value: object, step: Step): object | undefined {
  if (step.kind === 'all') return listOf(value);
  const keys = namesOf(value);
  const isList = isListLike(value);
  const length = isList ? value.length : keys.length;
  const places =
    step.kind === 'slice'
      ? Array.from({ length }, (_, place) => place).slice(step.from, step.to)
      : (step as Step & { kind: 'places' }).places
          .map((place) => (place < 0 ? place + length : place))
          .filter((place) => place >= 0 && place < length);
  if (places.length === 0) return undefined;
  if (isList) return places.map((place) => value[place]);
  return Object.fromEntries(places.map((place) => [keys[place]!, (value as Fields)[keys[place]!]]));
}

function listOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isListLike(value) ? Array.from(value) : namesOf(value).map((name) => (value as Fields)[name]);
}

/** Lists, and the typed arrays of an answer. */
function isListLike(value: object): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
