import { schemaField } from './flatten-schema.ts';
import { regexTerm } from './regex-term.ts';
import { Terms, type Term } from './terms.ts';

/** The patterns of schemas that texts were compared with, let go of with the schema. */
const known = new WeakMap<object, Map<string, { terms: Terms; term: Term }>>();

/**
 * Whether a text has a match of a pattern. It takes a time in proportion to the text, whatever the pattern: `RegExp` may
 * take one that doubles with each character.
 *
 * @param schema The schema that the pattern is of.
 * @throws {InputError} as `parseRegex`.
 */
export function matchesPattern(schema: object, pattern: string, text: string): boolean {
  let patterns = known.get(schema);
  if (patterns === undefined) known.set(schema, (patterns = new Map()));
  let found = patterns.get(pattern);
  if (found === undefined) {
    const terms = new Terms();
    found = { terms, term: regexTerm(terms, pattern, { field: schemaField, isSearch: true }) };
    patterns.set(pattern, found);
  }
  return found.terms.walk(found.term, new TextEncoder().encode(text)).nullable;
}
