import { InputError } from '../errors.ts';
import type { AudioStep, AudioTaskManifest } from '../manifest/index.ts';
import { checkSamples } from '../preprocess/audio-input.ts';
import { audioRate } from '../preprocess/audio-rate.ts';
import { audioTensor } from '../preprocess/audio-tensor.ts';
import type { TensorInfo } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { createFeeder, inputFor } from './feeds.ts';
import type { TaskContext } from './task.ts';

/** What a model for sound is fed for one input. */
export interface AudioFeeds {
  readonly feeds: NamedTensors;
  /** Of what the model is fed, padding too, at `rate`. */
  readonly samples: number;
  /** Samples a second. */
  readonly rate: number;
}

/**
 * Makes what turns sound into a model's inputs, by the steps of the manifest. The tensor of the sound gets a dimension
 * of 1 where the model has one more than it: a channel.
 *
 * @throws {ManifestError} when steps cannot follow each other, or the model wants something else than sound.
 */
export function createAudioFeeds(
  context: TaskContext<AudioTaskManifest>,
): (value: unknown, signal: AbortSignal) => Promise<AudioFeeds> {
  const { manifest, media } = context;
  const rate = audioRate(manifest.preprocess);
  const sound = soundRole(manifest.preprocess);
  // Some models have their spectrogram under the name that others have their samples under.
  const other = sound === 'input_values' ? 'input_features' : 'input_values';
  const feed = createFeeder(context, [sound, other, 'attention_mask'], 'sound');
  const hasState = Object.values(manifest.feeds).some((feeds) => typeof feeds === 'object' && 'state' in feeds);
  const input = inputFor(context, sound) ?? inputFor(context, other);
  return async (value, signal) => {
    const recorded = await media.readAudio(value, 'audio', rate, signal);
    checkSamples(recorded, 'audio');
    const { byRole, samples } = audioTensor(recorded, manifest.preprocess);
    if (!hasState && sound === 'input_values') checkLength(samples, rate);
    const tensor = withChannel(byRole[sound]!, input);
    if (input) checkShape(tensor, input);
    return { feeds: feed({ ...byRole, [sound]: tensor, [other]: tensor }), samples, rate };
  };
}

function soundRole(steps: readonly AudioStep[]): 'input_values' | 'input_features' {
  return steps.some(({ step }) => step === 'log-mel' || step === 'fbank' || step === 'mfcc')
    ? 'input_features'
    : 'input_values';
}

/** Seconds of which no model hears anything; the strides of some have no room in them. */
const shortest = 0.01;

/** @throws {InputError} on `audio`. A model with a state may be given sound in pieces of any length. */
function checkLength(samples: number, rate: number): void {
  if (samples >= shortest * rate) return;
  throw new InputError(
    'audio',
    `The audio is too short: ${samples} samples at ${rate} Hz are less than ${shortest * 1000} ms. Record more of it.`,
  );
}

/** The channel stands last where the model has a 1 there, else after the batch. */
function withChannel(tensor: Tensor, input: TensorInfo | undefined): Tensor {
  const { dims } = tensor;
  if (input?.shape.length !== dims.length + 1) return tensor;
  return { ...tensor, dims: input.shape.at(-1) === 1 ? [...dims, 1] : [1, 1, ...dims.slice(1)] };
}

function checkShape({ dims }: Tensor, { name, shape }: TensorInfo): void {
  const fits = dims.length === shape.length && shape.every((dim, axis) => !(Number(dim) > 0) || dim === dims[axis]);
  if (fits) return;
  throw new InputError(
    'audio',
    `The audio becomes a tensor [${dims.join(', ')}], and the model takes [${shape.join(', ')}] as ${JSON.stringify(name)}. If all its sound has one length, say so under "preprocess" of inference.json: { "step": "pad-or-trim", "samples": … }.`,
  );
}
