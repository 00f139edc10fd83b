import type { CodePoints } from './code-points.ts';
import { intersect, utf8 } from './code-points.ts';
import type { GrammarBuilder, Sequence } from './grammar.ts';

/** Rules of JSON text. Source: RFC 8259. Between values at most one space is written, after `:` and `,`. */
export interface JsonRules {
  /** One character of a string, as itself or escaped. */
  readonly character: number;
  /** A string of any characters. */
  readonly string: number;
  readonly integer: number;
  readonly number: number;
  readonly boolean: Sequence[];
  readonly null: Sequence;
  /** Any value, down to {@link deepest} levels of arrays and objects. */
  readonly value: number;
  readonly object: number;
  /** After a colon or a comma. */
  readonly space: number;
  /** One character of some, as a string of JSON has it. */
  characters(ranges: CodePoints): Sequence[];
}

/** Arrays and objects in each other, where nothing says what a value is. */
export const deepest = 6;

export function jsonRules(builder: GrammarBuilder): JsonRules {
  const byte = (char: string): Sequence => builder.literal(char);
  const digit = { low: 0x30, high: 0x39 };
  const hex = builder.rule([digit], [{ low: 0x41, high: 0x46 }], [{ low: 0x61, high: 0x66 }]);
  const one = (chars: string): Sequence[] => Array.from(chars, byte);
  /** Halves of a pair come as a pair. */
  const escaped = [
    ...one('"\\/bfnrt'),
    [...byte('u'), builder.rule([digit], ...one('abcefABCEF')), hex, hex, hex],
    [...byte('u'), builder.rule(...one('dD')), { low: 0x30, high: 0x37 }, hex, hex],
    [
      ...byte('u'),
      builder.rule(...one('dD')),
      builder.rule(...one('89abAB')),
      hex,
      hex,
      ...byte('\\u'),
      builder.rule(...one('dD')),
      builder.rule(...one('cdefCDEF')),
      hex,
      hex,
    ],
  ];
  const character = builder.rule(...utf8(plain), [...byte('\\'), builder.rule(...escaped)]);
  const string = builder.rule([...byte('"'), ...builder.repeat([character], 0, Infinity), ...byte('"')]);
  const digits = (least: number, most: number): Sequence => builder.repeat([digit], least, most);
  const whole = builder.rule(byte('0'), [{ low: 0x31, high: 0x39 }, ...digits(0, 14)]);
  const positive = builder.rule([{ low: 0x31, high: 0x39 }, ...digits(0, 14)]);
  const integer = builder.rule([whole], [...byte('-'), positive]);
  const fraction = builder.rule([], [...byte('.'), ...digits(1, 15)]);
  const number = builder.rule([whole, fraction], [...byte('-'), whole, fraction]);
  const space = builder.rule([], byte(' '));
  const boolean = [byte('true'), byte('false')];
  const scalars = [[string], [number], ...boolean, byte('null')];
  let value = builder.rule(...scalars);
  let object = value;
  for (let level = 0; level < deepest; level++) {
    const inner = value;
    const list = (item: Sequence): Sequence => [
      ...item,
      ...builder.repeat([...byte(','), space, ...item], 0, Infinity),
    ];
    const member: Sequence = [string, ...byte(':'), space, inner];
    object = builder.rule(byte('{}'), [...byte('{'), ...list(member), ...byte('}')]);
    const array = builder.rule(byte('[]'), [...byte('['), ...list([inner]), ...byte(']')]);
    value = builder.rule(...scalars, [object], [array]);
  }
  return {
    character,
    string,
    integer,
    number,
    boolean,
    null: byte('null'),
    value,
    object,
    space,
    characters(ranges) {
      const own = utf8(intersect(ranges, plain));
      const others = [...escapes].filter(([code]) => ranges.some(([from, to]) => from <= code && code <= to));
      const controls = intersect(ranges, [[0, 0x1f]]).flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index).filter((code) => !escapes.has(code)),
      );
      return [
        ...own,
        ...others.map(([, text]) => byte(text)),
        ...controls.map((code) => byte(`\\u${code.toString(16).padStart(4, '0')}`)),
      ];
    },
  };
}

/** What stands for itself in a string. */
const plain: CodePoints = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0x10ffff],
];

const escapes: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x8, '\\b'],
  [0xc, '\\f'],
  [0xa, '\\n'],
  [0xd, '\\r'],
  [0x9, '\\t'],
]);
