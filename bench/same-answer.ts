/** Tells where two answers differ by more than rounding does; undefined where they do not. */
export function differenceOf(answer: unknown, other: unknown, tolerance: number): string | undefined {
  if (typeof answer === 'number' && typeof other === 'number') {
    const isNear = Math.abs(answer - other) <= tolerance * Math.max(1, Math.abs(other));
    return isNear ? undefined : `${answer} is not ${other}`;
  }
  if (typeof answer === 'string' && typeof other === 'string') {
    // Rivals disagree about spaces around a text, and about nothing else.
    return answer.trim() === other.trim() ? undefined : `${JSON.stringify(answer)} is not ${JSON.stringify(other)}`;
  }
  if (isClasses(answer) && isClasses(other)) return classDifference(answer, other, tolerance);
  if (Array.isArray(answer) && Array.isArray(other)) {
    if (answer.length !== other.length) return `${answer.length} values are not ${other.length}`;
    for (const [index, value] of answer.entries()) {
      const difference = differenceOf(value, other[index], tolerance);
      if (difference !== undefined) return `at ${index}: ${difference}`;
    }
    return undefined;
  }
  return `${JSON.stringify(answer)} is not ${JSON.stringify(other)}`;
}

interface Class {
  readonly label: string;
  readonly score: number;
}

function isClasses(answer: unknown): answer is readonly Class[] {
  return Array.isArray(answer) && answer.length > 0 && answer.every((one) => typeof (one as Class)?.label === 'string');
}

/** The best have to be the same; among those below, two that are as likely may change places. */
function classDifference(answer: readonly Class[], other: readonly Class[], tolerance: number): string | undefined {
  const scores = new Map(answer.map(({ label, score }) => [label, score]));
  for (const [place, { label, score }] of other.slice(0, 3).entries()) {
    const found = scores.get(label);
    const isLast = place > 0 && Math.abs(score - (other.at(-1)?.score ?? 0)) <= tolerance;
    if (found === undefined && !isLast) return `${JSON.stringify(label)} is not among the best`;
    if (found !== undefined && Math.abs(found - score) > tolerance)
      return `${JSON.stringify(label)} has ${found}, not ${score}`;
  }
  return undefined;
}
