import { formatBytes } from '../format-bytes.ts';
import type { Terminal } from './terminal.ts';

/** A line on a terminal that says how far something has come; nothing at all where there is no terminal. */
export interface Progress {
  update(label: string, doneBytes?: number, totalBytes?: number): void;
  /** Takes the line away. */
  clear(): void;
}

/** Milliseconds between two drawings. */
const frameMs = 80;

export function progressOn(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  const columns = terminal.noteColumns;
  if (columns === undefined) return { update() {}, clear() {} };
  let last = -Infinity;
  let lastLabel = '';
  let shown = false;
  return {
    update(label, doneBytes, totalBytes) {
      if (label === lastLabel && doneBytes !== totalBytes && now() - last < frameMs) return;
      last = now();
      lastLabel = label;
      shown = true;
      terminal.note(`\r\x1b[2K${line(label, doneBytes, totalBytes, columns)}`);
    },
    clear() {
      if (shown) terminal.note('\r\x1b[2K');
      shown = false;
    },
  };
}

function line(label: string, done: number | undefined, total: number | undefined, columns: number): string {
  if (done === undefined) return `${label} …`.slice(0, columns - 1);
  if (!total) return `${label}  ${formatBytes(done)}`.slice(0, columns - 1);
  const share = Math.min(1, done / total);
  const figures = `${String(Math.round(share * 100)).padStart(3)} %  ${formatBytes(done)} of ${formatBytes(total)}`;
  const width = Math.min(30, columns - label.length - figures.length - 6);
  if (width < 5) return `${label} ${figures}`.slice(0, columns - 1);
  const filled = Math.round(share * width);
  return `${label} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${figures}`;
}
