/**
 * What becomes of the states of several tokens: their mean, the first of them, or the last.
 *
 * @inline
 */
export type Pooling = 'mean' | 'cls' | 'last-token';

/** Numbers in row-major order, and their shape. */
export interface Numbers {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

/**
 * One vector of what a model gives for one input.
 *
 * - `[1, tokens, size]`: pooled over the tokens that are not padding, on whichever side the padding is. `mean` is
 *   `sum_t m_t x_t / max(sum_t m_t, 1e-9)`. Without any token that counts it is zeros.
 * - `[1, channels, height, width]`: the mean over all places, whatever `by` says.
 * - `[1, size]`, `[1, size, 1, 1]`: passed through.
 *
 * Source: `models.Pooling` of Sentence Transformers; its `last-token` for padding on the right, and for padding on the
 * left `last_token_pool` of E5-Mistral's model card, agree with taking the last token that counts.
 *
 * @param mask 1 for each token that counts, 0 for padding, as long as there are tokens. @default all count
 * @throws {RangeError} for another shape, several inputs at once, or a mask of another length.
 */
export function pool({ data, dims }: Numbers, by: Pooling, mask?: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const wrong = (why: string): RangeError => new RangeError(`Cannot pool the shape [${dims.join(', ')}]: ${why}.`);
  if (dims.length < 2 || dims.length > 4) throw wrong('it is neither [1, tokens, size], [1, size] nor an image');
  if (dims[0] !== 1) throw wrong('it is not of one input');
  if (dims.length === 2) return Float32Array.from(data);
  if (dims.length === 4) return meanOfPlaces(data, dims[1]!, dims[2]! * dims[3]!);
  const [, tokens = 0, size = 0] = dims;
  if (mask && mask.length !== tokens) throw wrong(`the mask is of ${mask.length} tokens`);
  const counting = Array.from({ length: tokens }, (_, token) => token).filter((token) => !mask || mask[token]);
  if (by === 'cls') return meanOfTokens(data, counting.slice(0, 1), size);
  if (by === 'last-token') return meanOfTokens(data, counting.slice(-1), size);
  return meanOfTokens(data, counting, size);
}

function meanOfTokens(data: ArrayLike<number>, tokens: readonly number[], size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, column) => {
    let sum = 0;
    for (const token of tokens) sum += data[token * size + column]!;
    return sum / Math.max(tokens.length, 1);
  });
}

function meanOfPlaces(data: ArrayLike<number>, channels: number, places: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let place = channel * places; place < (channel + 1) * places; place++) sum += data[place]!;
    return sum / Math.max(places, 1);
  });
}
