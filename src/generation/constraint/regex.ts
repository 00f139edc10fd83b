import { InputError } from '../../errors.ts';
import { complement, hasAny, intersect, lastCodePoint, type CodePoints } from './code-points.ts';

/** A regular expression, parsed. */
export type RegexNode =
  | { readonly kind: 'characters'; readonly ranges: CodePoints }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly item: RegexNode; readonly least: number; readonly most: number };

/** A regular expression with what it says of the ends of the text. */
export interface Regex {
  readonly node: RegexNode;
  readonly isAtStart: boolean;
  readonly isAtEnd: boolean;
}

/** Repetitions that may be written out. */
const mostRepeats = 4096;

/** Groups in groups. */
const mostDepth = 200;

/**
 * Parses a regular expression of JavaScript, as with the flag `u`: characters, classes, `\d \w \s`, groups, choices and
 * repetitions; `^` at its beginning and `$` at its end. Greedy or lazy is one: what may follow is what both allow.
 *
 * @param field where it stands, for messages
 * @throws {InputError} that names what is not supported: backreferences, lookaround, word boundaries, `\p{…}`
 */
export function parseRegex(pattern: string, field: string): Regex {
  const characters = Array.from(pattern);
  let at = 0;
  let depth = 0;
  const refuse = (what: string): InputError =>
    new InputError(field, `The regular expression /${pattern}/ cannot be followed: ${what}.`);
  const isAtStart = characters[0] === '^';
  const isAtEnd = characters.at(-1) === '$' && characters.at(-2) !== '\\';
  if (isAtStart) at++;
  const end = characters.length - (isAtEnd ? 1 : 0);

  const choice = (): RegexNode => {
    if (++depth > mostDepth) throw refuse('its groups are nested too deep');
    const items = [sequence()];
    for (; next() === '|'; items.push(sequence())) at++;
    depth--;
    return items.length === 1 ? items[0]! : { kind: 'choice', items };
  };
  const next = (): string | undefined => (at < end ? characters[at] : undefined);
  const sequence = (): RegexNode => {
    const items: RegexNode[] = [];
    for (let char = next(); char !== undefined && char !== '|' && char !== ')'; char = next()) {
      items.push(repeated(atom()));
    }
    return { kind: 'sequence', items };
  };
  const atom = (): RegexNode => {
    const char = characters[at++]!;
    if (char === '(') return group();
    if (char === '[') return { kind: 'characters', ranges: characterClass() };
    if (char === '.') return { kind: 'characters', ranges: complement(lineEnds) };
    if (char === '\\') return { kind: 'characters', ranges: escape() };
    if (char === '^' || char === '$') throw refuse(`${char} stands in its middle`);
    if ('*+?{'.includes(char)) throw refuse(`there is nothing for ${char} to repeat`);
    if (char === ']' || char === '}') throw refuse(`${char} has no beginning`);
    return { kind: 'characters', ranges: one(char) };
  };
  const group = (): RegexNode => {
    if (characters[at] === '?') {
      const [, second, third] = characters.slice(at, at + 3);
      if (second === ':') at += 2;
      else if (second === '<' && third !== '=' && third !== '!') {
        at = characters.indexOf('>', at) + 1;
        if (at === 0) throw refuse('the name of a group has no end');
      } else throw refuse('it looks ahead, or behind');
    }
    const inside = choice();
    if (characters[at++] !== ')') throw refuse('a group has no end');
    return inside;
  };
  const repeated = (item: RegexNode): RegexNode => {
    let least = 1;
    let most = 1;
    const char = at < end ? characters[at] : undefined;
    if (char === '*') [least, most] = [0, Infinity];
    else if (char === '+') [least, most] = [1, Infinity];
    else if (char === '?') [least, most] = [0, 1];
    else if (char === '{') {
      const counted = /^\{(\d+)(,(\d*))?\}/.exec(characters.slice(at, end).join(''));
      if (!counted) throw refuse('{ has no count after it');
      least = Number(counted[1]);
      most = counted[2] === undefined ? least : counted[3] === '' ? Infinity : Number(counted[3]);
      at += counted[0].length - 1;
    } else return item;
    at++;
    if (characters[at] === '?') at++;
    if (at < end && '*+?{'.includes(characters[at]!)) throw refuse('a repetition is repeated');
    if (least > most) throw refuse(`{${least},${most}} is empty`);
    if (least > mostRepeats || (most < Infinity && most > mostRepeats)) {
      throw refuse(`it repeats more than ${mostRepeats} times`);
    }
    return { kind: 'repeat', item, least, most };
  };
  const characterClass = (): CodePoints => {
    const isNegated = characters[at] === '^';
    if (isNegated) at++;
    const ranges: (readonly [number, number])[] = [];
    while (characters[at] !== ']') {
      if (at >= end) throw refuse('a class of characters has no end');
      const from = member();
      if (characters[at] === '-' && characters[at + 1] !== ']' && from.length === 1 && from[0]![0] === from[0]![1]) {
        at++;
        const to = member();
        if (to.length !== 1 || to[0]![0] !== to[0]![1]) throw refuse('a range ends in a class');
        if (to[0]![0] < from[0]![0]) throw refuse('a range is empty');
        ranges.push([from[0]![0], to[0]![0]]);
      } else ranges.push(...from);
    }
    at++;
    const found = isNegated ? complement(ranges) : ranges;
    if (!hasAny(found)) throw refuse('a class of characters is empty');
    return found;
  };
  const member = (): CodePoints => {
    const char = characters[at++]!;
    return char === '\\' ? escape(true) : one(char);
  };
  const escape = (isInClass = false): CodePoints => {
    const char = at < characters.length ? characters[at++]! : '';
    const known = classes[char];
    if (known) return known;
    const control = controls[char];
    if (control !== undefined) return [[control, control]];
    if (char === 'b' && isInClass) return [[8, 8]];
    if (char === 'x' || char === 'u') {
      const rest = characters.slice(at).join('');
      const hex =
        char === 'x' ? /^[\da-f]{2}/i.exec(rest) : (/^\{([\da-f]{1,6})\}/i.exec(rest) ?? /^[\da-f]{4}/i.exec(rest));
      if (!hex) throw refuse(`\\${char} has no number after it`);
      at += hex[0].length;
      const code = parseInt(hex[1] ?? hex[0], 16);
      if (code > lastCodePoint || (code >= 0xd800 && code <= 0xdfff))
        throw refuse(`there is no character \\${char}${hex[0]}`);
      return [[code, code]];
    }
    if (/^[A-Za-z\d]?$/.test(char)) throw refuse(`\\${char} is not supported`);
    return one(char);
  };

  const node = choice();
  if (at < end) throw refuse(`${characters[at]} has no beginning`);
  return { node, isAtStart, isAtEnd };
}

function one(char: string): CodePoints {
  const code = char.codePointAt(0)!;
  return [[code, code]];
}

const lineEnds: CodePoints = [
  [0xa, 0xa],
  [0xd, 0xd],
  [0x2028, 0x2029],
];

const digits: CodePoints = [[0x30, 0x39]];
const word: CodePoints = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
/** Of ECMA-262: WhiteSpace and LineTerminator. */
const space: CodePoints = [
  [0x9, 0xd],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

const classes: Readonly<Record<string, CodePoints>> = {
  d: digits,
  D: complement(digits),
  w: word,
  W: complement(word),
  s: space,
  S: complement(space),
};

const controls: Readonly<Record<string, number>> = { n: 0xa, r: 0xd, t: 0x9, f: 0xc, v: 0xb, 0: 0 };

/** Those of a node that are characters in a certain set. */
export function within(node: RegexNode, ranges: CodePoints): RegexNode {
  if (node.kind === 'characters') return { kind: 'characters', ranges: intersect(node.ranges, ranges) };
  if (node.kind === 'repeat') return { ...node, item: within(node.item, ranges) };
  return { ...node, items: node.items.map((item) => within(item, ranges)) };
}
