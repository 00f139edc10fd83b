import type { ArchiveReader } from '../archive-reader.ts';
import type { DetectionStep, ImageStep, ImageTaskManifest, PixelStep, SegmentationStep } from '../image.ts';
import type { Json } from '../read-json.ts';
import type { ScoreStep } from '../score.ts';
import type { EmbeddingStep } from '../text.ts';
import { readImageProcessor } from './read-image-processor.ts';
import { labelsOf, scoreStepsOf } from './labels.ts';

type ImageTask = ImageTaskManifest['task'];

/** What the files of an archive say of a model for images. */
export interface InferredImage {
  /** Undefined where nothing says it: then the model's own input does. */
  readonly preprocess: readonly ImageStep[] | undefined;
  readonly postprocess: readonly (ScoreStep | EmbeddingStep | DetectionStep | SegmentationStep | PixelStep)[];
  readonly labels?: readonly string[];
}

/**
 * Tells from the files of Transformers how a model for images is fed and read.
 *
 * @param given what `inference.json` says: what is there is not looked for elsewhere
 * @throws {ManifestError} `file-missing` when a model of Transformers came without its image processor, `file-invalid`
 *   when that asks for what is not supported.
 */
export async function inferImage(task: ImageTask, archive: ArchiveReader, given: Json = {}): Promise<InferredImage> {
  const { name, config } = archive;
  const saved = given['preprocess'] === undefined ? await processorOf(archive) : undefined;
  return {
    preprocess: saved && readImageProcessor(name, saved, config),
    postprocess: given['postprocess'] === undefined ? postprocessOf(task, config, saved) : [],
    ...(namesLabels.has(task) && { labels: labelsOf(config) }),
  };
}

const namesLabels = new Set<ImageTask>(['image-classification', 'object-detection', 'image-segmentation']);

/** A model that Transformers saved has one; without it the numbers would be wrong, and nobody would see it. */
async function processorOf({ config, json, needed }: ArchiveReader): Promise<Json | undefined> {
  return config?.['architectures'] === undefined ? json(processorFile) : needed(processorFile);
}

const processorFile = 'preprocessor_config.json';

function postprocessOf(
  task: ImageTask,
  config: Json | undefined,
  saved: Json | undefined,
): InferredImage['postprocess'] {
  switch (task) {
    case 'image-classification':
      return scoreStepsOf(config);
    case 'image-feature-extraction':
      return [];
    case 'object-detection':
      return detectionSteps(config);
    case 'image-segmentation':
      return segmentationSteps(config);
    default:
      return [{ step: 'rescale', factor: 1 / Number(saved?.['rescale_factor'] ?? 1 / 255) }];
  }
}

/** As the `post_process_object_detection` of each; what is not known is told from what the model gives. */
function detectionSteps(config: Json | undefined): DetectionStep[] {
  const type = String(config?.['model_type'] ?? '');
  if (/^(detr|yolos|table-transformer)$/.test(type)) return [{ step: 'detr' }];
  if (!/^(conditional_detr|deformable_detr|deta|rt_detr(_v2)?|d_fine|dab-detr)$/.test(type)) return [];
  const queries = config?.['num_queries'];
  const k = /^(rt_detr|d_fine)/.test(type) ? (Number.isInteger(queries) ? (queries as number) : 300) : 100;
  return [
    { step: 'detr', scores: 'sigmoid' },
    { step: 'top-k', k },
  ];
}

function segmentationSteps(config: Json | undefined): SegmentationStep[] {
  const [architecture] = Array.isArray(config?.['architectures']) ? (config['architectures'] as unknown[]) : [];
  if (typeof architecture !== 'string') return [];
  if (/For(Instance|Universal)Segmentation$|^DetrForSegmentation$/.test(architecture)) return [{ step: 'instances' }];
  return architecture.endsWith('ForSemanticSegmentation') ? [{ step: 'semantic' }] : [];
}
