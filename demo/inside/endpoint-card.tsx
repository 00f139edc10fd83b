import type { LatencyStatistics, RuntimeReport, StorageReport, TensorInfo } from 'inpoint';
import type { JSX } from 'preact';
import type { Served } from '../endpoints/served.ts';
import { ColdStart } from '../show/cold-start.tsx';
import { Facts } from '../show/facts.tsx';
import { byteSize, count, duration } from '../show/format.ts';
import { LoadProblem, LoadStatus } from '../show/load-status.tsx';
import { language, translated } from '../site/language.ts';
import { LatencyChart } from './latency-chart.tsx';
import { percentile } from './percentile.ts';

const words = translated({
  en: {
    close: 'Close',
    closeOf: (name: string) => `Close ${name}`,
    coldStart: 'Cold start',
    latency: 'Latency of the last calls',
    spread: 'Where the time went',
    rows: { whole: 'The whole call', model: 'Model', overhead: 'Overhead' },
    columns: { of: 'Part', average: 'Average', p50: 'p50', p90: 'p90', p99: 'p99', maximum: 'Slowest' },
    overhead:
      'The model’s share is preprocessing, inference and postprocessing in the engine worker; the overhead is the way there and back.',
    facts: 'What runs',
    task: 'Task',
    calls: 'Calls',
    inputErrors: 'Refused inputs',
    otherErrors: 'Other errors',
    setup: 'In service after',
    bytes: 'Files, unpacked',
    files: 'Came from',
    fromStore: (place: string) => `this device (${place}): nothing came over the network`,
    fromNetwork: (place: string) => `the network, and is kept now (${place})`,
    notKept: 'the network, and is not kept',
    stale: 'The server could not be asked for a newer one.',
    healed: (files: string) => `Repaired: ${files}.`,
    places: { opfs: 'OPFS', 'cache-storage': 'Cache Storage', memory: 'memory' },
    engine: 'Engine',
    engineIs: (threads: number) => `ONNX Runtime, WebAssembly, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    why: 'Why so',
    inputs: 'Inputs',
    outputs: 'Outputs',
    any: 'any',
    noTensor: 'no tensor',
  },
  ko: {
    close: '닫기',
    closeOf: (name: string) => `${name} 닫기`,
    coldStart: '콜드 스타트',
    latency: '최근 호출의 지연 시간',
    spread: '시간이 쓰인 곳',
    rows: { whole: '호출 전체', model: '모델', overhead: '오버헤드' },
    columns: { of: '구분', average: '평균', p50: 'p50', p90: 'p90', p99: 'p99', maximum: '최대' },
    overhead: '모델 시간은 엔진 워커 안의 전처리, 추론, 후처리이고, 오버헤드는 그곳까지 오가는 시간입니다.',
    facts: '실행 정보',
    task: '작업',
    calls: '호출',
    inputErrors: '거부된 입력',
    otherErrors: '그 밖의 오류',
    setup: '서비스까지',
    bytes: '파일(압축 해제)',
    files: '가져온 곳',
    fromStore: (place: string) => `이 기기(${place}): 네트워크로 받은 것 없음`,
    fromNetwork: (place: string) => `네트워크, 이제 저장됨(${place})`,
    notKept: '네트워크, 저장하지 않음',
    stale: '새 버전이 있는지 서버에 묻지 못했습니다.',
    healed: (files: string) => `복구됨: ${files}.`,
    places: { opfs: 'OPFS', 'cache-storage': 'Cache Storage', memory: '메모리' },
    engine: '엔진',
    engineIs: (threads: number) => `ONNX Runtime, WebAssembly, 스레드 ${threads}개`,
    why: '이유',
    inputs: '입력',
    outputs: '출력',
    any: '임의',
    noTensor: '텐서 아님',
  },
});

/** What one endpoint did, and a way to end it and to have it again. */
export function EndpointCard({ model }: { model: Served }): JSX.Element {
  const endpoint = model.endpoint.value;
  const calls = model.calls.value;
  const text = words.value;
  if (!endpoint) {
    return (
      <section class="card endpoint">
        <h2>{model.name}</h2>
        <LoadStatus model={model} />
        <LoadProblem model={model} />
      </section>
    );
  }
  const metrics = endpoint.metrics();
  const answered = calls.filter(({ failed }) => !failed).map(({ ms }) => ms);
  const spread = [
    ['whole', statisticsOf(answered)],
    ['model', metrics.modelLatency],
    ['overhead', metrics.overheadLatency],
  ] as const;
  const facts: readonly (readonly [name: string, value: string | JSX.Element])[] = [
    [text.task, <code lang="en">{endpoint.task}</code>],
    [text.calls, count(metrics.invocations)],
    [text.inputErrors, count(metrics.invocation4xxErrors)],
    [text.otherErrors, count(metrics.invocation5xxErrors)],
    [text.setup, duration(metrics.modelSetupTime)],
    [text.bytes, byteSize(model.modelBytes)],
    [text.files, originOf(endpoint.storage)],
    [text.engine, text.engineIs(endpoint.report.threads)],
    [text.why, reasonOf(endpoint.report)],
    [text.inputs, <Tensors tensors={endpoint.inputs} />],
    [text.outputs, <Tensors tensors={endpoint.outputs} />],
  ];
  return (
    <section class="card endpoint" aria-label={model.name}>
      <div class="card-head">
        <h2>{model.name}</h2>
        <button type="button" class="small" aria-label={text.closeOf(model.name)} onClick={() => void model.close()}>
          {text.close}
        </button>
      </div>
      <div class="endpoint-parts">
        <div>
          <h3>{text.coldStart}</h3>
          <ColdStart phases={metrics.coldStart} source={endpoint.storage?.source} />
        </div>
        <div>
          <h3>{text.latency}</h3>
          <LatencyChart model={model} />
        </div>
        <div>
          <h3>{text.spread}</h3>
          <div class="figures-scroll" tabIndex={0} role="region" aria-label={`${text.spread}: ${model.name}`}>
            <table class="spread">
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th key={column} scope="col">
                      {text.columns[column]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {spread.map(([row, statistics]) => (
                  <tr key={row} data-row={row}>
                    <th scope="row">{text.rows[row]}</th>
                    {figures.map((figure) => (
                      <td key={figure}>{statistics.sampleCount > 0 ? duration(statistics[figure]) : '–'}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p class="hint">{text.overhead}</p>
        </div>
        <div>
          <h3>{text.facts}</h3>
          <Facts facts={facts} />
        </div>
      </div>
    </section>
  );
}

const figures = ['average', 'p50', 'p90', 'p99', 'maximum'] as const;
const columns = ['of', ...figures] as const;

function statisticsOf(ms: readonly number[]): Pick<LatencyStatistics, 'sampleCount' | (typeof figures)[number]> {
  return {
    sampleCount: ms.length,
    average: ms.reduce((sum, one) => sum + one, 0) / Math.max(1, ms.length),
    p50: percentile(ms, 50),
    p90: percentile(ms, 90),
    p99: percentile(ms, 99),
    maximum: Math.max(0, ...ms),
  };
}

function Tensors({ tensors }: { tensors: readonly TensorInfo[] }): JSX.Element {
  const { any, noTensor } = words.value;
  return (
    <ul class="tensor-list" lang="en">
      {tensors.map(({ name, type, shape }) => (
        <li key={name}>
          <code>{name}</code>{' '}
          {type ? `${type} [${shape.map((size) => (size === '' ? any : size)).join(', ')}]` : noTensor}
        </li>
      ))}
    </ul>
  );
}

/** Where its files came from this time, and whether they are kept. */
function originOf(storage: StorageReport | undefined): string {
  const text = words.value;
  if (!storage || storage.key === undefined) return text.notKept;
  const place = text.places[storage.kind];
  return [
    storage.source === 'store' ? text.fromStore(place) : text.fromNetwork(place),
    storage.isStale ? text.stale : '',
    storage.healed.length > 0 ? text.healed(storage.healed.join(', ')) : '',
  ]
    .filter(Boolean)
    .join('. ');
}

/** The library says it in English. */
function reasonOf({ reason }: RuntimeReport): string | JSX.Element {
  if (language.value === 'en') return reason;
  const cores = /^the device has (\d+) cores$/.exec(reason)?.[1];
  if (cores) return `이 기기의 코어는 ${cores}개입니다`;
  if (reason.startsWith('the page is not cross-origin isolated')) {
    return '페이지가 교차 출처 격리되어 있지 않습니다(COOP, COEP 헤더)';
  }
  return <span lang="en">{reason}</span>;
}
