import { InputError } from '../../errors.ts';
import { shorten } from '../../shown.ts';
import { parseJson } from './cut-lines.ts';
import type { TextCutter } from './text-cutter.ts';

/** What comes next in a list. */
export type JsonArrayState = 'list' | 'item' | 'comma' | 'nothing';

/**
 * Cuts the items of one JSON array. An item whose brackets and quotes are closed, and which is no JSON otherwise, is bad by
 * itself.
 * Source: RFC 8259.
 *
 * @param state where it goes on amid a file
 */
export function cutJsonArray(state: JsonArrayState = 'list'): TextCutter {
  let next: JsonArrayState = state;
  let isFirst = state === 'list';
  return {
    get state() {
      return next;
    },
    cut(text, start, isEnd, records, wanted) {
      let at = start;
      for (;;) {
        const from = skipBlanks(text, at);
        // Behind an item a reader may stop; what is only begun is begun anew.
        if (from >= text.length) {
          if (isEnd && next !== 'nothing') throw cutShort(next);
          return at;
        }
        const sign = text[from];
        if (next === 'nothing')
          throw new InputError('input', `Text follows the end of the list: ${begin(text, from)}.`);
        if (next === 'list') {
          if (sign !== '[')
            throw new InputError('input', `The file is no JSON array: it begins with ${begin(text, from)}.`);
          next = 'item';
          at = from + 1;
        } else if (sign === ']' && (next === 'comma' || isFirst)) {
          next = 'nothing';
          at = from + 1;
        } else if (next === 'comma') {
          if (sign !== ',')
            throw new InputError('input', `A comma is missing between two items, before ${begin(text, from)}.`);
          next = 'item';
          at = from + 1;
        } else {
          if (records.length >= wanted) return at;
          const end = itemEnd(text, from);
          if (end < 0 && isEnd) throw cutShort('item');
          if (end < 0) return at;
          records.push(parseJson(text.slice(from, end).trimEnd(), 'item'));
          isFirst = false;
          next = 'comma';
          at = end;
          if (records.length >= wanted) return at;
        }
      }
    },
  };
}

/** Behind an item; -1 where the text ends before it does. */
function itemEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = stringEnd(text, at);
      if (at < 0) return -1;
      if (depth === 0) return at + 1;
    } else if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      // The bracket of the list itself ends a number.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (code === 44 && depth === 0) return at;
  }
  return -1;
}

/** Where the closing quote is. */
function stringEnd(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}

function cutShort(next: JsonArrayState): InputError {
  const where = { list: 'is empty', item: 'ends amid its list', comma: 'ends before its list does', nothing: '' }[next];
  return new InputError('input', `The file ${where}: it was cut short, or is no JSON array. Fetch or write it again.`);
}

function begin(text: string, at: number): string {
  return JSON.stringify(shorten(text.slice(at, at + 60), 30));
}
