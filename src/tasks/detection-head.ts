import { InferenceError, ManifestError } from '../errors.ts';
import type { ImageGeometry } from '../image-geometry.ts';
import type { DetectionStep, ObjectDetectionManifest } from '../manifest/index.ts';
import { readAnchors, type Anchors } from '../postprocess/anchors.ts';
import { cornersOf, scaled, type Candidate } from '../postprocess/candidate.ts';
import { readDetr, type Area } from '../postprocess/detr.ts';
import { likeliest } from '../postprocess/softmax.ts';
import { readYolo, yoloLayout } from '../postprocess/yolo.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { checkNumbers } from './check-numbers.ts';
import { findResult, numbersOf, resultOf } from './feeds.ts';
import type { TaskContext } from './task.ts';

/** The step that says how a detector gives its boxes. */
export type Head = Exclude<DetectionStep, { step: 'threshold' } | { step: 'nms' } | { step: 'top-k' }>;

type Context = Pick<TaskContext<ObjectDetectionManifest>, 'manifest'>;

interface Situation {
  readonly context: Context;
  readonly geometry: ImageGeometry;
  readonly anchors: Anchors | undefined;
  /** Whether the model knows where the image was padded. */
  readonly isMasked: boolean;
  /** The score that candidates are above. */
  readonly min: number;
}

/** Reads what a detector gave, as its head has it. */
export function readHead(head: Head, outputs: NamedTensors, situation: Situation): Candidate[] {
  switch (head.step) {
    case 'detr':
      return detr(head, outputs, situation);
    case 'yolo':
      return yolo(head, outputs, situation);
    case 'anchors':
      return anchored(head, outputs, situation);
    default:
      return own(head, outputs, situation);
  }
}

/**
 * Tells the head from what a detector gave, where its manifest says none.
 *
 * @throws {ManifestError} `task-unsupported` where that cannot be told.
 */
export function chooseHead(outputs: NamedTensors, { manifest }: Context): Head {
  const names = Object.keys(outputs);
  if (names.includes('logits') && names.includes('pred_boxes')) return { step: 'detr' };
  if (names.includes('detection_boxes')) return { step: 'boxes', format: 'yxyx', unit: 'relative' };
  const [only] = Object.values(outputs);
  if (names.length === 1 && only && yoloLayout(only.dims, manifest.labels.length, undefined)) return { step: 'yolo' };
  const shown = Object.entries(outputs).map(([name, { dims }]) => `${JSON.stringify(name)} [${dims.join(', ')}]`);
  throw new ManifestError(
    'task-unsupported',
    `It cannot be told how the model gives its boxes: it gave ${shown.join(', ')}. Say it under "postprocess" of inference.json: { "step": "detr" }, "yolo", "anchors" or "boxes".`,
  );
}

/** @throws {ManifestError} when the file of the anchors holds something else. */
export async function loadAnchors(
  step: Extract<Head, { step: 'anchors' }>,
  { readJson }: Pick<TaskContext, 'readJson'>,
): Promise<Anchors> {
  const { anchors } = await readJson(step.file);
  const isBox = (box: unknown): boolean =>
    Array.isArray(box) && box.length === 4 && box.every((value) => Number.isFinite(value));
  if (!(Array.isArray(anchors) && anchors.length > 0 && anchors.every(isBox))) {
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(step.file)} holds no anchors: it takes { "anchors": [[cx, cy, width, height], …] }, from 0 to 1 of the image.`,
    );
  }
  const [middle = 0.1, size = 0.2] = step.variances ?? [];
  return { boxes: anchors as number[][], variances: [middle, size] };
}

function detr({ scores }: Extract<Head, { step: 'detr' }>, outputs: NamedTensors, situation: Situation): Candidate[] {
  const { context, geometry, isMasked, min } = situation;
  const logits = resultOf(context, outputs, 'logits');
  const boxes = resultOf(context, outputs, 'pred_boxes', 'boxes');
  expect(logits.dims.length === 3 && sizeOf(boxes) === logits.dims[1]! * 4, 'logits and boxes of as many queries', {
    logits,
    boxes,
  });
  const { x, y } = geometry;
  const area: Area = isMasked
    ? { left: x.start, top: y.start, width: x.end - x.start, height: y.end - y.start }
    : { left: 0, top: 0, width: x.input, height: y.input };
  return readDetr(
    { values: checkNumbers(numbersOf(logits)), dims: logits.dims },
    checkNumbers(numbersOf(boxes)),
    area,
    min,
    scores ?? 'softmax',
  );
}

function yolo(
  { objectness }: Extract<Head, { step: 'yolo' }>,
  outputs: NamedTensors,
  situation: Situation,
): Candidate[] {
  const { context, min } = situation;
  const tensor = resultOf(context, outputs, 'output0', 'output', 'predictions');
  const layout = yoloLayout(tensor.dims, context.manifest.labels.length, objectness);
  if (!layout) {
    const { length } = context.manifest.labels;
    throw new ManifestError(
      'task-unsupported',
      `The model gave [${tensor.dims.join(', ')}], which is no YOLO head of ${length > 0 ? `${length} labels` : 'any labels'}: that is [1, 4 + labels, candidates] or [1, candidates, 5 + labels]. Check "labels" of inference.json.`,
    );
  }
  return readYolo(checkNumbers(numbersOf(tensor)), layout, min);
}

function anchored(head: Extract<Head, { step: 'anchors' }>, outputs: NamedTensors, situation: Situation): Candidate[] {
  const { context, geometry, anchors, min } = situation;
  const scores = resultOf(context, outputs, 'scores', 'logits', 'cls_logits');
  const boxes = resultOf(context, outputs, 'boxes', 'pred_boxes', 'bbox_regression');
  const labels = scores.dims.at(-1)!;
  const count = anchors!.boxes.length;
  expect(sizeOf(boxes) === count * 4 && sizeOf(scores) === count * labels, `scores and boxes of ${count} anchors`, {
    scores,
    boxes,
  });
  return readAnchors(
    { values: checkNumbers(numbersOf(scores)), labels, as: head.scores ?? 'softmax' },
    checkNumbers(numbersOf(boxes)),
    anchors!,
    head.background ?? true,
    { width: geometry.x.input, height: geometry.y.input },
    min,
  );
}

function own(head: Extract<Head, { step: 'boxes' }>, outputs: NamedTensors, situation: Situation): Candidate[] {
  const { context, geometry, min } = situation;
  const unit =
    head.unit === 'relative' ? { width: geometry.x.input, height: geometry.y.input } : { width: 1, height: 1 };
  return rowsOf(outputs, context).flatMap(({ box, label, score }) =>
    score > min ? [{ box: scaled(cornersOf(box, 0, head.format), unit), label, score }] : [],
  );
}

interface Row {
  readonly box: ArrayLike<number>;
  readonly label: number;
  readonly score: number;
}

/** A row a box, whichever way the model splits them. */
function rowsOf(outputs: NamedTensors, context: Context): Row[] {
  if (Object.keys(outputs).length === 1) {
    const tensor = resultOf(context, outputs, 'boxes');
    expect(tensor.dims.at(-1) === 6, 'rows of four numbers for a box, a score and a label', { tensor });
    const values = checkNumbers(numbersOf(tensor));
    return Array.from({ length: values.length / 6 }, (_, row) => {
      const [a, b, c, d, score, label] = Array.from(values.slice(row * 6, row * 6 + 6));
      return { box: [a!, b!, c!, d!], score: score!, label: label! };
    });
  }
  const boxes = resultOf(context, outputs, 'boxes', 'detection_boxes', 'bboxes', 'pred_boxes');
  const scores = resultOf(context, outputs, 'scores', 'detection_scores', 'confidences');
  const chosen = findResult(context, outputs, 'labels', 'detection_classes', 'classes', 'class_ids');
  const many = findResult(context, outputs, 'num_detections');
  const count = Math.min(sizeOf(boxes) / 4, many ? numbersOf(many)[0]! : Infinity);
  const perBox = sizeOf(scores) / (sizeOf(boxes) / 4);
  expect(
    sizeOf(boxes) === 0 || (Number.isInteger(perBox) && perBox > 0 && (!chosen || sizeOf(chosen) >= count)),
    'scores and labels for each of its boxes',
    { boxes, scores, ...(chosen && { labels: chosen }) },
  );
  const [corners, likely] = [checkNumbers(numbersOf(boxes)), checkNumbers(numbersOf(scores))];
  const named = chosen && numbersOf(chosen);
  return Array.from({ length: count }, (_, row) => {
    const perLabel = Array.from(likely.slice(row * perBox, (row + 1) * perBox));
    const best = likeliest(perLabel);
    return {
      box: corners.slice(row * 4, row * 4 + 4),
      score: perLabel[best]!,
      label: perBox > 1 || !named ? best : named[row]!,
    };
  });
}

function sizeOf({ dims }: Tensor): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function expect(holds: boolean, what: string, tensors: Record<string, Tensor>): void {
  if (holds) return;
  const shown = Object.entries(tensors).map(([name, { dims }]) => `${name} [${dims.join(', ')}]`);
  throw new InferenceError(
    'inference-failed',
    `The model was to give ${what}, and gave ${shown.join(', ')}. Check "postprocess" and "results" of inference.json.`,
  );
}
