/** Milliseconds for people: `3.2 ms`, `1,240 ms`. */
export function duration(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : whole.format(ms)} ms`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
