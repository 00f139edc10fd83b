import type { LabelScore } from 'inpoint';
import type { JSX } from 'preact';
import { percentage } from '../show/format.ts';

export interface ScoreBarsProps {
  readonly label: string;
  /** The likeliest first; none yet leaves the rows empty. */
  readonly scores: readonly LabelScore[];
  /** In this order, whatever the scores; without it, the likeliest comes first. */
  readonly labels?: readonly string[];
  /** Rows that are there before an answer is, so that nothing moves when it comes. */
  readonly rows?: number;
  /** What people call a label. */
  readonly name?: (label: string) => string;
}

/** The scores of a classification as bars, as wide as each score. */
export function ScoreBars({ label, scores, labels, rows = 0, name = String }: ScoreBarsProps): JSX.Element {
  const [likeliest] = scores;
  const shown = labels
    ? labels.map((one) => ({ label: one, score: scores.find((score) => score.label === one)?.score }))
    : [
        ...scores,
        ...Array.from({ length: Math.max(0, rows - scores.length) }, () => ({ label: '', score: undefined })),
      ];
  return (
    <ol class={labels ? 'bars bars-fixed' : 'bars'} aria-label={label}>
      {shown.map((row, index) => (
        <li
          key={labels ? row.label : index}
          data-likeliest={likeliest && row.label === likeliest.label ? '' : undefined}
        >
          <span class="bar-label">{row.label && name(row.label)}</span>
          <span class="bar-track" aria-hidden="true">
            <span class="bar-fill" style={{ transform: `scaleX(${row.score ?? 0})` }} />
          </span>
          <span class="bar-score">{row.score === undefined ? '' : percentage(row.score)}</span>
        </li>
      ))}
    </ol>
  );
}
