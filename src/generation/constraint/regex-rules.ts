import type { CodePoints } from './code-points.ts';
import type { GrammarBuilder, Sequence } from './grammar.ts';
import type { Regex, RegexNode } from './regex.ts';

/** The rules of a regular expression. @param characters how one character of some is written */
export function regexRules(
  builder: GrammarBuilder,
  node: RegexNode,
  characters: (ranges: CodePoints) => Sequence[],
): Sequence {
  const classes = new Map<string, number>();
  const rules = (one: RegexNode): Sequence => {
    if (one.kind === 'sequence') return one.items.flatMap(rules);
    if (one.kind === 'choice') return [builder.rule(...one.items.map(rules))];
    if (one.kind === 'repeat') return builder.repeat(rules(one.item), one.least, one.most);
    const key = one.ranges.join();
    if (!classes.has(key)) classes.set(key, builder.rule(...characters(one.ranges)));
    return [classes.get(key)!];
  };
  return rules(node);
}

const anything: RegexNode = {
  kind: 'repeat',
  item: { kind: 'characters', ranges: [[0, 0x10ffff]] },
  least: 0,
  most: Infinity,
};

/** A pattern that may match anywhere in a text, as one that matches all of it. */
export function anywhere({ node, isAtStart, isAtEnd }: Regex): RegexNode {
  return {
    kind: 'sequence',
    items: [...(isAtStart ? [] : [anything]), node, ...(isAtEnd ? [] : [anything])],
  };
}
