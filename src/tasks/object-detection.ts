import { ManifestError } from '../errors.ts';
import { toOriginal, type ImageGeometry } from '../image-geometry.ts';
import type { DetectionStep, ObjectDetectionManifest } from '../manifest/index.ts';
import type { Anchors } from '../postprocess/anchors.ts';
import { bestFirst, type Candidate } from '../postprocess/candidate.ts';
import { nms } from '../postprocess/nms.ts';
import type { WorkerImage } from '../preprocess/browser-media.ts';
import type { NamedTensors } from '../tensor.ts';
import { checkTopK } from './classify.ts';
import { chooseHead, loadAnchors, readHead, type Head } from './detection-head.ts';
import { createImageReader, maskInput } from './image-input.ts';
import type { Task, TaskContext } from './task.ts';
import { checkThreshold, type ThresholdOptions } from './threshold.ts';

/** What a call may ask of a detection. */
export interface DetectionOptions extends ThresholdOptions {
  /** How many objects to give, the likeliest first. @default all */
  topK?: number;
}

/** What a detection answers. */
export interface Detection {
  /** The likeliest first. */
  objects: DetectedObject[];
}

/** One object, and where in the image it is. */
export interface DetectedObject {
  label: string;
  score: number;
  /** In pixels of the original image; `xmax` and `ymax` are just outside of the object. */
  box: { xmin: number; ymin: number; xmax: number; ymax: number };
}

type Context = TaskContext<ObjectDetectionManifest>;

export async function objectDetection(context: Context): Promise<Task<WorkerImage, DetectionOptions, Detection>> {
  const read = createImageReader(context);
  const { manifest } = context;
  const stated = manifest.postprocess.find(isHead);
  const second = manifest.postprocess.findIndex((step) => isHead(step) && step !== stated);
  if (second !== -1) throw secondHead(second);
  const anchors = stated?.step === 'anchors' ? await loadAnchors(stated, context) : undefined;
  return {
    async prepare(image, options, signal) {
      checkThreshold(options);
      checkTopK(options);
      const { record, geometry } = await read(image, signal);
      return {
        records: [record],
        finish: ([outputs]) => {
          const found = candidatesOf(outputs!, stated, anchors, geometry, options, context);
          return { objects: found.flatMap((candidate) => objectOf(candidate, geometry, manifest.labels)) };
        },
      };
    },
  };
}

function secondHead(index: number): ManifestError {
  return new ManifestError(
    'file-invalid',
    `postprocess[${index}] of inference.json is a second step that says how the model gives its boxes. Leave one of them.`,
  );
}

function isHead(step: DetectionStep): step is Head {
  return step.step !== 'threshold' && step.step !== 'nms' && step.step !== 'top-k';
}

function candidatesOf(
  outputs: NamedTensors,
  stated: Head | undefined,
  anchors: Anchors | undefined,
  geometry: ImageGeometry,
  options: DetectionOptions,
  context: Context,
): Candidate[] {
  const { manifest } = context;
  const { head, steps } = stated
    ? { head: stated, steps: manifest.postprocess }
    : withDefaults(chooseHead(outputs, context), manifest.postprocess);
  const threshold = steps.find((step) => step.step === 'threshold');
  const min = options.threshold ?? threshold?.min ?? 0.5;
  const isMasked = maskInput(context) !== undefined;
  let candidates = bestFirst(readHead(head, outputs, { context, geometry, anchors, isMasked, min }));
  for (const step of steps) {
    if (step.step === 'nms') candidates = nms(candidates.slice(0, maxCandidates), step.iou, step.acrossLabels ?? false);
    else if (step.step === 'top-k' && options.topK === undefined) candidates = candidates.slice(0, step.k);
  }
  return candidates.slice(0, options.topK);
}

/** Boxes that are compared with each other, the likeliest; `max_nms` of Ultralytics. */
const maxCandidates = 30_000;

/** A YOLO head without a word about it says each object many times over. */
function withDefaults(head: Head, steps: readonly DetectionStep[]): { head: Head; steps: readonly DetectionStep[] } {
  const suppresses = head.step === 'yolo' && !steps.some(({ step }) => step === 'nms');
  return { head, steps: suppresses ? [...steps, { step: 'nms', iou: 0.45 }] : steps };
}

/** Nothing where no pixel of the box lies in the image. */
function objectOf(
  { box: [x1, y1, x2, y2], label, score }: Candidate,
  { x, y }: ImageGeometry,
  labels: readonly string[],
): DetectedObject[] {
  const box = {
    xmin: toOriginal(x, x1),
    ymin: toOriginal(y, y1),
    xmax: toOriginal(x, x2),
    ymax: toOriginal(y, y2),
  };
  if (!(box.xmax > box.xmin && box.ymax > box.ymin)) return [];
  return [{ label: labels[label] ?? `LABEL_${label}`, score, box }];
}
