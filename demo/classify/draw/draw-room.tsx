import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { digits } from '../../endpoints/demo-models.ts';
import { CodeExample } from '../../show/code-example.tsx';
import { ErrorNotice } from '../../show/error-notice.tsx';
import { duration, percentage } from '../../show/format.ts';
import { LoadProblem, LoadStatus } from '../../show/load-status.tsx';
import { ScoreBars } from '../../answer/score-bars.tsx';
import { announce } from '../../site/announce.ts';
import { translated } from '../../site/language.ts';
import { Intro } from '../intro.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { keyboardPen } from './keyboard-pen.ts';
import { Pad } from './pad.ts';
import { pointerPen } from './pointer-pen.ts';

const words = translated({
  en: {
    title: 'Draw a digit',
    canvas: 'Drawing area for one digit',
    hint: '0 to 9, with a finger, pen or mouse',
    undo: 'Undo',
    clear: 'Clear',
    likeliest: 'Likeliest digit:',
    score: 'Score',
    latency: 'Latency',
    bars: 'Score of each digit',
    problem: 'The drawing has no answer',
    ready: 'The digits model is ready.',
    cleared: 'Cleared.',
    lowered: 'Pen lowered.',
    lifted: 'Pen lifted.',
    keys: (
      <>
        By keyboard, with the drawing area focused: <kbd>arrows</kbd> move the pen, two at once diagonally,{' '}
        <kbd>space</kbd> lowers and lifts it, <kbd>backspace</kbd> undoes, <kbd>esc</kbd> clears.
      </>
    ),
  },
  ko: {
    title: '숫자를 그려 보세요',
    canvas: '숫자 하나를 그리는 곳',
    hint: '0부터 9까지, 손가락이나 펜, 마우스로',
    undo: '되돌리기',
    clear: '지우기',
    likeliest: '가장 그럴듯한 숫자:',
    score: '점수',
    latency: '지연 시간',
    bars: '숫자별 점수',
    problem: '그림에 답하지 못했습니다',
    ready: '숫자 모델이 준비되었습니다.',
    cleared: '지웠습니다.',
    lowered: '펜을 내렸습니다.',
    lifted: '펜을 들었습니다.',
    keys: (
      <>
        키보드로도 그릴 수 있습니다. 그리는 곳을 선택한 뒤 <kbd>방향키</kbd>로 펜을 움직이고(두 개를 함께 누르면
        대각선), <kbd>스페이스</kbd>로 펜을 내리거나 들고, <kbd>백스페이스</kbd>로 되돌리고, <kbd>Esc</kbd>로 지웁니다.
      </>
    ),
  },
});

/** A drawing that is answered at every stroke. One can draw from the start; the answer comes with the model. */
export function DrawRoom(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const mark = useRef<HTMLSpanElement>(null);
  const pad = useRef<Pad>(null);
  const drawn = useSignal({ isEmpty: true, canUndo: false });
  const { verdict, problem, busy, ask } = useAnswer(
    digits,
    () => (pad.current && !pad.current.isEmpty ? canvas.current! : undefined),
    {
      topK: names.length,
      onAnswer: ({ labels: [first] }) => announce(`${first?.label}, ${percentage(first?.score ?? 0)}.`, 'drawing'),
    },
  );

  useEffect(() => {
    pad.current = new Pad(canvas.current!, () => {
      const { isEmpty, canUndo } = pad.current!;
      drawn.value = { isEmpty, canUndo };
      if (isEmpty) announce(words.peek().cleared, 'drawing');
      ask();
    });
    pointerPen(canvas.current!, pad.current);
    keyboardPen(canvas.current!, mark.current!, pad.current, (lowered) =>
      announce(lowered ? words.peek().lowered : words.peek().lifted, 'pen'),
    );
    void digits.open().then(() => (pad.current!.isEmpty ? warmUp(canvas.current!) : undefined));
  }, []);

  const { isEmpty, canUndo } = drawn.value;
  const [likeliest] = verdict.value?.answer.labels ?? [];
  const text = words.value;
  return (
    <>
      <Intro />
      <section id="draw" aria-labelledby="draw-title">
        <div class="section-head">
          <h2 id="draw-title">{text.title}</h2>
          <LoadStatus model={digits} />
        </div>
        <LoadProblem model={digits} />
        {problem.value !== undefined && <ErrorNotice title={text.problem} error={problem.value} />}
        <div class="drawing">
          <div class="easel">
            <div class="pad">
              <canvas
                ref={canvas}
                id="digit-canvas"
                width="448"
                height="448"
                tabIndex={0}
                role="application"
                aria-label={text.canvas}
                aria-describedby="pad-keys"
              />
              <p class="pad-hint" aria-hidden="true" hidden={!isEmpty}>
                {text.hint}
              </p>
              <span ref={mark} class="pad-pen" aria-hidden="true" hidden />
            </div>
            {/* A button that has the focus must not lose it, as it would by being disabled. */}
            <div class="buttons">
              <button type="button" id="undo" aria-disabled={!canUndo} onClick={() => pad.current!.undo()}>
                {text.undo}
              </button>
              <button type="button" id="clear" aria-disabled={isEmpty} onClick={() => pad.current!.clear()}>
                {text.clear}
              </button>
            </div>
          </div>
          <div class="verdict" aria-busy={busy.value}>
            <p>
              <span class="visually-hidden">{text.likeliest}</span>
              <span id="prediction">{likeliest?.label}</span>
            </p>
            <dl>
              <div>
                <dt>{text.score}</dt>
                <dd id="prediction-score">{likeliest && percentage(likeliest.score)}</dd>
              </div>
              <div>
                <dt>{text.latency}</dt>
                <dd id="prediction-latency">{verdict.value && duration(verdict.value.latencyMs)}</dd>
              </div>
            </dl>
          </div>
          <div id="digit-bars">
            <ScoreBars label={text.bars} scores={verdict.value?.answer.labels ?? []} labels={names} />
          </div>
          <p id="pad-keys" class="hint">
            {text.keys}
          </p>
        </div>
        <CodeExample code={code} />
      </section>
    </>
  );
}

const names = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** The first call is the slow one: it is made on the sheet as it is, before anyone waits for it. */
async function warmUp(canvas: HTMLCanvasElement): Promise<void> {
  if (digits.state.peek().kind !== 'ready') return;
  await digits.invoke(canvas).then(
    () => announce(words.peek().ready),
    // What is wrong with it, the first drawing will say.
    () => undefined,
  );
}

const code = `import { deploy } from 'inpoint';

const canvas = document.querySelector('canvas');
const endpoint = await deploy('./models/digits/model.tar.gz', { task: 'image-classification' });
const { labels } = await endpoint.invoke(canvas);
console.log(labels[0]); // { label: '7', score: 0.998 }`;
