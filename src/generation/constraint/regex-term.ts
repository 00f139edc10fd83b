import { InputError } from '../../errors.ts';
import { CharSet } from './char-set.ts';
import { parseRegex, type Regex } from './parse-regex.ts';
import type { Term, Terms } from './terms.ts';

/** How a regular expression is taken. */
export interface RegexOptions {
  /** The option to name in an error. */
  readonly field: string;
  /** Where the text need only contain a match, as for `pattern` of JSON Schema; a whole match otherwise. */
  readonly isSearch?: boolean;
  /** How one character of a set is written. @default in UTF-8, as it is */
  readonly write?: (set: CharSet) => Term;
}

/**
 * The texts that match a regular expression.
 *
 * @throws {InputError} naming `field`, as {@link parseRegex}, and for `^` and `$` other than at an end.
 */
export function regexTerm(terms: Terms, pattern: string, options: RegexOptions): Term {
  const { field, isSearch = false, write = (set: CharSet) => terms.chars(set) } = options;
  const anything = isSearch ? terms.repeat(write(CharSet.of([0, 0x10ffff])), 0, Infinity) : terms.epsilon;
  return whole(parseRegex(pattern, field), anything, anything);

  /** With `before` and `after` where the ends are open. */
  function whole(regex: Regex, before: Term, after: Term): Term {
    if (regex.kind === 'alt') return terms.alt(regex.items.map((item) => whole(item, before, after)));
    const items = regex.kind === 'seq' ? regex.items : [regex];
    const [first, last] = [items[0], items.at(-1)];
    if (first?.kind === 'start') return whole({ kind: 'seq', items: items.slice(1) }, terms.epsilon, after);
    if (last?.kind === 'end') return whole({ kind: 'seq', items: items.slice(0, -1) }, before, terms.epsilon);
    if (first !== undefined && hasAnchor(first) && isGroup(first)) return spread(first, items.slice(1), true);
    if (last !== undefined && hasAnchor(last) && isGroup(last)) return spread(last, items.slice(0, -1), false);
    return terms.seq(before, ...items.map(inner), after);

    function spread(group: Regex & { items: readonly Regex[] }, others: readonly Regex[], isFirst: boolean): Term {
      const ways = group.kind === 'alt' ? group.items : [group];
      return terms.alt(
        ways.map((way) => {
          const parts = way.kind === 'seq' ? way.items : [way];
          return whole({ kind: 'seq', items: isFirst ? [...parts, ...others] : [...others, ...parts] }, before, after);
        }),
      );
    }
  }

  function inner(regex: Regex): Term {
    switch (regex.kind) {
      case 'set':
        return write(regex.set);
      case 'seq':
        return terms.seq(...regex.items.map(inner));
      case 'alt':
        return terms.alt(regex.items.map(inner));
      case 'repeat':
        return terms.repeat(inner(regex.item), regex.min, regex.max);
      default:
        throw new InputError(
          field,
          `The pattern ${JSON.stringify(pattern.slice(0, 80))} has ^ or $ in its middle, where a text that is being ` +
            'generated cannot begin or end. Put them at its ends.',
        );
    }
  }
}

function isGroup(regex: Regex): regex is Regex & { items: readonly Regex[] } {
  return regex.kind === 'seq' || regex.kind === 'alt';
}

function hasAnchor(regex: Regex): boolean {
  if (isGroup(regex)) return regex.items.some(hasAnchor);
  return regex.kind === 'start' || regex.kind === 'end';
}
