import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { CodeExample } from '../../show/code-example.tsx';
import { percentage } from '../../show/format.ts';
import { LoadProblem, LoadStatus } from '../../show/load-status.tsx';
import { announce } from '../../site/announce.ts';
import { translated } from '../../site/language.ts';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { ScoreBars } from '../../answer/score-bars.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { textModels, type Metrics, type TextModel } from './text-models.ts';

const words = translated({
  en: {
    title: 'Classify a text',
    model: 'What to say of it',
    text: 'Text',
    placeholder: 'Write or paste a sentence: the answer follows as you type',
    examples: 'Or take one of these',
    unsure: 'Not sure: a longer text would help.',
  },
  ko: {
    title: '글 분류하기',
    model: '무엇을 알아볼까요',
    text: '글',
    placeholder: '문장을 쓰거나 붙여 넣으면, 쓰는 대로 답이 따라옵니다',
    examples: '예문으로 해 보기',
    unsure: '확실하지 않습니다. 글이 더 길면 도움이 됩니다.',
  },
});

/** A text that is answered as it is typed, by one of several models. */
export function TextRoom(): JSX.Element {
  const chosen = useSignal(textModels[0]!.id);
  const model = textModels.find(({ id }) => id === chosen.value)!;
  return (
    <>
      <h1>{words.value.title}</h1>
      <fieldset class="choice">
        <legend>{words.value.model}</legend>
        {textModels.map(({ id, words: { value } }) => (
          <label key={id}>
            <input
              type="radio"
              name="text-model"
              value={id}
              checked={id === chosen.value}
              onChange={() => (chosen.value = id)}
            />
            {value.name}
          </label>
        ))}
      </fieldset>
      <TextForm key={model.id} {...model} />
    </>
  );
}

function TextForm({ id, model, words: own, examples, labelName }: TextModel): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  const answering = useAnswer(model, () => area.current?.value.trim() || undefined, {
    topK: rows,
    onAnswer: ({ labels: [first] }) => announce(`${labelName(first!.label)}, ${percentage(first!.score)}`),
  });
  useEffect(() => void model.open(), [model]);
  const metrics = useComputed(() => model.endpoint.value?.card.metrics as Metrics | undefined);
  const take = (text: string): void => {
    area.current!.value = text;
    answering.ask();
  };
  return (
    <>
      <div class="load-line">
        <LoadStatus model={model} />
      </div>
      <LoadProblem model={model} />
      <div class="ask-and-answer">
        <form class="ask" onSubmit={(event) => event.preventDefault()}>
          <label for={`text-${id}`}>{words.value.text}</label>
          <textarea
            ref={area}
            id={`text-${id}`}
            class="text-input"
            rows={5}
            placeholder={words.value.placeholder}
            onInput={() => answering.ask()}
          />
          <p class="hint" id={`examples-${id}`}>
            {words.value.examples}
          </p>
          <ul class="chips" aria-labelledby={`examples-${id}`}>
            {examples.map((text) => (
              <li key={text}>
                <button type="button" class="small" onClick={() => take(text)}>
                  {text}
                </button>
              </li>
            ))}
          </ul>
        </form>
        <AnswerPanel
          answering={answering}
          show={(answer) => (
            <ScoreBars
              label={words.value.title}
              scores={answer?.labels ?? []}
              rows={id === 'sentiment' ? 2 : rows}
              name={labelName}
            />
          )}
        >
          <p class="unsure">{(answering.verdict.value?.answer.labels[0]?.score ?? 1) < sure && words.value.unsure}</p>
          <p class="hint about">{own.value.about}</p>
          <p class="hint quality">{metrics.value && own.value.quality(metrics.value)}</p>
        </AnswerPanel>
      </div>
      <CodeExample code={code[id]} />
    </>
  );
}

const rows = 5;

/** A likeliest label below it is as good as a guess. */
const sure = 0.5;

const code = {
  language: example('language', '오늘 저녁에 뭐 먹지?', `{ label: 'Korean (ko)', score: 0.999 }`),
  intents: example('intents', 'set a timer for ten minutes', `{ label: 'timer', score: 0.999 }`),
  sentiment: example('sentiment', 'I loved every minute of it.', `{ label: 'positive', score: 0.894 }`),
};

function example(name: string, text: string, answer: string): string {
  return `import { deploy } from 'inpoint';

const text = '${text}';
const endpoint = await deploy('./models/${name}/model.tar.gz', { task: 'text-classification' });
const { labels } = await endpoint.invoke(text);
console.log(labels[0]); // ${answer}`;
}
