import { InputError } from '../../errors.ts';
import { shorten } from '../../shown.ts';
import { BadRecord } from '../record-batch.ts';
import type { TextCutter } from './text-cutter.ts';

/** Cuts lines of text; blank ones are passed over. */
export function cutLines(): TextCutter {
  return linesWith((line) => line);
}

/**
 * Cuts the values of JSON Lines. A line that is no JSON is bad by itself.
 * Source: jsonlines.org.
 */
export function cutJsonLines(): TextCutter {
  return linesWith((line) => parseJson(line, 'line'));
}

/** A value, or the bad record where the text is no JSON. */
export function parseJson(text: string, what: 'line' | 'item'): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const message = `The ${what} is no JSON: ${(cause as Error).message}. It begins with ${JSON.stringify(shorten(text, 40))}.`;
    return new BadRecord(new InputError('record', message, { cause }));
  }
}

function linesWith(read: (line: string) => unknown): TextCutter {
  return {
    state: undefined,
    cut(text, start, isEnd, records, wanted) {
      let at = start;
      while (records.length < wanted && at < text.length) {
        let end = text.indexOf('\n', at);
        if (end < 0 && !isEnd) break;
        if (end < 0) end = text.length;
        const stop = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
        const line = text.slice(at, stop);
        at = end + 1;
        if (line.trim() !== '') records.push(read(line));
      }
      return Math.min(at, text.length);
    },
  };
}
