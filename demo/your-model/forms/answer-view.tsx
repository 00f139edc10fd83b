import type { LabelScore, Segment } from 'inpoint';
import type { JSX } from 'preact';
import { ScoreBars } from '../../answer/score-bars.tsx';
import { count } from '../../show/format.ts';
import { translated } from '../../site/language.ts';
import { numberText } from '../number-text.ts';
import { shownJson } from './shown-json.ts';

const words = translated({
  en: {
    answer: 'Answer',
    raw: 'As invoke() gives it',
    nothing: 'Nothing was found.',
    shares: 'Of the picture:',
    numbers: (all: string) => `${all} numbers, the first:`,
  },
  ko: {
    answer: '답',
    raw: 'invoke()가 준 그대로',
    nothing: '찾은 것이 없습니다.',
    shares: '그림에서 차지하는 몫:',
    numbers: (all: string) => `수 ${all}개, 처음은:`,
  },
});

export interface AnswerViewProps {
  readonly answer: unknown;
  /** Labels that a place is kept for, before there is an answer. */
  readonly labels?: number;
  /** The text that entities are marked in. */
  readonly text?: string | undefined;
}

/** An answer as its task would have it: scores as bars, entities in their text; and always as it was given. */
export function AnswerView({ answer, labels = 0, text }: AnswerViewProps): JSX.Element {
  const scores = scoresOf(answer);
  const numbers = numbersOf(answer);
  const embedding =
    isRecord(answer) && ArrayBuffer.isView(answer['embedding']) && (answer['embedding'] as Float32Array);
  return (
    <>
      {isShares(answer) && <p class="hint">{words.value.shares}</p>}
      {(scores || (answer === undefined && labels > 0)) && (
        <ScoreBars label={words.value.answer} scores={scores ?? []} rows={labels} />
      )}
      {scores?.length === 0 && <p>{words.value.nothing}</p>}
      {numbers && (
        <table class="card-facts" aria-label={words.value.answer}>
          <tbody>
            {numbers.map(([name, value], index) => (
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>{numberText(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {embedding && (
        <p>
          {words.value.numbers(count(embedding.length))}{' '}
          <span class="mono">{Array.from(embedding.subarray(0, firstNumbers), numberText).join('  ')} …</span>
        </p>
      )}
      {isRecord(answer) && Array.isArray(answer['entities']) && text !== undefined && (
        <Marked text={text} entities={answer['entities'] as Entity[]} />
      )}
      {isRecord(answer) && typeof answer['text'] === 'string' && <p class="said">{answer['text']}</p>}
      {isRecord(answer) && typeof answer['value'] === 'number' && <p class="said">{numberText(answer['value'])}</p>}
      {answer !== undefined && (
        <details class="raw" open={!scores && !numbers && !embedding}>
          <summary>{words.value.raw}</summary>
          <pre class="code" tabIndex={0} role="region" aria-label={words.value.raw}>
            {shownJson(answer)}
          </pre>
        </details>
      )}
    </>
  );
}

/** What has a name and a score from 0 to 1, whichever the task calls it. */
function scoresOf(answer: unknown): readonly LabelScore[] | undefined {
  if (isShares(answer)) return answer.segments.map(({ label, mask }) => ({ label, score: shareOf(mask) }));
  const list = scoredOf(answer)?.slice(0, mostBars);
  return list?.every(({ score }) => score >= 0 && score <= 1) ? list : undefined;
}

/** What has a name and a number that is no share of anything. */
function numbersOf(answer: unknown): readonly (readonly [name: string, value: number])[] | undefined {
  if (!isRecord(answer)) return undefined;
  if (Array.isArray(answer['results'])) {
    return (answer['results'] as { text: string; score: number }[]).map(({ text, score }) => [text, score]);
  }
  const values = isRecord(answer['values']) ? Object.entries(answer['values'] as Record<string, number>) : [];
  if (values.length > 1) return values;
  const list = isShares(answer) || scoresOf(answer) ? undefined : scoredOf(answer);
  return list?.slice(0, mostBars).map(({ label, score }) => [label, score]);
}

function scoredOf(answer: unknown): LabelScore[] | undefined {
  if (!isRecord(answer)) return undefined;
  const { labels, objects, answers, segments, masks } = answer;
  const list = labels ?? objects ?? answers ?? segments ?? (masks as unknown[] | undefined)?.[0];
  if (!Array.isArray(list)) return undefined;
  return (list as Record<string, unknown>[]).map((one) => ({
    label: String(one['label'] ?? one['answer'] ?? one['sequence']),
    score: Number(one['score']),
  }));
}

/** Segments without a score: each has the pixels where its label is the likeliest. */
function isShares(answer: unknown): answer is { segments: readonly Segment[] } {
  const segments = isRecord(answer) ? answer['segments'] : undefined;
  return Array.isArray(segments) && segments.length > 0 && (segments as Segment[]).every(({ score }) => score === null);
}

function shareOf({ data }: Segment['mask']): number {
  return data.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0) / Math.max(1, data.length);
}

const firstNumbers = 4;

const mostBars = 10;

interface Entity {
  readonly entity?: string;
  readonly entityGroup?: string;
  readonly start: number;
  readonly end: number;
}

/** A text with its entities marked, each with its label. */
function Marked({ text, entities }: { text: string; entities: readonly Entity[] }): JSX.Element {
  const pieces: (string | JSX.Element)[] = [];
  let at = 0;
  for (const { entity, entityGroup, start, end } of entities) {
    if (start < at) continue;
    pieces.push(
      text.slice(at, start),
      <mark key={start}>
        {text.slice(start, end)} <small>{entityGroup ?? entity}</small>
      </mark>,
    );
    at = end;
  }
  return (
    <p class="marked">
      {pieces}
      {text.slice(at)}
    </p>
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
