import type { ModelManifest, TaskName } from '../manifest/index.ts';
import { audioClassification } from './audio-classification.ts';
import { automaticSpeechRecognition } from './automatic-speech-recognition.ts';
import { featureExtraction } from './feature-extraction.ts';
import { fillMask } from './fill-mask.ts';
import { imageClassification } from './image-classification.ts';
import { imageFeatureExtraction } from './image-feature-extraction.ts';
import { imageSegmentation } from './image-segmentation.ts';
import { imageToImage } from './image-to-image.ts';
import { objectDetection } from './object-detection.ts';
import { questionAnswering } from './question-answering.ts';
import { reranking } from './reranking.ts';
import { tabularClassification } from './tabular-classification.ts';
import { tabularRegression } from './tabular-regression.ts';
import type { Task, TaskContext } from './task.ts';
import { tensorTask } from './tensor.ts';
import { textClassification } from './text-classification.ts';
import { textSimilarity } from './text-similarity.ts';
import { tokenClassification } from './token-classification.ts';
import { zeroShotClassification } from './zero-shot-classification.ts';

export type { Task, TaskContext } from './task.ts';

/** Makes the task that a manifest names. Adding a task is adding a file and a line here. */
export async function createTask(context: TaskContext): Promise<AnyTask> {
  return registry[context.manifest.task](context as never);
}

const registry: {
  [T in ModelManifest['task']]: (
    context: TaskContext<Extract<ModelManifest, { task: T }>>,
  ) => AnyTask | Promise<AnyTask>;
} = {
  'text-classification': textClassification,
  'token-classification': tokenClassification,
  'feature-extraction': featureExtraction,
  'text-similarity': textSimilarity,
  reranking,
  'question-answering': questionAnswering,
  'zero-shot-classification': zeroShotClassification,
  'fill-mask': fillMask,
  'image-classification': imageClassification,
  'image-feature-extraction': imageFeatureExtraction,
  'object-detection': objectDetection,
  'image-segmentation': imageSegmentation,
  'image-to-image': imageToImage,
  'audio-classification': audioClassification,
  'automatic-speech-recognition': automaticSpeechRecognition,
  'tabular-classification': tabularClassification,
  'tabular-regression': tabularRegression,
  tensor: tensorTask,
};

type AnyTask = Task<unknown, unknown, unknown>;

/** Tasks whose input is a picture. */
export function takesImages(task: TaskName): boolean {
  return task.startsWith('image-') || task === 'object-detection';
}
