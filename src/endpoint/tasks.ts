import type { Generation, GenerationInput, GenerationOptions, TranslationOptions } from '../generation/options.ts';
import type { SpeechRecognitionOptions, Transcript } from '../generation/speech/transcript.ts';
import type { Classification, ClassificationOptions } from '../tasks/classify.ts';
import type { Embedding, EmbeddingOptions } from '../tasks/embed.ts';
import type { FeatureExtractionInput } from '../tasks/feature-extraction.ts';
import type { FillMask, FillMaskInput, FillMaskOptions } from '../tasks/fill-mask.ts';
import type { ImageInput } from '../tasks/image-classification.ts';
import type { ImageEmbedding } from '../tasks/image-feature-extraction.ts';
import type { Segmentation } from '../tasks/image-segmentation.ts';
import type { ImageToImage } from '../tasks/image-to-image.ts';
import type { Detection, DetectionOptions } from '../tasks/object-detection.ts';
import type { Ranking, RankingOptions, QueryDocumentsInput } from '../tasks/query-documents.ts';
import type {
  QuestionAnswering,
  QuestionAnsweringInput,
  QuestionAnsweringOptions,
} from '../tasks/question-answering.ts';
import type { TableRow } from '../tasks/table-feeds.ts';
import type { Regression } from '../tasks/tabular-regression.ts';
import type { TextClassificationInput } from '../tasks/text-classification.ts';
import type { ThresholdOptions } from '../tasks/threshold.ts';
import type {
  TokenClassification,
  TokenClassificationInput,
  TokenClassificationOptions,
} from '../tasks/token-classification.ts';
import type { ZeroShotClassificationInput, ZeroShotClassificationOptions } from '../tasks/zero-shot-classification.ts';
import type { NamedTensors } from '../tensor.ts';
import type { AudioInput } from './send-audio.ts';

/** What each task takes and gives. */
export interface Tasks {
  'text-classification': { input: TextClassificationInput; options: ClassificationOptions; answer: Classification };
  'token-classification': {
    input: TokenClassificationInput;
    options: TokenClassificationOptions;
    answer: TokenClassification;
  };
  'feature-extraction': { input: FeatureExtractionInput; options: EmbeddingOptions; answer: Embedding };
  'text-similarity': { input: QueryDocumentsInput; options: RankingOptions; answer: Ranking };
  reranking: { input: QueryDocumentsInput; options: RankingOptions; answer: Ranking };
  'question-answering': {
    input: QuestionAnsweringInput;
    options: QuestionAnsweringOptions;
    answer: QuestionAnswering;
  };
  'zero-shot-classification': {
    input: ZeroShotClassificationInput;
    options: ZeroShotClassificationOptions;
    answer: Classification;
  };
  'fill-mask': { input: FillMaskInput; options: FillMaskOptions; answer: FillMask };
  'text-generation': { input: GenerationInput; options: GenerationOptions; answer: Generation };
  'text2text-generation': { input: string; options: GenerationOptions; answer: Generation };
  translation: { input: string; options: TranslationOptions; answer: Generation };
  summarization: { input: string; options: GenerationOptions; answer: Generation };
  'image-classification': { input: ImageInput; options: ClassificationOptions; answer: Classification };
  'image-feature-extraction': { input: ImageInput; options: object; answer: ImageEmbedding };
  'object-detection': { input: ImageInput; options: DetectionOptions; answer: Detection };
  'image-segmentation': { input: ImageInput; options: ThresholdOptions; answer: Segmentation };
  'image-to-image': { input: ImageInput; options: object; answer: ImageToImage };
  'audio-classification': { input: AudioInput; options: ClassificationOptions; answer: Classification };
  'automatic-speech-recognition': { input: AudioInput; options: SpeechRecognitionOptions; answer: Transcript };
  'tabular-classification': { input: TableRow; options: ClassificationOptions; answer: Classification };
  'tabular-regression': { input: TableRow; options: object; answer: Regression };
  tensor: { input: NamedTensors; options: object; answer: NamedTensors };
  /** Its stages say what it takes; options and answers are by the names of the stages. */
  pipeline: { input: unknown; options: Readonly<Record<string, unknown>>; answer: Readonly<Record<string, unknown>> };
  /** A model behind a handler of the page's own worker. */
  custom: { input: unknown; options: object; answer: unknown };
}
