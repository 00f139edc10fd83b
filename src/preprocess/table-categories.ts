/** A value of a row under way. A missing number is NaN, a missing category null. */
export type Cell = number | string | boolean | null;

/** The place of a value among categories, or -1. */
export type FindCategory = (value: Cell) => number;

/**
 * Finds values among categories as JSON has them: a number by its value, and by its digits where it comes from CSV; a
 * boolean also by its name in JavaScript or Python (`"true"`, `"True"`); a missing value where `null` is listed.
 */
export function categoryFinder(categories: readonly Cell[]): FindCategory {
  const places = new Map<string, number>();
  for (const [place, category] of categories.entries()) {
    for (const key of spellings(category)) if (!places.has(key)) places.set(key, place);
  }
  const missing = categories.indexOf(null);
  return (value) => {
    if (isMissing(value)) return missing;
    for (const key of spellings(value)) {
      const place = places.get(key);
      if (place !== undefined) return place;
    }
    const number = typeof value === 'string' ? parseNumber(value) : undefined;
    const place = number === undefined ? undefined : places.get(String(number));
    return place !== undefined && typeof categories[place] === 'number' ? place : -1;
  };
}

export function isMissing(cell: Cell): cell is null {
  return cell === null || Number.isNaN(cell);
}

/** A decimal number as people and programs write it; undefined for anything else, infinite when too large. */
export function parseNumber(text: string): number | undefined {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

/** Categories for a message, the first ones of many. */
export function listCategories(categories: readonly Cell[]): string {
  const known = categories.filter((category) => category !== null);
  const shown = known.slice(0, 12).map((category) => JSON.stringify(category));
  return `${shown.join(', ')}${known.length > shown.length ? `, … (${known.length} in all)` : ''}`;
}

function spellings(value: Cell): string[] {
  if (value === null) return [];
  return typeof value === 'boolean' ? [String(value), value ? 'True' : 'False'] : [String(value)];
}
