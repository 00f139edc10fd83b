import type { Metric } from './results.ts';

/** A number with its unit, as people read it. */
export function shownValue(value: number, unit: Metric['unit']): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'bytes') return value >= 1e6 ? `${digits(value / 1e6)} MB` : `${digits(value / 1e3)} kB`;
  if (unit === 'ms' && Math.abs(value) >= 10_000) return `${digits(value / 1000)} s`;
  const suffix = { ms: ' ms', '1/s': '/s', MB: ' MB', frames: '' }[unit];
  return digits(value) + suffix;
}

/** Three digits that count, and no more. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(size < 10 ? 2 : 3)));
}
