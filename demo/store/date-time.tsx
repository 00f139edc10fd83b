import { computed } from '@preact/signals';
import type { JSX } from 'preact';
import { language } from '../site/language.ts';

/** A moment for people: its time where it is of today, else its day too. @param at milliseconds since 1970 */
export function DateTime({ at }: { at: number }): JSX.Element {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date().toDateString();
  return (
    <time dateTime={moment.toISOString()} title={formats.value.whole.format(moment)}>
      {(isToday ? formats.value.time : formats.value.day).format(moment)}
    </time>
  );
}

const formats = computed(() => ({
  time: new Intl.DateTimeFormat(language.value, { timeStyle: 'medium' }),
  day: new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' }),
  whole: new Intl.DateTimeFormat(language.value, { dateStyle: 'full', timeStyle: 'medium' }),
}));
