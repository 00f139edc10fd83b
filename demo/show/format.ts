import { computed } from '@preact/signals';
import { language } from '../site/language.ts';

// All of them follow the language: a component that shows what they give is drawn anew when it changes.

/** A score between 0 and 1 as `99.8%`. */
export function percentage(score: number): string {
  return formats.value.percent.format(score);
}

/** Milliseconds for people: `3.2 ms`, `1,240 ms`. */
export function duration(ms: number): string {
  return `${ms < 10 ? formats.value.tenths.format(ms) : formats.value.whole.format(ms)} ms`;
}

/** A whole number: `12,480`. */
export function count(value: number): string {
  return formats.value.whole.format(value);
}

/** A number with one digit behind the point: `38.2`. */
export function decimal(value: number): string {
  return formats.value.tenths.format(value);
}

/** A size for people: `12.4 MB`, in powers of 1000. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return language.value === 'ko' ? `${bytes}바이트` : `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const [shown, unit] = value >= 999.95 && power < units.length ? [1, power] : [value, power - 1];
  return `${formats.value.tenths.format(shown)} ${units[unit]}`;
}

const units = ['kB', 'MB', 'GB', 'TB'];

const formats = computed(() => {
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return {
    percent: new Intl.NumberFormat(language.value, { style: 'percent', ...one }),
    tenths: new Intl.NumberFormat(language.value, one),
    whole: new Intl.NumberFormat(language.value, { maximumFractionDigits: 0 }),
  };
});
