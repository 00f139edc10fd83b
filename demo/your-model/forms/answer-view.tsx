import type { LabelScore } from 'inpoint';
import type { JSX } from 'preact';
import { ScoreBars } from '../../answer/score-bars.tsx';
import { translated } from '../../site/language.ts';
import { shownJson } from './shown-json.ts';

const words = translated({
  en: { answer: 'Answer', raw: 'As invoke() gives it', nothing: 'Nothing was found.' },
  ko: { answer: '답', raw: 'invoke()가 준 그대로', nothing: '찾은 것이 없습니다.' },
});

export interface AnswerViewProps {
  readonly answer: unknown;
  /** Labels that a place is kept for, before there is an answer. */
  readonly labels?: number;
  /** The text that entities are marked in. */
  readonly text?: string | undefined;
  /** The archive's, to tell one answer's details from another's. */
  readonly name?: string;
}

/** An answer as its task would have it: scores as bars, entities in their text; and always as it was given. */
export function AnswerView({ answer, labels = 0, text }: AnswerViewProps): JSX.Element {
  const scores = scoresOf(answer);
  return (
    <>
      {(scores || (answer === undefined && labels > 0)) && (
        <ScoreBars label={words.value.answer} scores={scores ?? []} rows={labels} />
      )}
      {scores?.length === 0 && <p>{words.value.nothing}</p>}
      {isRecord(answer) && Array.isArray(answer['entities']) && text !== undefined && (
        <Marked text={text} entities={answer['entities'] as Entity[]} />
      )}
      {isRecord(answer) && typeof answer['text'] === 'string' && <p class="said">{answer['text']}</p>}
      {isRecord(answer) && typeof answer['value'] === 'number' && (
        <p class="said">{answer['value'].toLocaleString(undefined, { maximumSignificantDigits: 6 })}</p>
      )}
      {answer !== undefined && (
        <details class="raw" open={!scores}>
          <summary>{words.value.raw}</summary>
          <pre class="code" tabIndex={0} role="region" aria-label={words.value.raw}>
            {shownJson(answer)}
          </pre>
        </details>
      )}
    </>
  );
}

/** What has a name and a score, whichever the task calls it. */
function scoresOf(answer: unknown): readonly LabelScore[] | undefined {
  if (!isRecord(answer)) return undefined;
  const list =
    answer['labels'] ??
    answer['objects'] ??
    answer['answers'] ??
    answer['results'] ??
    answer['segments'] ??
    (answer['masks'] as unknown[] | undefined)?.[0];
  if (!Array.isArray(list)) return undefined;
  return (list as Record<string, unknown>[]).slice(0, mostBars).map((one) => ({
    label: String(one['label'] ?? one['answer'] ?? one['sequence'] ?? one['text']),
    score: typeof one['score'] === 'number' ? one['score'] : 1,
  }));
}

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
