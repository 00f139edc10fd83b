/** Which tokens tell a time, and which end a text. */
export interface TimestampTokens {
  /** The token of 0 s; those of later times follow it, to the end of the vocabulary. */
  readonly firstTimestamp: number;
  /** The token that ends the text. Those of words are below it. */
  readonly endToken: number;
  /** The token by which times are left out. */
  readonly noTimestamps: number | undefined;
  /** How many steps of time may be before the first words. */
  readonly maxInitialTimestamp: number;
}

/**
 * Rules out, by `-Infinity`, the tokens that may not follow where times are told: a text begins with a time, times stand
 * in pairs around its words, none is before the one before it, and a time it has to be where all times together are
 * likelier than any other token.
 *
 * Source: `ApplyTimestampRules` of openai/whisper (`decoding.py`).
 *
 * @param logits changed in place
 * @param written the tokens so far, without those of the prompt
 */
export function applyTimestampRules(
  logits: Float32Array,
  written: readonly number[],
  { firstTimestamp, endToken, noTimestamps, maxInitialTimestamp }: TimestampTokens,
): void {
  const isTime = (token: number | undefined): boolean => token !== undefined && token >= firstTimestamp;
  if (noTimestamps !== undefined) logits[noTimestamps] = -Infinity;
  const last = written.at(-1);
  // What comes first counts as if a time had been before it.
  const wasPair = isTime(last) && (written.length < 2 || isTime(written.at(-2)));
  const wasTime = isTime(last);
  if (wasPair) logits.fill(-Infinity, firstTimestamp);
  else if (wasTime) logits.fill(-Infinity, 0, endToken);
  const latest = written.findLast(isTime);
  if (latest !== undefined) {
    // The time that ends some words may begin the next ones; else none comes twice.
    const least = wasTime && !wasPair ? latest : latest + 1;
    logits.fill(-Infinity, firstTimestamp, least);
  }
  if (written.length === 0) {
    logits.fill(-Infinity, 0, firstTimestamp);
    logits.fill(-Infinity, firstTimestamp + maxInitialTimestamp + 1);
  }
  if (timesAreLikelier(logits, firstTimestamp)) logits.fill(-Infinity, 0, firstTimestamp);
}

/** Whether the times together have more probability than the likeliest of the other tokens. */
function timesAreLikelier(logits: Float32Array, firstTimestamp: number): boolean {
  let likeliest = -Infinity;
  for (let token = 0; token < firstTimestamp; token++) if (logits[token]! > likeliest) likeliest = logits[token]!;
  let highest = -Infinity;
  for (let token = firstTimestamp; token < logits.length; token++)
    if (logits[token]! > highest) highest = logits[token]!;
  if (highest === -Infinity) return false;
  let sum = 0;
  for (let token = firstTimestamp; token < logits.length; token++) sum += Math.exp(logits[token]! - highest);
  return highest + Math.log(sum) > likeliest;
}
