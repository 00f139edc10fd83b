import { InferenceError } from '../errors.ts';
import type { ImageGeometry } from '../image-geometry.ts';
import type { ImageSegmentationManifest, SegmentationStep } from '../manifest/index.ts';
import { instanceMasks } from '../postprocess/instances.ts';
import { foregroundMask, labelMasks, semanticMasks, type LabelledMask, type Mask } from '../postprocess/masks.ts';
import type { WorkerImage } from '../preprocess/browser-media.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { numbersOf, resultOf } from './feeds.ts';
import { createImageReader } from './image-input.ts';
import type { Task, TaskContext } from './task.ts';
import { checkThreshold, type ThresholdOptions } from './threshold.ts';

/** What a segmentation answers. */
export interface Segmentation {
  /** In the order of the labels; instances in that of the model's queries. */
  segments: Segment[];
}

/** The pixels of one label, or of one thing. */
export interface Segment {
  label: string;
  /** Null where the model gives none: each pixel has the likeliest label. */
  score: number | null;
  /** Of the original image's size. */
  mask: Mask;
}

type Context = TaskContext<ImageSegmentationManifest>;

export function imageSegmentation(context: Context): Task<WorkerImage, ThresholdOptions, Segmentation> {
  const read = createImageReader(context);
  const { manifest } = context;
  return {
    async prepare(image, options, signal) {
      checkThreshold(options);
      const { record, geometry } = await read(image, signal);
      return {
        records: [record],
        finish: ([outputs]) => {
          const step = manifest.postprocess[0] ?? chooseStep(outputs!, context);
          const masks = masksOf(step, outputs!, geometry, options, context);
          return { segments: masks.map((mask) => segmentOf(mask, step, manifest.labels)) };
        },
      };
    },
    transfer: ({ segments }) => segments.map(({ mask }) => mask.data.buffer as ArrayBuffer),
  };
}

function segmentOf(
  { label, score, mask }: LabelledMask,
  { step }: SegmentationStep,
  labels: readonly string[],
): Segment {
  const otherwise = step === 'foreground' ? 'foreground' : `LABEL_${label}`;
  return { label: labels[label] ?? otherwise, score: score ?? null, mask };
}

const maskNames = ['pred_masks', 'masks_queries_logits'] as const;

/** Tells from what a segmenter gave how it means it, where its manifest does not say. */
function chooseStep(outputs: NamedTensors, context: Context): SegmentationStep {
  if (maskNames.some((name) => outputs[name])) return { step: 'instances' };
  const tensor = mapOf(outputs, context);
  const isOne = tensor.dims.length === 4 && channelsOf(tensor, context).count === 1;
  return isOne && !isWhole(tensor) ? { step: 'foreground' } : { step: 'semantic' };
}

function masksOf(
  step: SegmentationStep,
  outputs: NamedTensors,
  geometry: ImageGeometry,
  { threshold }: ThresholdOptions,
  context: Context,
): LabelledMask[] {
  if (step.step === 'instances') {
    const { min = 0.5, maskMin = 0.5, overlapMin = 0.8, fuse = [] } = step;
    const rules = { min: threshold ?? min, maskMin, overlapMin, fuse };
    const logits = resultOf(context, outputs, 'class_queries_logits', 'logits');
    const masks = resultOf(context, outputs, ...maskNames, 'masks');
    const [height, width] = masks.dims.slice(-2) as [number, number];
    if (logits.dims.length !== 3 || masks.dims.length !== 4 || logits.dims[1] !== masks.dims[1])
      throw unexpected('logits [1, queries, labels + 1] and masks [1, queries, height, width]', logits, masks);
    const scored = { values: checkNumbers(numbersOf(logits)), labels: logits.dims[2]! };
    return instanceMasks(scored, checkNumbers(numbersOf(masks)), { width, height }, geometry, rules);
  }
  const tensor = mapOf(outputs, context);
  if (step.step === 'semantic' && isWhole(tensor)) {
    const [height, width] = tensor.dims.filter((dim, axis) => axis >= tensor.dims.length - 2 || dim !== 1) as [
      number,
      number,
    ];
    if (height * width !== tensor.data.length) throw unexpected('labels [1, height, width]', tensor);
    return labelMasks(numbersOf(tensor), { width, height }, geometry);
  }
  const { count, width, height, channel } = channelsOf(tensor, context);
  if (step.step === 'semantic')
    return semanticMasks(
      Array.from({ length: count }, (_, index) => channel(index)),
      { width, height },
      geometry,
    );
  if (count !== 1) throw unexpected('one channel [1, 1, height, width]', tensor);
  const rules = { isLogit: step.sigmoid ?? true, min: threshold ?? step.min ?? 0.5 };
  return [{ label: 0, mask: foregroundMask(channel(0), { width, height }, geometry, rules) }];
}

function mapOf(outputs: NamedTensors, { manifest }: Context): Tensor {
  return resultOf({ manifest }, outputs, 'logits', 'masks', 'segmentation', 'output');
}

/** Whether a tensor holds labels, and no numbers to choose between them by. */
function isWhole({ type }: Tensor): boolean {
  return type !== 'float32' && type !== 'float16' && type !== 'float64';
}

interface Channels {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  channel(index: number): { values: ArrayLike<number>; start: number; stride: number };
}

/** `[1, channels, height, width]`; channels stand last where only that agrees with the number of labels. */
function channelsOf(tensor: Tensor, { manifest }: Context): Channels {
  const { dims } = tensor;
  const [, first, second, last] =
    dims.length === 3 ? [1, 1, dims[1]!, dims[2]!] : (dims as [number, number, number, number]);
  if (dims[0] !== 1 || !(dims.length === 3 || dims.length === 4))
    throw unexpected('[1, labels, height, width]', tensor);
  const values = checkNumbers(numbersOf(tensor));
  const labels = manifest.labels.length;
  if (first !== labels && (last === labels || (last === 1 && first !== 1)))
    return { count: last, width: second, height: first, channel: (start) => ({ values, start, stride: last }) };
  return {
    count: first,
    width: last,
    height: second,
    channel: (index) => ({ values, start: index * second * last, stride: 1 }),
  };
}

function unexpected(what: string, ...tensors: Tensor[]): InferenceError {
  const shown = tensors.map(({ dims }) => `[${dims.join(', ')}]`).join(' and ');
  return new InferenceError(
    'inference-failed',
    `The model was to give ${what}, and gave ${shown}. Check "postprocess" and "results" of inference.json.`,
  );
}
