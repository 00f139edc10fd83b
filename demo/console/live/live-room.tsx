import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { CodeExample } from '../../show/code-example.tsx';
import { byteSize, count, decimal, duration } from '../../show/format.ts';
import { LoadProblem, LoadStatus } from '../../show/load-status.tsx';
import { translated } from '../../site/language.ts';
import { room } from '../../site/route.ts';
import { coldStarts, look, model, points, policy, shownSeconds } from './live.ts';
import { LoadControls } from './load-controls.tsx';
import { PolicyForm } from './policy-form.tsx';
import { Refusals } from './refusals.tsx';
import { ReplicaLog } from './replica-log.tsx';
import { TimeChart, type Line } from './time-chart.tsx';

const words = translated({
  en: {
    title: 'An endpoint under load',
    lead: 'Move the slider: calls come, replicas follow the calls in flight, and leave again. Everything happens on the cores of this device.',
    charts: 'The last minute',
    rate: 'Invocations a second',
    answered: 'invocations',
    failed: 'errors',
    latency: 'Latency, from call to answer',
    replicas: 'Replicas',
    running: 'in service',
    most: 'at most',
    inFlight: 'Calls in flight',
    calls: 'waiting or being answered',
    target: 'target',
    memory: 'Memory of all models, estimated',
    used: 'used',
    budget: 'budget',
    coldStarts: (times: string) => `Cold starts since it was deployed: ${times}`,
  },
  ko: {
    title: '부하를 받는 엔드포인트',
    lead: '슬라이더를 움직여 보세요. 호출이 들어오면 복제본이 처리 중인 호출 수를 따라 늘고, 다시 줄어듭니다. 모두 이 기기의 코어에서 일어납니다.',
    charts: '최근 1분',
    rate: '초당 호출',
    answered: '호출',
    failed: '오류',
    latency: '지연 시간(호출부터 응답까지)',
    replicas: '복제본',
    running: '서비스 중',
    most: '최대',
    inFlight: '처리 중인 호출',
    calls: '대기 또는 처리 중',
    target: '목표',
    memory: '모든 모델의 메모리(추정)',
    used: '사용',
    budget: '예산',
    coldStarts: (times: string) => `배포한 뒤 콜드 스타트: ${times}번`,
  },
});

const lookMs = 250;

/** An endpoint, calls for it, and what it does about them, live. */
export function LiveRoom(): JSX.Element {
  const text = words.value;
  const isOpen = room.value.path === 'console/live';
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setInterval(look, lookMs);
    return () => clearInterval(timer);
  }, [isOpen]);
  useEffect(() => void model.peek().open(), []);
  return (
    <>
      <div class="intro">
        <h1>{text.title}</h1>
        <p class="lead">{text.lead}</p>
      </div>
      <div class="load-line">
        <LoadStatus model={model.value} />
      </div>
      <LoadProblem model={model.value} />
      <div class="console-controls">
        <LoadControls />
        <PolicyForm />
      </div>
      <section class="card console-charts" aria-label={text.charts}>
        <Charts />
      </section>
      <div class="console-logs">
        <ReplicaLog>
          <p class="hint" id="console-cold-starts">
            {text.coldStarts(count(coldStarts.value))}
          </p>
        </ReplicaLog>
        <Refusals />
      </div>
      <CodeExample code={code} />
    </>
  );
}

function Charts(): JSX.Element {
  const text = words.value;
  const shown = points.value;
  const { targetInFlight, max } = policy.value;
  const of = (pick: (point: (typeof shown)[number]) => number | undefined): Line['values'] => shown.map(pick);
  return (
    <>
      <TimeChart
        title={text.rate}
        seconds={shownSeconds}
        least={10}
        format={count}
        lines={[
          { name: text.answered, look: 'first', values: of(({ invocations }) => invocations) },
          { name: text.failed, look: 'warning', values: of(({ errors }) => errors) },
        ]}
      />
      <TimeChart
        title={text.latency}
        seconds={shownSeconds}
        least={1}
        format={duration}
        lines={[
          { name: 'p99', look: 'third', values: of(({ latency }) => latency?.p99) },
          { name: 'p90', look: 'second', values: of(({ latency }) => latency?.p90) },
          { name: 'p50', look: 'first', values: of(({ latency }) => latency?.p50) },
        ]}
      />
      <TimeChart
        title={text.replicas}
        seconds={shownSeconds}
        least={max + 1}
        isStepped
        format={(value) => (Number.isInteger(value) ? count(value) : decimal(value))}
        lines={[
          { name: text.most, look: 'limit', values: of(() => max) },
          { name: text.running, look: 'first', values: of(({ replicas }) => replicas) },
        ]}
      />
      <TimeChart
        title={text.inFlight}
        seconds={shownSeconds}
        least={4}
        isStepped
        format={count}
        lines={[
          { name: text.target, look: 'limit', values: of(({ replicas }) => replicas * targetInFlight) },
          { name: text.calls, look: 'first', values: of(({ inFlight }) => inFlight) },
        ]}
      />
      <TimeChart
        title={text.memory}
        seconds={shownSeconds}
        least={100}
        isStepped
        format={(megabytes) => byteSize(megabytes * 1e6)}
        lines={[
          { name: text.budget, look: 'limit', values: of(({ budgetMB }) => budgetMB) },
          { name: text.used, look: 'first', values: of(({ usedMB }) => usedMB) },
        ]}
      />
    </>
  );
}

const code = `import { deploy } from 'inpoint';

const endpoint = await deploy('./models/digits/model.tar.gz', { scaling: { min: 1, max: 2 }, spare: true });
await endpoint.invoke(canvas, { priority: 'background' });
const history = await endpoint.metricsHistory();
console.log(history.seconds(60), endpoint.metrics().replicaCount);`;
