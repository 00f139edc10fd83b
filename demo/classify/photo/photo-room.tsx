import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { Classification } from 'inpoint';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { clothing } from '../../endpoints/demo-models.ts';
import { CodeExample } from '../../show/code-example.tsx';
import { percentage } from '../../show/format.ts';
import { LoadProblem, LoadStatus } from '../../show/load-status.tsx';
import { announce } from '../../site/announce.ts';
import { translated } from '../../site/language.ts';
import { AnswerPanel } from '../../answer/answer-panel.tsx';
import { ScoreBars } from '../../answer/score-bars.tsx';
import { useAnswer } from '../../answer/use-answer.ts';
import { useCamera } from './use-camera.ts';

const words = translated({
  en: {
    title: 'Classify a photo',
    lead: 'One garment, the better the more it fills the picture. The photo stays on this device.',
    choose: 'Choose a photo',
    drop: 'or drop it here, or paste it',
    start: 'Use the camera',
    starting: 'Waiting for the camera',
    stop: 'Stop the camera',
    camera: 'What the camera sees',
    problems: {
      none: 'No camera was found. Connect one, or choose a photo.',
      denied:
        'The camera may not be used. Allow it for this page in the browser’s settings, beside the address, or choose a photo.',
      busy: 'Another program has the camera. Close that, and try again.',
      unsupported: 'This browser gives no camera to this page. Choose a photo instead.',
    },
    labels: {
      dress: 'dress',
      hat: 'hat',
      longsleeve: 'long sleeve',
      outwear: 'jacket or coat',
      pants: 'trousers',
      shirt: 'shirt',
      shoes: 'shoes',
      shorts: 'shorts',
      skirt: 'skirt',
      't-shirt': 'T-shirt',
    },
    about:
      'It learned from about 3,000 photos that people took of their own clothes, lying or hanging, and knows these ten kinds: of anything else it names the nearest.',
    quality: (share: string) => `Of photos that it never saw, ${share} are right.`,
  },
  ko: {
    title: '사진 분류하기',
    lead: '옷 한 벌을 화면에 가득 담을수록 좋습니다. 사진은 이 기기를 떠나지 않습니다.',
    choose: '사진 고르기',
    drop: '여기에 끌어다 놓거나 붙여 넣어도 됩니다',
    start: '카메라 쓰기',
    starting: '카메라를 기다리는 중',
    stop: '카메라 끄기',
    camera: '카메라에 보이는 모습',
    problems: {
      none: '카메라를 찾지 못했습니다. 카메라를 연결하거나 사진을 고르세요.',
      denied: '카메라를 쓸 수 없습니다. 주소창 옆의 브라우저 설정에서 이 페이지에 허용하거나 사진을 고르세요.',
      busy: '다른 프로그램이 카메라를 쓰고 있습니다. 그것을 닫고 다시 시도하세요.',
      unsupported: '이 브라우저에서는 카메라를 쓸 수 없습니다. 대신 사진을 고르세요.',
    },
    labels: {
      dress: '원피스',
      hat: '모자',
      longsleeve: '긴소매',
      outwear: '겉옷',
      pants: '바지',
      shirt: '셔츠',
      shoes: '신발',
      shorts: '반바지',
      skirt: '치마',
      't-shirt': '티셔츠',
    },
    about:
      '사람들이 자기 옷을 눕히거나 걸어 두고 찍은 사진 3,000여 장으로 배웠고, 이 열 가지만 압니다. 다른 것은 가장 비슷한 이름으로 부릅니다.',
    quality: (share: string) => `처음 보는 사진의 ${share}를 맞힙니다.`,
  },
});

/** A garment in a photo or before the camera. */
export function PhotoRoom(): JSX.Element {
  const area = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const camera = useCamera(video);
  const photo = useSignal<File | undefined>(undefined);
  const address = useComputed(() => photo.value && URL.createObjectURL(photo.value));
  const over = useSignal(false);
  const name = (label: string): string => (words.value.labels as Readonly<Record<string, string>>)[label] ?? label;
  const answering = useAnswer<File | HTMLVideoElement, Classification>(
    clothing,
    () => (camera.state.peek() === 'on' ? video.current! : photo.peek()),
    {
      topK: rows,
      onAnswer: ({ labels: [first] }) => announce(`${name(first!.label)}, ${percentage(first!.score)}`),
    },
  );
  const accuracy = useComputed(
    () => (clothing.endpoint.value?.card.metrics as { test?: { accuracy: number } } | undefined)?.test?.accuracy,
  );

  const take = (file: File | undefined): void => {
    if (!file) return;
    camera.stop();
    photo.value = file;
    answering.ask();
  };

  useEffect(() => {
    void clothing.open();
    const onPaste = (event: ClipboardEvent): void => {
      const [file] = event.clipboardData?.files ?? [];
      if (!file || !area.current?.checkVisibility()) return;
      event.preventDefault();
      take(file);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);

  // A picture that is no longer shown gives its memory back.
  useSignalEffect(() => {
    const shown = address.value;
    return shown ? () => URL.revokeObjectURL(shown) : undefined;
  });

  // Several times a second, as long as the camera is on; a call that takes longer is waited for.
  useSignalEffect(() => {
    if (camera.state.value !== 'on') return undefined;
    photo.value = undefined;
    const timer = setInterval(() => answering.ask(), betweenAnswersMs);
    return () => {
      clearInterval(timer);
      answering.ask();
    };
  });

  const isOn = camera.state.value === 'on';
  const text = words.value;
  return (
    <>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead}</p>
      <div class="load-line">
        <LoadStatus model={clothing} />
      </div>
      <LoadProblem model={clothing} />
      <div class="ask-and-answer">
        <div
          class="ask"
          ref={area}
          onDragOver={(event) => {
            if (!event.dataTransfer?.types.includes('Files')) return;
            event.preventDefault();
            over.value = true;
          }}
          onDragLeave={() => (over.value = false)}
          onDrop={(event) => {
            event.preventDefault();
            over.value = false;
            take(event.dataTransfer?.files[0]);
          }}
        >
          <label class="drop photo" data-over={over.value ? '' : undefined} hidden={isOn}>
            <input
              type="file"
              id="photo-file"
              class="visually-hidden"
              accept="image/*"
              onChange={({ currentTarget }) => {
                take(currentTarget.files?.[0]);
                // So that the same file can be chosen again.
                currentTarget.value = '';
              }}
            />
            {address.value && answering.problem.value === undefined && (
              <img class="photo-shown" src={address.value} alt={photo.value?.name ?? ''} />
            )}
            <span class={address.value && answering.problem.value === undefined ? 'photo-prompt' : undefined}>
              <span class="drop-title">{text.choose}</span> <span class="hint">{text.drop}</span>
            </span>
          </label>
          <video
            ref={video}
            class="photo-camera"
            data-mirrored={camera.facesUser.value ? '' : undefined}
            aria-label={text.camera}
            hidden={!isOn}
            muted
            playsInline
          />
          <button
            type="button"
            id="photo-camera"
            aria-disabled={camera.state.value === 'starting'}
            onClick={() => {
              if (isOn) camera.stop();
              else if (camera.state.value === 'off') void camera.start();
            }}
          >
            {isOn ? text.stop : camera.state.value === 'starting' ? text.starting : text.start}
          </button>
          <p class="problem" role="alert">
            {camera.problem.value && text.problems[camera.problem.value]}
          </p>
        </div>
        <AnswerPanel
          answering={answering}
          show={(answer) => (
            <ScoreBars label={words.value.title} scores={answer?.labels ?? []} rows={rows} name={name} />
          )}
        >
          <p class="hint about">{text.about}</p>
          <p class="hint quality">{accuracy.value !== undefined && text.quality(percentage(accuracy.value))}</p>
        </AnswerPanel>
      </div>
      <CodeExample code={code} />
    </>
  );
}

const rows = 5;
const betweenAnswersMs = 250;

const code = `import { deploy } from 'inpoint';

const [photo] = document.querySelector('input[type=file]').files;
const endpoint = await deploy('./models/clothing/model.tar.gz', { task: 'image-classification' });
const { labels } = await endpoint.invoke(photo);
console.log(labels[0]); // { label: 'pants', score: 0.94 }`;
