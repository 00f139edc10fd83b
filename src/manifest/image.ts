import * as v from 'valibot';
import { count, finite, numbers, path, share, type BaseManifest } from './base.ts';
import { labels, scoreStep, type ScoreStep } from './score.ts';
import { embeddingStep, type EmbeddingStep } from './text.ts';

/**
 * From pixels to a tensor `[1, channels, height, width]`, or `[1, height, width, channels]` where the model has them last.
 * In the order given; those on pixels stand before those on numbers:
 *
 * - `grayscale`: one channel, `L = 0.299 R + 0.587 G + 0.114 B` in Pillow's fixed point.
 * - `reverse-channels`: BGR.
 * - `resize`: as Pillow resizes.
 * - `center-crop`: the middle; black around an image that is smaller.
 * - `pad`: to `width` × `height` with `color` around, the image in the middle (`floor(difference / 2)` of it on the left
 *   and above) or at the top left.
 * - `pad-to-multiple`: on the right and below, up to the next multiple of `of`, with `color` or with the image mirrored.
 * - `rescale`: `x * factor + offset`.
 * - `normalize`: `(x - mean_c) / std_c`, a number a channel, or one for all.
 *
 * A `pad` or `pad-to-multiple` with a color may also be the last of all, after those on numbers: its color is then a
 * number that the model is fed, as DETR pads with 0.
 */
export type ImageStep =
  | { readonly step: 'grayscale' }
  | { readonly step: 'reverse-channels' }
  | ResizeStep
  | { readonly step: 'center-crop'; readonly width: number; readonly height: number }
  | PadStep
  | PadToMultipleStep
  | { readonly step: 'rescale'; readonly factor: number; readonly offset?: number | undefined }
  | { readonly step: 'normalize'; readonly mean: readonly number[]; readonly std: readonly number[] };

export interface ResizeStep {
  readonly step: 'resize';
  readonly size: SizeRule;
  /** @default 'bilinear' */
  readonly filter?: ResizeFilter | undefined;
}

export interface PadStep {
  readonly step: 'pad';
  readonly width: number;
  readonly height: number;
  /** A value from 0 to 255 a channel, or one for all. @default [0] */
  readonly color?: readonly number[] | undefined;
  /** @default 'center' */
  readonly place?: 'center' | 'top-left' | undefined;
}

export interface PadToMultipleStep {
  readonly step: 'pad-to-multiple';
  readonly of: number;
  /** `symmetric`: the pixels next to the border, mirrored, that at the border too. @default 'color' */
  readonly mode?: 'color' | 'symmetric' | undefined;
  /** A value from 0 to 255 a channel, or one for all. @default [0] */
  readonly color?: readonly number[] | undefined;
  /** Whether a side that is a multiple already grows by `of` too, as in Swin2SR. @default false */
  readonly always?: boolean | undefined;
}

/** A resampling filter, by Pillow's name for it in lower case. */
export type ResizeFilter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

/**
 * A size in pixels: this one, whatever the image; the shorter side, the longer one keeping the ratio (with `multipleOf`,
 * both then go up to a multiple, as for MaskFormer); the longer side; as large as fits into a box; or the image's own
 * size, cut down to a multiple.
 */
export type SizeRule =
  | { readonly height: number; readonly width: number }
  | {
      readonly shortestEdge: number;
      readonly longestEdge?: number | undefined;
      readonly multipleOf?: number | undefined;
    }
  | { readonly longestEdge: number }
  | { readonly maxHeight: number; readonly maxWidth: number }
  | { readonly multipleOf: number };

/** Pixels of a side beyond which a model is not for images. */
export const maxSide = 8192;

const side: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(maxSide));

const imageStep: v.GenericSchema<unknown, ImageStep> = v.variant('step', [
  v.strictObject({ step: v.literal('grayscale') }),
  v.strictObject({ step: v.literal('reverse-channels') }),
  v.strictObject({
    step: v.literal('resize'),
    size: v.union([
      v.strictObject({ height: side, width: side }),
      v.strictObject({ shortestEdge: side, longestEdge: v.optional(side), multipleOf: v.optional(side) }),
      v.strictObject({ longestEdge: side }),
      v.strictObject({ maxHeight: side, maxWidth: side }),
      v.strictObject({ multipleOf: side }),
    ]),
    filter: v.optional(v.picklist(['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'])),
  }),
  v.strictObject({ step: v.literal('center-crop'), width: side, height: side }),
  v.strictObject({
    step: v.literal('pad'),
    width: side,
    height: side,
    color: v.optional(numbers),
    place: v.optional(v.picklist(['center', 'top-left'])),
  }),
  v.strictObject({
    step: v.literal('pad-to-multiple'),
    of: side,
    mode: v.optional(v.picklist(['color', 'symmetric'])),
    color: v.optional(numbers),
    always: v.optional(v.boolean()),
  }),
  v.strictObject({ step: v.literal('rescale'), factor: finite, offset: v.optional(finite) }),
  v.strictObject({ step: v.literal('normalize'), mean: numbers, std: numbers }),
]);

interface ImageManifest extends BaseManifest {
  /**
   * Undefined where nothing says what it is: then the image is resized to the model's own height and width, where it has
   * them, and values go from 0 to 1, or stay bytes where the model takes whole numbers.
   */
  readonly preprocess: readonly ImageStep[] | undefined;
}

export interface ImageClassificationManifest extends ImageManifest {
  readonly task: 'image-classification';
  readonly labels: readonly string[];
  readonly postprocess: readonly ScoreStep[];
}

export interface ImageFeatureExtractionManifest extends ImageManifest {
  readonly task: 'image-feature-extraction';
  readonly postprocess: readonly EmbeddingStep[];
}

export interface ObjectDetectionManifest extends ImageManifest {
  readonly task: 'object-detection';
  readonly labels: readonly string[];
  readonly postprocess: readonly DetectionStep[];
}

/**
 * From a detector's numbers to boxes. The first says what kind of head the model has:
 *
 * - `detr`: `logits [1, queries, labels + 1]` and `pred_boxes [1, queries, 4]` as centre and size, relative to the image
 *   (without its padding, where the model takes a `pixel_mask`). With `softmax` the last label is "nothing", and a query
 *   is one box; with `sigmoid` (Deformable DETR, RT-DETR) there is no such label, and a query is a box a label.
 * - `yolo`: one output of candidates, `[1, 4 + labels, candidates]` (v8 and later) or `[1, candidates, 5 + labels]`
 *   with an objectness (v5, v7), boxes as centre and size in pixels of the model's input; a candidate has its best label.
 * - `anchors`: `scores [1, anchors, labels]` and `boxes [1, anchors, 4]` as offsets from fixed anchors, as SSD and
 *   RetinaNet have them: `cx = x v_0 w_a + cx_a`, `w = w_a exp(v_1 w)`, likewise `cy` and `h`; an anchor is a box a label.
 * - `boxes`: the model's own `boxes [1, n, 4]` with `scores` `[1, n]` and `labels` `[1, n]`, or scores `[1, n, labels]`,
 *   or one output `[1, n, 6]` of box, score and label.
 *
 * Then `threshold` leaves out what is not above `min` (0.5 where nothing is said), `nms` what overlaps a better one of
 * its label, and `top-k` keeps `k`. Boxes come out in pixels of the original image, cut to it, the likeliest first.
 */
export type DetectionStep =
  | {
      readonly step: 'detr';
      /** @default 'softmax' */
      readonly scores?: 'softmax' | 'sigmoid' | undefined;
    }
  | {
      readonly step: 'yolo';
      /** Whether the fifth number is an objectness, by which scores are multiplied. @default by the shape */
      readonly objectness?: boolean | undefined;
    }
  | AnchorsStep
  | {
      readonly step: 'boxes';
      readonly format: 'xyxy' | 'yxyx' | 'cxcywh' | 'xywh';
      /** `relative` to the model's input, from 0 to 1, or in its `pixels`. */
      readonly unit: 'relative' | 'pixels';
    }
  | { readonly step: 'threshold'; readonly min: number }
  | {
      readonly step: 'nms';
      /** Intersection over union above which two boxes are the same thing. */
      readonly iou: number;
      /** Whether boxes of different labels suppress each other. @default false */
      readonly acrossLabels?: boolean | undefined;
    }
  | { readonly step: 'top-k'; readonly k: number };

export interface AnchorsStep {
  readonly step: 'anchors';
  /** Path of a JSON file `{ "anchors": [[cx, cy, w, h], …] }`, relative to the image from 0 to 1. */
  readonly file: string;
  /** By which the offsets of centre and size were multiplied. @default [0.1, 0.2] */
  readonly variances?: readonly number[] | undefined;
  /** Whether the first label is the background. @default true */
  readonly background?: boolean | undefined;
  /** @default 'softmax' */
  readonly scores?: 'softmax' | 'sigmoid' | 'none' | undefined;
}

const detectionStep: v.GenericSchema<unknown, DetectionStep> = v.variant('step', [
  v.strictObject({ step: v.literal('detr'), scores: v.optional(v.picklist(['softmax', 'sigmoid'])) }),
  v.strictObject({ step: v.literal('yolo'), objectness: v.optional(v.boolean()) }),
  v.strictObject({
    step: v.literal('anchors'),
    file: path,
    variances: v.optional(v.pipe(v.array(finite), v.length(2))),
    background: v.optional(v.boolean()),
    scores: v.optional(v.picklist(['softmax', 'sigmoid', 'none'])),
  }),
  v.strictObject({
    step: v.literal('boxes'),
    format: v.picklist(['xyxy', 'yxyx', 'cxcywh', 'xywh']),
    unit: v.picklist(['relative', 'pixels']),
  }),
  v.strictObject({ step: v.literal('threshold'), min: finite }),
  v.strictObject({ step: v.literal('nms'), iou: share, acrossLabels: v.optional(v.boolean()) }),
  v.strictObject({ step: v.literal('top-k'), k: count }),
]);

export interface ImageSegmentationManifest extends ImageManifest {
  readonly task: 'image-segmentation';
  readonly labels: readonly string[];
  readonly postprocess: readonly SegmentationStep[];
}

/**
 * From a segmenter's numbers to masks, at the original's size. One of:
 *
 * - `semantic`: logits `[1, labels, height, width]`, resized bilinearly (PyTorch's `interpolate`, `align_corners=False`);
 *   each pixel has its likeliest label. Whole numbers `[1, height, width]` are labels themselves, resized to the nearest.
 * - `foreground`: one channel, resized likewise; a pixel belongs where its probability is above `min`.
 * - `instances`: queries with a mask and a label each (MaskFormer, DETR), as `post_process_panoptic_segmentation` of
 *   Transformers puts them together: a pixel belongs to the query with the highest score times mask.
 *
 * What the model did not see, as it was cropped away, belongs to no mask.
 */
export type SegmentationStep = { readonly step: 'semantic' } | ForegroundStep | InstancesStep;

export interface ForegroundStep {
  readonly step: 'foreground';
  /** Whether the model gives logits: `1 / (1 + exp(-x))` makes them probabilities. @default true */
  readonly sigmoid?: boolean | undefined;
  /** @default 0.5 */
  readonly min?: number | undefined;
}

export interface InstancesStep {
  readonly step: 'instances';
  /** The score above which a query counts. @default 0.5 */
  readonly min?: number | undefined;
  /** The score times mask from which a pixel counts into a query's own area. @default 0.5 */
  readonly maskMin?: number | undefined;
  /** How much of its own area a query must keep from the others, at least. @default 0.8 */
  readonly overlapMin?: number | undefined;
  /** Labels, by number, whose instances are one segment: sky, grass. @default none */
  readonly fuse?: readonly number[] | undefined;
}

const segmentationStep: v.GenericSchema<unknown, SegmentationStep> = v.variant('step', [
  v.strictObject({ step: v.literal('semantic') }),
  v.strictObject({ step: v.literal('foreground'), sigmoid: v.optional(v.boolean()), min: v.optional(share) }),
  v.strictObject({
    step: v.literal('instances'),
    min: v.optional(share),
    maskMin: v.optional(share),
    overlapMin: v.optional(share),
    fuse: v.optional(v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))),
  }),
]);

export interface ImageToImageManifest extends ImageManifest {
  readonly task: 'image-to-image';
  readonly postprocess: readonly PixelStep[];
}

/**
 * From the model's tensor `[1, channels, height, width]` to values of 0 to 255: `rescale` is `x * factor + offset`,
 * `denormalize` is `x * std_c + mean_c`, a number a channel, or one for all. What passes the borders is cut, and the rest
 * rounded to the nearest, ties to even.
 */
export type PixelStep =
  | { readonly step: 'rescale'; readonly factor: number; readonly offset?: number | undefined }
  | { readonly step: 'denormalize'; readonly mean: readonly number[]; readonly std: readonly number[] };

const pixelStep: v.GenericSchema<unknown, PixelStep> = v.variant('step', [
  v.strictObject({ step: v.literal('rescale'), factor: finite, offset: v.optional(finite) }),
  v.strictObject({ step: v.literal('denormalize'), mean: numbers, std: numbers }),
]);

export type ImageTaskManifest =
  | ImageClassificationManifest
  | ImageFeatureExtractionManifest
  | ObjectDetectionManifest
  | ImageSegmentationManifest
  | ImageToImageManifest;

const preprocess = v.optional(v.array(imageStep));

/** What `inference.json` may say beside what every task may. */
export const imageFields: Readonly<Record<ImageTaskManifest['task'], v.ObjectEntries>> = {
  'image-classification': { preprocess, labels: v.optional(labels), postprocess: v.optional(v.array(scoreStep)) },
  'image-feature-extraction': { preprocess, postprocess: v.optional(v.array(embeddingStep)) },
  'object-detection': { preprocess, labels: v.optional(labels), postprocess: v.optional(v.array(detectionStep)) },
  'image-segmentation': { preprocess, labels: v.optional(labels), postprocess: v.optional(v.array(segmentationStep)) },
  'image-to-image': { preprocess, postprocess: v.optional(v.array(pixelStep)) },
};
