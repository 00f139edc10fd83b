import { isTensor, toPlainJson } from '../plain-json.ts';
import { printable, type painter } from './terminal.ts';

type Paint = ReturnType<typeof painter>;

/** An answer for people, in lines that end with a newline: lists as tables, long numbers cut. */
export function showAnswer(answer: unknown, paint: Paint, indent = '  '): string {
  return linesOf(answer, paint)
    .map((line) => `${indent}${line}\n`)
    .join('');
}

function linesOf(value: unknown, paint: Paint): string[] {
  if (isTensor(value)) return [`${value.type} [${value.dims.join(', ')}]  ${someOf(value.data)}`];
  if (ArrayBuffer.isView(value)) return [someOf(value as unknown as ArrayLike<unknown>)];
  if (Array.isArray(value)) return listLines(value, paint);
  if (typeof value !== 'object' || value === null) return [cell(value)];
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // The one thing that an answer has needs no name.
  if (entries.length === 1) return linesOf(entries[0]![1], paint);
  const all: string[] = [];
  for (const [key, item] of entries) {
    const lines = linesOf(item, paint);
    const name = paint.dim(printable(key));
    if (lines.length === 1) all.push(`${name}  ${lines[0]}`);
    else all.push(name, ...lines.map((line) => `  ${line}`));
  }
  return all;
}

function listLines(list: readonly unknown[], paint: Paint): string[] {
  if (list.length === 0) return [paint.dim('none')];
  if (list.every((item) => typeof item === 'number')) return [someOf(list)];
  if (!list.every(isFlat))
    return list.flatMap((item, index) => [paint.dim(`${index}`), ...linesOf(item, paint).map((line) => `  ${line}`)]);
  const rows = list.map((item) => Object.values(item).map(cell));
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((text, column) => Math.max(widest[column] ?? 0, text.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** An object of nothing but texts, numbers, and small objects of these, as labels and boxes are. */
function isFlat(item: unknown): item is object {
  return (
    typeof item === 'object' &&
    item !== null &&
    !Array.isArray(item) &&
    Object.values(item).every(
      (part) => typeof part !== 'object' || part === null || JSON.stringify(toPlainJson(part)).length < 120,
    )
  );
}

function cell(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(5);
  if (typeof value === 'string') return printable(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([key, part]) => `${key} ${cell(part)}`)
      .join(', ');
  }
  return JSON.stringify(toPlainJson(value)) ?? 'undefined';
}

function someOf(values: ArrayLike<unknown>): string {
  const shown = Array.from({ length: Math.min(8, values.length) }, (_, index) => cell(values[index]));
  return `${shown.join('  ')}${values.length > shown.length ? `  … (${values.length} values)` : ''}`;
}
