import { openedPage } from './opened-page.ts';
import { allRivals, type Bench, type Cell, type Measurement, type Scenario } from './scenario.ts';

/** Texts, and the next turn of a conversation. */
export const chat: Scenario = {
  name: 'chat',
  title: 'Chat',
  about:
    'Greedy, one token at a time. The second turn goes on with a conversation of some hundred tokens that was just written: its first token comes sooner where the cache of the first turn is still there.',
  metrics: {
    firstTokenMs: { title: 'time to first token', unit: 'ms', better: 'lower' },
    tokensPerSecond: { title: 'tokens a second', unit: '1/s', better: 'higher' },
    secondTurnMs: { title: 'first token of the second turn', unit: 'ms', better: 'lower' },
  },
  isWarmedUp: true,

  cells: ({ isQuick }) =>
    [
      // Weights of chance soon make two tokens as likely, so only the first ones are compared.
      { model: 'stories260K', tokens: isQuick ? 60 : 200, sentences: 22, compared: 10_000 },
      ...(isQuick ? [] : [{ model: 'llama-135m-int8', tokens: 12, sentences: 6, compared: 4 }]),
    ].map(({ model, ...settings }): Cell => ({ model, condition: '', rivals: allRivals, settings })),

  open: (bench: Bench, { model, settings }: Cell, rival: string): Promise<Measurement> => {
    const { tokens, sentences, compared } = settings as Record<string, number>;
    return openedPage(bench, model, rival, async (page, round) => {
      // Each round has its own texts, or the second would find the first one's cache.
      const write = (prompt: string, count: number): Promise<Written> =>
        page.call('write', { prompt, tokens: count }) as Promise<Written>;
      const text = await write(`${round} Once upon a time, there was`, tokens!);
      const long = `${round} ${'Lily and Tom went to the park to play. '.repeat(sentences!)}`;
      const before = await write(long, 8);
      const next = await write(`${long}${before.answer} Then`, 8);
      const { firstTokenMs, tokensPerSecond } = text;
      return {
        values: { firstTokenMs, tokensPerSecond, secondTurnMs: next.firstTokenMs },
        answer: [text.answer.trim().slice(0, compared), ...(compared! > 100 ? [before.answer] : [])],
      };
    });
  },
};

interface Written {
  readonly answer: string;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
}
