import { expect, test } from 'vitest';
import { progressOn } from './progress.ts';
import type { Terminal } from './terminal.ts';

function terminalOf(noteColumns: number | undefined): { terminal: Terminal; notes: string[] } {
  const notes: string[] = [];
  return { terminal: { noteColumns, note: (text: string) => void notes.push(text) } as unknown as Terminal, notes };
}

test('progressOn() writes nothing where there is no terminal', () => {
  const { terminal, notes } = terminalOf(undefined);
  const progress = progressOn(terminal);
  progress.update('Reading', 1, 2);
  progress.clear();
  expect(notes).toEqual([]);
});

test('progressOn() draws at most once in 80 ms, and always the end', () => {
  const { terminal, notes } = terminalOf(80);
  let now = 0;
  const progress = progressOn(terminal, () => now);
  for (let done = 0; done <= 1000; done++) {
    now += 1;
    progress.update('Reading', done, 1000);
  }
  expect(notes.length).toBeLessThan(16);
  expect(notes.at(-1)).toContain('100 %');
  progress.clear();
  expect(notes.at(-1)).toBe('\r\u001b[2K');
});

test.each([20, 40, 200])('progressOn() keeps to one line of %i columns', (columns) => {
  const { terminal, notes } = terminalOf(columns);
  const progress = progressOn(terminal);
  progress.update('Reading', 500_000, 1_000_000);
  progress.update('Loading the model');
  progress.update('Reading more', 500_000);
  for (const note of notes) expect(note.slice('\r\u001b[2K'.length).length).toBeLessThan(columns);
});
