import type { ReadonlySignal } from '@preact/signals';
import { intents, language, sentiment } from '../../endpoints/demo-models.ts';
import type { Served } from '../../endpoints/served.ts';
import { count, percentage } from '../../show/format.ts';
import { language as siteLanguage, translated } from '../../site/language.ts';

/** A model for texts, and what a visitor should know of it. */
export interface TextModel {
  readonly id: 'language' | 'intents' | 'sentiment';
  readonly model: Served<'text-classification'>;
  readonly words: ReadonlySignal<{
    readonly name: string;
    /** What it says, and where that ends. */
    readonly about: string;
    /** How often it is right, from the archive's own metrics. */
    readonly quality: (metrics: Metrics) => string;
  }>;
  /** Texts in the languages that the model knows. */
  readonly examples: readonly string[];
  /** What people call a label. */
  readonly labelName: (label: string) => string;
}

/** `metrics.json` of an archive: numbers within groups. */
export type Metrics = Readonly<Record<string, Readonly<Record<string, number>>>>;

const share = (value: number | undefined): string => percentage(value ?? Number.NaN);

export const textModels: readonly TextModel[] = [
  {
    id: 'language',
    model: language,
    words: translated({
      en: {
        name: 'Language',
        about:
          'Says which language a text is in. It learned from the Universal Declaration of Human Rights, which is law and not small talk: the shorter and the more casual a text, the less sure it is.',
        quality: ({ paragraphs, texts20 }: Metrics) =>
          `On paragraphs that it never saw, ${share(paragraphs?.['accuracy'])} are right; on pieces of 15 to 20 characters, ${share(texts20?.['accuracy'])}.`,
      },
      ko: {
        name: '언어',
        about:
          '글이 어느 언어로 쓰였는지 말합니다. 세계 인권 선언으로 배웠는데, 일상 대화가 아니라 법률 문장입니다. 글이 짧고 격식이 없을수록 확신이 줄어듭니다.',
        quality: ({ paragraphs, texts20 }: Metrics) =>
          `처음 보는 문단의 ${share(paragraphs?.['accuracy'])}, 15~20자 토막의 ${share(texts20?.['accuracy'])}를 맞힙니다.`,
      },
    }),
    examples: [
      '오늘 저녁에 뭐 먹지?',
      'What shall we have for dinner tonight?',
      'Wo ist der nächste Bahnhof, bitte?',
      '今日は天気がいいですね。',
      'On se retrouve devant le cinéma.',
      'Завтра будет дождь',
    ],
    labelName: languageName,
  },
  {
    id: 'intents',
    model: intents,
    words: translated({
      en: {
        name: 'Intent',
        about:
          'Says which of 150 things a person asks an assistant for, in English, or that it is none of them. It learned from CLINC150, requests that people wrote for this purpose.',
        quality: ({ test }: Metrics) =>
          `Of ${count(test?.['inScope'] ?? 0)} requests that it never saw, ${share(test?.['inScopeAccuracy'])} are right; of those that are none of the 150, it notices ${share(test?.['outOfScopeRecall'])}.`,
      },
      ko: {
        name: '의도',
        about:
          '영어로 쓴 부탁이 150가지 일 가운데 무엇인지, 아니면 그중에 없는지 말합니다. 이 목적으로 사람들이 쓴 부탁 모음인 CLINC150으로 배웠습니다.',
        quality: ({ test }: Metrics) =>
          `처음 보는 부탁 ${count(test?.['inScope'] ?? 0)}개 가운데 ${share(test?.['inScopeAccuracy'])}를 맞히고, 150가지에 없는 부탁의 ${share(test?.['outOfScopeRecall'])}를 알아챕니다.`,
      },
    }),
    examples: [
      'book me a table for two tonight',
      'how much is left on my credit card',
      'set a timer for ten minutes',
      'i lost my luggage at the airport',
      'tell me a joke',
      'why is the sky blue at noon',
    ],
    labelName: (label) => label.replaceAll('_', ' '),
  },
  {
    id: 'sentiment',
    model: sentiment,
    words: translated({
      en: {
        name: 'Sentiment',
        about:
          'Says whether an English review is for or against. It learned from short reviews of films, restaurants and products, which were all clearly one or the other; irony is lost on it.',
        quality: ({ test, heldOut }: Metrics) =>
          `On reviews that it never saw, ${share((test ?? heldOut)?.['accuracy'])} are right.`,
      },
      ko: {
        name: '감정',
        about:
          '영어로 쓴 후기가 좋다는 쪽인지 나쁘다는 쪽인지 말합니다. 영화와 식당, 상품의 짧은 후기로 배웠는데 모두 어느 한쪽이 분명한 글이었습니다. 반어는 알아듣지 못합니다.',
        quality: ({ test, heldOut }: Metrics) =>
          `처음 보는 후기의 ${share((test ?? heldOut)?.['accuracy'])}를 맞힙니다.`,
      },
    }),
    examples: [
      'This movie was wonderful, I loved every minute of it.',
      'The food was cold and the service was terrible.',
      'The battery died after two days.',
      'Great phone, works exactly as described.',
    ],
    labelName: (label) => label.toLowerCase(),
  },
];

/** `Korean (ko)` in the language of the site, where the browser knows it. */
function languageName(label: string): string {
  const code = /\(([\w-]+)\)$/.exec(label)?.[1];
  if (!code) return label;
  const name = new Intl.DisplayNames(siteLanguage.value, { type: 'language', fallback: 'none' }).of(code);
  return name ?? label;
}
