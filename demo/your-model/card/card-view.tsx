import type { Card } from 'inpoint';
import type { ComponentChildren, JSX } from 'preact';
import { count } from '../../show/format.ts';
import { translated } from '../../site/language.ts';
import type { Golden } from '../description.ts';
import { numberText } from '../number-text.ts';
import { Readme } from './readme.tsx';

const words = translated({
  en: {
    about: 'About',
    facts: {
      name: 'Name',
      description: 'Description',
      version: 'Version',
      date: 'Date',
      author: 'Author',
      license: 'Licence',
    },
    golden: 'Golden samples',
    goldenIs: (samples: string, source?: string) => (source ? `${samples}, by ${source}` : samples),
    metrics: 'Metrics',
    config: 'Configuration',
    labels: 'labels',
    entries: (file: string, some: number, all: number) => `${file}, ${some} of ${all} entries`,
  },
  ko: {
    about: '모델 정보',
    facts: { name: '이름', description: '설명', version: '버전', date: '날짜', author: '만든이', license: '라이선스' },
    golden: '골든 샘플',
    goldenIs: (samples: string, source?: string) => (source ? `${samples}개, ${source}` : `${samples}개`),
    metrics: '측정값',
    config: '설정',
    labels: '레이블',
    entries: (file: string, some: number, all: number) => `${file}, ${all}개 가운데 ${some}개`,
  },
});

/** What an archive says of itself: nothing where it says nothing. */
export function CardView({ card, golden }: { card: Card; golden: Golden | undefined }): JSX.Element {
  const { config, metrics, readme } = card;
  const text = words.value;
  const facts = (Object.keys(text.facts) as (keyof typeof text.facts)[]).flatMap((name): Row[] =>
    card[name] ? [[text.facts[name], card[name]]] : [],
  );
  if (golden) facts.push([text.golden, text.goldenIs(count(golden.count), golden.source)]);
  return (
    <>
      {facts.length > 0 && (
        <Part title={text.about}>
          <Table rows={facts} />
        </Part>
      )}
      {readme?.trim() && <Readme text={readme} />}
      {metrics && <Details title={text.metrics} rows={entries(metrics)} file="metrics.json" />}
      {config && <Details title={text.config} rows={summary(config, text.labels)} file="config.json" />}
    </>
  );
}

type Row = readonly [name: string, value: string];

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A long table is folded until someone wants it. */
function Details({ title, rows, file }: { title: string; rows: readonly Row[]; file: string }): JSX.Element {
  return (
    <details class="card folded" open={rows.length <= fewRows}>
      <summary>
        <h2>{title}</h2>
        <span class="hint">{file}</span>
      </summary>
      <Table rows={rows} file={file} />
    </details>
  );
}

const fewRows = 8;

function Table({ rows, file }: { rows: readonly Row[]; file?: string }): JSX.Element {
  const shownRows = rows.slice(0, mostRows);
  return (
    <table class="card-facts">
      {file && <caption>{rows.length > mostRows ? words.value.entries(file, mostRows, rows.length) : file}</caption>}
      <tbody>
        {shownRows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const mostRows = 24;

/** The labels by their number and the first of them; the rest of a configuration as it is. */
function summary(config: Readonly<Record<string, unknown>>, name: string): Row[] {
  const { id2label, label2id: _, ...others } = config;
  const labels = id2label && typeof id2label === 'object' ? Object.values(id2label) : [];
  const some = labels.slice(0, 3).map(String).join(', ');
  const labelRows: Row[] = labels.length > 0 ? [[name, labels.length > 3 ? `${labels.length}: ${some}, …` : some]] : [];
  return [...labelRows, ...entries(others)];
}

/** Values within values get the names of both: `held_out / accuracy`. */
function entries(values: Readonly<Record<string, unknown>>, within = ''): Row[] {
  return Object.entries(values).flatMap(([key, value]): Row[] => {
    const name = within + key;
    if (value && typeof value === 'object' && !Array.isArray(value) && within.length < 60) {
      return entries(value as Record<string, unknown>, `${name} / `);
    }
    return [[name, shown(value)]];
  });
}

function shown(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value)
        ? value.map(shown).join(', ')
        : (JSON.stringify(value) ?? '');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
