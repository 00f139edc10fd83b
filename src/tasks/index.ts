import type { GenerationManifest, ModelManifest, TaskName } from '../manifest/index.ts';
import { audioClassification } from './audio-classification.ts';
import { automaticSpeechRecognition } from './automatic-speech-recognition.ts';
import { checkFieldNames, checkOptionNames, checkResults } from './check-names.ts';
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

/**
 * Makes the task that a manifest names. Adding a task is adding a file and a line here.
 *
 * @throws {ManifestError} when the manifest and the model do not fit each other.
 */
export async function createTask(context: TaskContext): Promise<AnyTask> {
  checkResults(context);
  const { create, options, fields } = registry[context.manifest.task as TaskOfRecords];
  const task = await create(context as never);
  return {
    ...task,
    prepare(input, given, signal) {
      checkOptionNames(given as object, options);
      checkFieldNames(input, fields);
      return task.prepare(input, given, signal);
    },
  };
}

/** Tasks whose answer comes of one run a record; texts are written by `generation/`. */
type TaskOfRecords = Exclude<ModelManifest['task'], GenerationManifest['task']>;

interface Entry {
  readonly create: (context: never) => AnyTask | Promise<AnyTask>;
  /** Names of all options. */
  readonly options: readonly string[];
  /** Names of all fields of its input, where it is an object that has the same ones for each model. */
  readonly fields: readonly string[];
}

const registry: Readonly<Record<TaskOfRecords, Entry>> = {
  'text-classification': entry(textClassification, { topK: true }, ['text', 'textPair']),
  'token-classification': entry(tokenClassification, { aggregationStrategy: true, ignoreLabels: true, stride: true }, [
    'text',
  ]),
  'feature-extraction': entry(featureExtraction, { pooling: true, normalize: true, dimensions: true }, ['text', 'as']),
  'text-similarity': entry(textSimilarity, { topK: true }, ['query', 'documents', 'text', 'textPair']),
  reranking: entry(reranking, { topK: true }, ['query', 'documents', 'text', 'textPair']),
  'question-answering': entry(
    questionAnswering,
    { topK: true, maxAnswerTokens: true, handleImpossible: true, stride: true },
    ['question', 'context'],
  ),
  'zero-shot-classification': entry(
    zeroShotClassification,
    { hypothesisTemplate: true, multiLabel: true, topK: true },
    ['text', 'candidateLabels'],
  ),
  'fill-mask': entry(fillMask, { topK: true, targets: true }, ['text']),
  'image-classification': entry(imageClassification, { topK: true }),
  'image-feature-extraction': entry(imageFeatureExtraction, {}),
  'object-detection': entry(objectDetection, { threshold: true, topK: true }),
  'image-segmentation': entry(imageSegmentation, { threshold: true }),
  'image-to-image': entry(imageToImage, {}),
  'audio-classification': entry(audioClassification, { topK: true }),
  'automatic-speech-recognition': entry(automaticSpeechRecognition, { timestamps: true }),
  'tabular-classification': entry(tabularClassification, { topK: true }),
  'tabular-regression': entry(tabularRegression, {}),
  tensor: entry(tensorTask, {}),
};

/** @param options each of the task's, which the compiler sees to */
function entry<Input, Options extends object, Answer>(
  create: (context: never) => Task<Input, Options, Answer> | Promise<Task<Input, Options, Answer>>,
  options: { readonly [Name in keyof Options]-?: true },
  fields: readonly string[] = [],
): Entry {
  return { create, options: Object.keys(options), fields };
}

type AnyTask = Task<unknown, unknown, unknown>;

/** Tasks whose input is a picture. */
export function takesImages(task: TaskName): boolean {
  return task.startsWith('image-') || task === 'object-detection';
}
