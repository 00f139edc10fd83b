import type { JSX } from 'preact';
import { quantile, ratiosOf } from '../../bench/report/summarize.ts';
import { count, decimal, duration } from '../show/format.ts';
import { translated } from '../site/language.ts';
import type { Measure, Report } from './measure.ts';

const words = translated({
  en: {
    caption: 'Medians of the rounds',
    model: 'Model',
    what: 'What',
    floor: 'By hand',
    inpoint: 'Inpoint',
    ratio: 'Ratio',
    models: { digits: 'Digits', clothing: 'Clothing' },
    measures: {
      startMs: 'From nothing to the first answer, the model being on the device',
      callMs: 'One call at a time',
      perSecond: 'Answers a second, 64 callers',
      heldMs: 'The longest that the page had to wait',
    } satisfies Record<Measure, string>,
    perSecond: (value: string) => `${value} a second`,
    hint: 'A ratio is Inpoint’s figure divided by the other one. Where another room has a model in service, Inpoint shares the engine that runs already.',
  },
  ko: {
    caption: '라운드별 중앙값',
    model: '모델',
    what: '항목',
    floor: '직접 작성',
    inpoint: 'Inpoint',
    ratio: '비율',
    models: { digits: '숫자', clothing: '의류' },
    measures: {
      startMs: '모델이 기기에 있을 때 첫 응답까지',
      callMs: '한 번에 하나씩 호출할 때',
      perSecond: '호출자 64명일 때 초당 응답',
      heldMs: '페이지가 가장 오래 기다린 시간',
    },
    perSecond: (value: string) => `초당 ${value}`,
    hint: '비율은 Inpoint의 수치를 다른 쪽 수치로 나눈 값입니다. 다른 화면에서 모델이 서비스 중이면 Inpoint는 이미 도는 엔진을 함께 씁니다.',
  },
});

/** What the benchmark found, as a table. */
export function ReportTable({ report }: { report: Report }): JSX.Element {
  const text = words.value;
  const models: Readonly<Record<string, string>> = text.models;
  const shown = (measure: Measure, value: number): string =>
    measure === 'perSecond' ? text.perSecond(count(value)) : duration(value);
  return (
    <>
      <div class="benchmark-scroll" tabIndex={0} role="region" aria-label={text.caption}>
        <table class="benchmark-table">
          <caption>{text.caption}</caption>
          <thead>
            <tr>
              {[text.model, text.what, text.floor, text.inpoint, text.ratio].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.rows.map(({ model, measure, floor, inpoint }) => (
              <tr key={`${model} ${measure}`} data-measure={measure}>
                <td>{models[model] ?? model}</td>
                <th scope="row">{text.measures[measure]}</th>
                <td>{shown(measure, quantile(floor, 0.5))}</td>
                <td>{shown(measure, quantile(inpoint, 0.5))}</td>
                <td>{`${decimal(quantile(ratiosOf(inpoint, floor), 0.5))} ×`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">{text.hint}</p>
    </>
  );
}
