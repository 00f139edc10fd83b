import type { Answer } from './answer.ts';
import { choiceOf, createAnswerText } from './answer.ts';
import type { Decoder } from './decoder.ts';
import type { KvCache } from './kv-cache.ts';
import type { TextPiece } from './options.ts';
import type { GenerationRequest } from './request.ts';
import { BeamSearch } from './sampling/beam-search.ts';
import { createSampler } from './sampling/sampler.ts';
import type { TextModel } from './text-model.ts';

/**
 * Writes the likeliest texts, as far as several beams find them. Nothing is streamed: what is the best shows at the end.
 *
 * @returns as many answers as are asked for, the best first
 */
export async function searchBeams(
  model: TextModel,
  decoder: Decoder,
  request: GenerationRequest,
  signal: AbortSignal,
  onPiece: (piece: TextPiece) => void,
): Promise<{ readonly answers: readonly Answer[]; readonly reusedTokens: number }> {
  const { prompt, beams, maxTokens, endTokens, lengthPenalty, earlyStopping, n } = request;
  const search = new BeamSearch({ beams, endTokens, lengthPenalty, earlyStopping, maxTokens });
  // One step at a time, so that an abort is seen between two.
  const first = await decoder.run({ rows: [prompt], cache: undefined }, signal);
  let caches: readonly KvCache[] = [first.cache];
  let kept = search.start(changed(first.logits[0]!, request, []));
  while (kept.length > 0) {
    signal.throwIfAborted();
    const next: KvCache[] = [];
    const logits: Float32Array[] = [];
    for (const { parent, token, tokens } of kept) {
      const text = decoder.hasCache ? [token] : [...prompt, ...tokens];
      const cache = decoder.hasCache ? caches[parent]! : undefined;
      const step = await decoder.run({ rows: [text], cache }, signal);
      next.push(step.cache);
      logits.push(changed(step.logits[0]!, request, tokens));
    }
    for (const cache of caches) cache.release();
    caches = next;
    kept = search.step(logits);
  }
  for (const cache of caches) cache.release();
  const answers = search.best(Math.min(n, beams)).map(({ tokens, score, isEnded }, index): Answer => {
    const text = createAnswerText(model, request);
    for (const token of tokens) text.push(token);
    text.end();
    onPiece({ text: text.shown, index });
    return {
      tokens: [...prompt, ...tokens],
      choose: () => undefined,
      count: tokens.length,
      choice: () => ({ ...choiceOf(text.shown, text.toolCalls, isEnded ? 'stop' : 'length'), score }),
    };
  });
  return { answers, reusedTokens: 0 };
}

/** With the penalties and biases of the request in it. */
function changed(
  logits: Float32Array,
  { prompt, sampling }: GenerationRequest,
  tokens: readonly number[],
): Float32Array {
  const own = logits.slice();
  const sampler = createSampler({ ...sampling, doSample: false, logprobs: false, topLogprobs: 0 }, prompt);
  for (const token of tokens) sampler.skip(token);
  sampler.next(own);
  return own;
}
