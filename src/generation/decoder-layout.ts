import { ManifestError } from '../errors.ts';
import type { Feed } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { DataType } from '../tensor.ts';

/** What a decoder is fed at each step, and where its key-value cache goes in and comes out. */
export interface DecoderLayout {
  readonly inputIds: TensorInfo;
  readonly attentionMask: TensorInfo | undefined;
  readonly positionIds: TensorInfo | undefined;
  /** Where in the cache the step's tokens go: one number a token, the same for all rows. */
  readonly cachePosition: TensorInfo | undefined;
  /** Of merged exports: whether this run goes on with a cache. */
  readonly useCacheBranch: TensorInfo | undefined;
  /** How many of the last positions are wanted logits of. */
  readonly logitsToKeep: TensorInfo | undefined;
  readonly encoderHiddenStates: TensorInfo | undefined;
  readonly encoderAttentionMask: TensorInfo | undefined;
  /** The name of the output `[batch, tokens, vocabulary]`. */
  readonly logits: string;
  /** One for each tensor of the cache; none where all tokens are computed at each step. */
  readonly slots: readonly CacheSlot[];
}

/** One tensor of the key-value cache: what goes in as `past`, and comes out longer as `present`. */
export interface CacheSlot {
  readonly past: string;
  readonly present: string;
  readonly type: DataType;
  /** Its shape; -1 where it is the batch, or the length. */
  readonly dims: readonly number[];
  readonly batchAxis: number;
  readonly lengthAxis: number;
  /** Whether it is of the encoder's tokens: computed at the first step, and the same from then on. */
  readonly isCross: boolean;
}

/**
 * Tells a decoder's layout from the names and shapes of what it takes and gives: `past_key_values.0.key` and
 * `present.0.key` as Optimum and `onnx-community` export them, with the encoder's in between (`.encoder.key`); a cache of
 * keys and values in one (`past_0`, `present_0`), as ONNX Runtime's own tools do; or none at all.
 *
 * Source: `OnnxConfigWithPast` of huggingface/optimum; `genai_config.json` of microsoft/onnxruntime-genai.
 *
 * @param feeds which input plays which role, where it has a name of its own
 * @throws {ManifestError} `task-unsupported` that names what is not known.
 */
export function readDecoderLayout(
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
  { feeds, results }: { feeds: Readonly<Record<string, Feed>>; results: Readonly<Record<string, string>> },
): DecoderLayout {
  const roles = new Map<string, TensorInfo>();
  const slots: CacheSlot[] = [];
  for (const input of inputs) {
    const feed = feeds[input.name];
    const role = typeof feed === 'string' ? feed : input.name;
    if (role.startsWith('past')) slots.push(readSlot(input, outputs));
    else if (known.has(role)) roles.set(role, input);
    else {
      throw unsupported(
        `its input ${JSON.stringify(input.name)} is none of ${[...known].join(', ')} and past_key_values. Name its role under "feeds" of inference.json, or export the model with its text-generation task.`,
      );
    }
  }
  const inputIds = roles.get('input_ids') ?? roles.get('decoder_input_ids');
  if (!inputIds) throw unsupported('it takes no "input_ids". Export it with its text-generation task.');
  const logits = results['logits'] ?? outputs.find(({ name }) => name.endsWith('logits'))?.name;
  if (logits === undefined || !outputs.some(({ name }) => name === logits)) {
    throw unsupported('none of its outputs is "logits". Name it under "results" of inference.json.');
  }
  return {
    inputIds,
    attentionMask: roles.get('attention_mask') ?? roles.get('decoder_attention_mask'),
    positionIds: roles.get('position_ids'),
    cachePosition: roles.get('cache_position'),
    useCacheBranch: roles.get('use_cache_branch'),
    logitsToKeep: roles.get('num_logits_to_keep') ?? roles.get('logits_to_keep'),
    encoderHiddenStates: roles.get('encoder_hidden_states'),
    encoderAttentionMask: roles.get('encoder_attention_mask'),
    logits,
    slots,
  };
}

const known: ReadonlySet<string> = new Set([
  'input_ids',
  'decoder_input_ids',
  'attention_mask',
  'decoder_attention_mask',
  'position_ids',
  'cache_position',
  'use_cache_branch',
  'num_logits_to_keep',
  'logits_to_keep',
  'encoder_hidden_states',
  'encoder_attention_mask',
]);

function readSlot({ name, type, shape }: TensorInfo, outputs: readonly TensorInfo[]): CacheSlot {
  const rest = name.replace(/^past(_key_values)?/, '');
  const present = [`present${rest}`, `present_key_values${rest}`].find((one) =>
    outputs.some((output) => output.name === one),
  );
  if (!present)
    throw unsupported(`none of its outputs goes on with ${JSON.stringify(name)}, as "present${rest}" would`);
  const named = (pattern: RegExp): number => shape.findIndex((dim) => typeof dim === 'string' && pattern.test(dim));
  const isFused = shape.length === 5;
  const batchAxis = named(/batch/i) >= 0 ? named(/batch/i) : isFused ? 1 : 0;
  const lengthAxis = named(/seq|len|past/i) >= 0 ? named(/seq|len|past/i) : shape.length - 2;
  const dims = shape.map((dim, axis) => (axis === batchAxis || axis === lengthAxis ? -1 : dim));
  const isOpen = dims.some((dim) => typeof dim !== 'number');
  if (type === undefined || type === 'string' || isOpen || batchAxis >= lengthAxis) {
    throw unsupported(
      `its cache ${JSON.stringify(name)} is ${type} [${shape.join(', ')}], and not numbers of the shape [batch, heads, tokens, size] with the heads and the size given`,
    );
  }
  return { past: name, present, type, dims: dims as number[], batchAxis, lengthAxis, isCross: /encoder/.test(name) };
}

function unsupported(reason: string): ManifestError {
  return new ManifestError('task-unsupported', `The model cannot generate text: ${reason}.`.replace(/\.\.$/, '.'));
}
