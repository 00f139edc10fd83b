import type { JSX } from 'preact';
import { count, decimal, duration } from '../show/format.ts';
import { translated } from '../site/language.ts';
import type { AnswerStats } from './conversation-list.ts';

const words = translated({
  en: {
    tokens: (howMany: string) => `${howMany} ${howMany === '1' ? 'token' : 'tokens'}`,
    speed: (perSecond: string) => `${perSecond} tokens/s`,
    first: (time: string) => `first after ${time}`,
    reused: (reused: string, all: string) => `${reused} of ${all} prompt tokens reused`,
    dropped: (howMany: string) => `${howMany} oldest messages left out`,
    length: 'cut off at the limit',
    stopped: 'stopped',
  },
  ko: {
    tokens: (howMany: string) => `토큰 ${howMany}개`,
    speed: (perSecond: string) => `초당 ${perSecond}개`,
    first: (time: string) => `첫 토큰까지 ${time}`,
    reused: (reused: string, all: string) => `프롬프트 토큰 ${all}개 중 ${reused}개 재사용`,
    dropped: (howMany: string) => `가장 오래된 메시지 ${howMany}개 제외`,
    length: '한도에서 끊김',
    stopped: '중지함',
  },
});

/** How an answer came about, in one line. */
export function StatsLine({ stats }: { stats: AnswerStats }): JSX.Element {
  const { tokens, tokensPerSecond, firstTokenMs, prompt, end } = stats;
  const text = words.value;
  const parts = [
    text.tokens(count(tokens)),
    ...(tokensPerSecond > 0 ? [text.speed(decimal(tokensPerSecond))] : []),
    ...(tokens > 0 ? [text.first(duration(firstTokenMs))] : []),
    ...(prompt ? [text.reused(count(prompt.reused), count(prompt.tokens))] : []),
    ...(prompt && prompt.droppedMessages > 0 ? [text.dropped(count(prompt.droppedMessages))] : []),
    ...(end === 'length' || end === 'stopped' ? [text[end]] : []),
  ];
  return (
    <ul class="stats">
      {parts.map((part, index) => (
        <li key={index}>{part}</li>
      ))}
    </ul>
  );
}
