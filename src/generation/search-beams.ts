import type { Answer } from './answer.ts';
import { choiceOf, createAnswerText } from './answer.ts';
import type { Decoder, Encoded } from './decoder.ts';
import type { KvCache } from './kv-cache.ts';
import type { TextPiece } from './options.ts';
import type { GenerationRequest } from './request.ts';
import { createBeamSearch } from './sampling/beam-search.ts';
import { createSampler } from './sampling/sampler.ts';
import type { TextModel } from './text-model.ts';

/**
 * Writes the likeliest texts, as far as several beams find them. Nothing is streamed: what is the best shows at the end.
 *
 * @param onStep is told of each token on the way
 * @returns as many answers as are asked for, the best first
 */
export async function searchBeams(
  model: TextModel,
  decoder: Decoder,
  request: GenerationRequest,
  encoded: Encoded | undefined,
  signal: AbortSignal,
  { onPiece, onStep }: { readonly onPiece: (piece: TextPiece) => void; readonly onStep: () => void },
): Promise<{ readonly answers: readonly Answer[]; readonly reusedTokens: number }> {
  const { prompt, beams, maxTokens, endTokens, lengthPenalty, earlyStopping, n } = request;
  const search = createBeamSearch({
    numBeams: beams,
    endTokens: [...endTokens],
    lengthPenalty,
    earlyStopping,
    maxTokens,
  });
  let caches: readonly KvCache[] = [];
  let next: KvCache[] = [];
  try {
    const first = await decoder.run({ rows: [prompt], cache: undefined, encoded }, signal);
    caches = [first.cache];
    let texts: readonly (readonly number[])[] = [[]];
    let kept = search.step([changed(first.logits[0]!, request, [])]);
    while (!search.done) {
      onStep();
      const logits: Float32Array[] = [];
      const longer = kept.map(({ parent, token }) => [...texts[parent]!, token]);
      for (const [row, { parent, token }] of kept.entries()) {
        const text = decoder.hasCache ? [token] : [...prompt, ...longer[row]!];
        const cache = decoder.hasCache ? caches[parent]! : undefined;
        const step = await decoder.run({ rows: [text], cache, encoded }, signal);
        next.push(step.cache);
        logits.push(changed(step.logits[0]!, request, longer[row]!));
      }
      for (const cache of caches) cache.release();
      [caches, next] = [next, []];
      texts = longer;
      kept = search.step(logits);
    }
  } finally {
    for (const cache of [...caches, ...next]) cache.release();
  }
  const answers = search.best(Math.min(n, beams)).map(({ tokens, score, ended }, index): Answer => {
    const written = ended ? tokens.slice(0, -1) : tokens;
    const text = createAnswerText(model, request);
    let count = 0;
    let isStopped = false;
    while (count < written.length && !isStopped) ({ isStopped } = text.push(written[count++]!));
    text.end();
    const reason = isStopped || ended ? 'stop' : 'length';
    onPiece({ text: text.shown, index });
    return {
      tokens: [...prompt, ...written.slice(0, count)],
      choose: () => undefined,
      count,
      choice: () => ({
        ...choiceOf(text.shown, text.toolCalls, text.toolCalls.length > 0 ? 'tool_calls' : reason),
        score,
      }),
    };
  });
  return { answers, reusedTokens: 0 };
}

/** With the penalties and biases of the request in it; the logits that a step gave are gone at the next one. */
function changed(
  logits: Float32Array,
  { prompt, sampling }: GenerationRequest,
  tokens: readonly number[],
): Float32Array {
  const own = logits.slice();
  const sampler = createSampler({ ...sampling, doSample: false, topLogprobs: 0, logprobs: false }, own.length, prompt);
  for (const token of tokens) sampler.replay(token);
  sampler.next(own);
  return own;
}
