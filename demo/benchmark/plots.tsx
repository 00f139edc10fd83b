import type { JSX } from 'preact';
import { translated } from '../site/language.ts';

const words = translated({
  en: {
    title: 'Beside what one would use instead',
    lead: 'What “npm run bench” last found on a machine of ours. The floor is a worker that is written by hand around bare ONNX Runtime Web. Which machine it was, what else it did meanwhile, how it is measured, and why one has no bar, is in docs/benchmarks.md.',
    plots: {
      'start-cold-ms': 'Cold start, by model and by line',
      'start-warm-ms': 'Warm start, by model',
      'latency-p50': 'The median of one call at a time, by model',
      'throughput-per-second': 'Answers a second, by model and by callers',
      'chat-tokens-per-second': 'Tokens a second',
      'main-thread-longest-task-ms': 'The longest task of the page’s main thread',
      'memory-steady-mb': 'Memory in use',
      'memory-closed-mb': 'Memory after close',
      'growth-cold-ms': 'Cold start over the size of the model',
      'growth-warm-ms': 'Warm start over the size of the model',
      'load-per-second': 'Answers a second over the number of callers',
    },
  },
  ko: {
    title: '대신 쓸 만한 도구와 비교',
    lead: '우리 컴퓨터에서 마지막으로 실행한 “npm run bench”의 결과입니다. floor는 순수 ONNX Runtime Web을 직접 감싼 워커입니다. 어떤 컴퓨터였고 그동안 다른 일도 했는지, 어떻게 측정했는지, 막대가 없는 이유는 docs/benchmarks.md에 있습니다.',
    plots: {
      'start-cold-ms': '모델과 회선별 콜드 스타트',
      'start-warm-ms': '모델별 웜 스타트',
      'latency-p50': '모델별로 한 번에 하나씩 호출할 때의 중앙값',
      'throughput-per-second': '모델과 호출자 수별 초당 응답',
      'chat-tokens-per-second': '초당 토큰',
      'main-thread-longest-task-ms': '페이지 메인 스레드의 가장 긴 작업',
      'memory-steady-mb': '사용 중 메모리',
      'memory-closed-mb': '닫은 뒤의 메모리',
      'growth-cold-ms': '모델 크기에 따른 콜드 스타트',
      'growth-warm-ms': '모델 크기에 따른 웜 스타트',
      'load-per-second': '호출자 수에 따른 초당 응답',
    },
  },
});

/** Those that `npm run bench` last wrote, by their file. */
const files: Readonly<Record<string, string>> = import.meta.glob('../../docs/benchmarks/*.svg', {
  eager: true,
  query: '?url',
  import: 'default',
});

/** The plots of the documentation; nothing where there are none yet. */
export function Plots(): JSX.Element | null {
  const text = words.value;
  const shown = Object.entries(text.plots).flatMap(([name, about]) => {
    const url = files[`../../docs/benchmarks/${name}.svg`];
    return url ? [{ name, about, url }] : [];
  });
  if (shown.length === 0) return null;
  return (
    <section>
      <h2 id="benchmark-plots">{text.title}</h2>
      <p class="lead">{text.lead}</p>
      <div class="benchmark-plots" tabIndex={0} role="region" aria-labelledby="benchmark-plots">
        {shown.map(({ name, about, url }) => (
          <img key={name} src={url} alt={about} loading="lazy" />
        ))}
      </div>
    </section>
  );
}
