/** A score between 0 and 1 as `99.8%`. */
export function percentage(score: number): string {
  return format.format(score);
}

const format = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
