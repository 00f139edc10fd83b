import { castTensor } from '../cast-tensor.ts';
import { InferenceError } from '../errors.ts';
import type { Session } from '../runtime/session.ts';
import type { Tensor } from '../tensor.ts';
import type { CacheSlot, DecoderLayout } from './decoder-layout.ts';
import { emptyCache, KvCache } from './kv-cache.ts';

/** The tokens of one step: as many for each row. */
export interface DecoderStep {
  readonly rows: readonly (readonly number[])[];
  /** What was computed before; undefined at the start. The step leaves it as it is. */
  readonly cache: KvCache | undefined;
  /** For each row, the slots in front of the cache that hold nothing. @default none */
  readonly padding?: readonly number[];
  /** What the encoder gave of the input, where there is one. */
  readonly encoded?: Encoded | undefined;
}

/** The encoder's states of an input, and which of its tokens count. */
export interface Encoded {
  /** `[batch, tokens, size]` */
  readonly states: Tensor;
  /** `[batch, tokens]`; undefined where all of them count. */
  readonly mask?: Tensor | undefined;
}

/** What a step gave. */
export interface DecoderStepResult {
  /** Of the last token of each row: the vocabulary's logits. They are the caller's, and gone at the next step. */
  readonly logits: readonly Float32Array[];
  /** With the step's tokens in it. */
  readonly cache: KvCache;
}

/** Runs a decoder step by step. Caches go in and out; it keeps none. */
export class Decoder {
  readonly #session: Pick<Session, 'runKeeping'>;
  readonly #layout: DecoderLayout;

  constructor(session: Pick<Session, 'runKeeping'>, layout: DecoderLayout) {
    this.#session = session;
    this.#layout = layout;
  }

  /** False where each step computes all tokens anew. */
  get hasCache(): boolean {
    return this.#layout.slots.length > 0;
  }

  get slots(): readonly CacheSlot[] {
    return this.#layout.slots;
  }

  /** Whether rows of unlike length can be in one step: those in front of the shorter ones must be left out of it. */
  get canPad(): boolean {
    const { attentionMask, positionIds } = this.#layout;
    return this.hasCache && attentionMask !== undefined && positionIds !== undefined;
  }

  /** @throws {InferenceError} when the model fails, or gives something else than logits. */
  async run({ rows, cache, padding, encoded }: DecoderStep, signal: AbortSignal): Promise<DecoderStepResult> {
    const layout = this.#layout;
    const count = rows.length;
    const width = rows[0]!.length;
    const before = cache?.length ?? 0;
    const past = cache ?? emptyCache(layout.slots, count);
    const dims = [count, width];
    const feeds: Record<string, Tensor | KvCache['tensors'][string]> = { ...past.tensors };
    const whole = (
      name: string,
      type: Tensor['type'] | undefined,
      data: BigInt64Array,
      size: readonly number[],
    ): void => {
      feeds[name] = castTensor({ type: 'int64', data, dims: size }, type);
    };
    whole(layout.inputIds.name, layout.inputIds.type, idsOf(rows, width), dims);
    const { attentionMask, positionIds, cachePosition, useCacheBranch, logitsToKeep } = layout;
    const { encoderHiddenStates, encoderAttentionMask } = layout;
    if (attentionMask) {
      const total = before + width;
      whole(attentionMask.name, attentionMask.type, maskOf(count, total, padding), [count, total]);
    }
    if (positionIds) whole(positionIds.name, positionIds.type, positionsOf(count, width, before, padding), dims);
    if (cachePosition) {
      whole(cachePosition.name, cachePosition.type, positionsOf(1, width, before, undefined), [width]);
    }
    if (useCacheBranch) {
      feeds[useCacheBranch.name] = { type: 'bool', data: Uint8Array.of(before > 0 ? 1 : 0), dims: [1] };
    }
    if (logitsToKeep) {
      whole(logitsToKeep.name, logitsToKeep.type, BigInt64Array.of(1n), logitsToKeep.shape.length === 0 ? [] : [1]);
    }
    if (encoderHiddenStates && encoded) {
      feeds[encoderHiddenStates.name] = castTensor(encoded.states, encoderHiddenStates.type);
    }
    if (encoderAttentionMask && encoded?.mask) {
      feeds[encoderAttentionMask.name] = castTensor(encoded.mask, encoderAttentionMask.type);
    }
    const outputs = await this.#session.runKeeping(feeds, signal);
    const tensors: Record<string, Tensor | KvCache['tensors'][string]> = {};
    for (const slot of layout.slots) {
      // Of the encoder's tokens a merged export computes them at its first step, and gives nothing later on.
      const isOld = slot.isCross && before > 0;
      tensors[slot.past] = isOld ? past.tensors[slot.past]! : outputs[slot.present]!;
    }
    const logits = outputs[layout.logits];
    return {
      logits: lastLogits(logits && 'read' in logits ? await logits.read() : logits, count),
      cache: new KvCache(count, before + width, tensors),
    };
  }
}

function idsOf(rows: readonly (readonly number[])[], width: number): BigInt64Array {
  const ids = new BigInt64Array(rows.length * width);
  for (const [row, tokens] of rows.entries()) for (let i = 0; i < width; i++) ids[row * width + i] = BigInt(tokens[i]!);
  return ids;
}

let ones = new BigInt64Array(1024).fill(1n);

function maskOf(rows: number, total: number, padding: readonly number[] | undefined): BigInt64Array {
  if (ones.length < rows * total) ones = new BigInt64Array(2 * rows * total).fill(1n);
  if (!padding?.some((slots) => slots > 0)) return ones.subarray(0, rows * total);
  const mask = ones.slice(0, rows * total);
  for (const [row, slots] of padding.entries()) mask.fill(0n, row * total, row * total + slots);
  return mask;
}

function positionsOf(
  rows: number,
  width: number,
  before: number,
  padding: readonly number[] | undefined,
): BigInt64Array {
  const positions = new BigInt64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const first = before - (padding?.[row] ?? 0);
    for (let i = 0; i < width; i++) positions[row * width + i] = BigInt(first + i);
  }
  return positions;
}

/** @param logits `[rows, tokens, vocabulary]`, of all tokens or of the last one */
function lastLogits(logits: Tensor | undefined, rows: number): Float32Array[] {
  const [count, width = 0, vocabulary = 0] = logits?.dims ?? [];
  if (!logits || logits.dims.length !== 3 || count !== rows || width === 0) {
    throw new InferenceError(
      'inference-failed',
      `The model gave logits [${logits?.dims.join(', ')}] where [${rows}, tokens, vocabulary] is wanted. Name the right output under "results" of inference.json: { "logits": "…" }.`,
    );
  }
  const at = (row: number): number => (row * width + width - 1) * vocabulary;
  return Array.from({ length: rows }, (_, row) => {
    const last = (logits.data as Float32Array).subarray(at(row), at(row) + vocabulary);
    if (logits.type === 'float32') return last;
    return castTensor({ type: logits.type, data: last, dims: [vocabulary] }, 'float32').data as Float32Array;
  });
}
