export type { Feed, Card, ConstantFeed, StateFeed } from './base.ts';
export type { ScoreStep } from './score.ts';
export type {
  EmbeddingStep,
  FeatureExtractionManifest,
  FillMaskManifest,
  QuestionAnsweringManifest,
  RerankingManifest,
  TextClassificationManifest,
  TextSimilarityManifest,
  TextStep,
  TokenClassificationManifest,
  TokenizeStep,
  ZeroShotClassificationManifest,
} from './text.ts';
export type { GenerationManifest } from './generation.ts';
export type {
  DetectionStep,
  ImageClassificationManifest,
  ImageFeatureExtractionManifest,
  ImageSegmentationManifest,
  ImageStep,
  ImageToImageManifest,
  ObjectDetectionManifest,
  PadStep,
  PixelStep,
  ResizeFilter,
  SegmentationStep,
  SizeRule,
} from './image.ts';
export type {
  AudioClassificationManifest,
  AudioStep,
  AudioTaskManifest,
  AutomaticSpeechRecognitionManifest,
  CtcStep,
  FbankStep,
  LogMelStep,
  MfccStep,
  SpeechDecoderManifest,
} from './audio.ts';
export type {
  Column,
  OneHotStep,
  OrdinalStep,
  RegressionStep,
  TableStep,
  TableTaskManifest,
  TabularClassificationManifest,
  TabularRegressionManifest,
} from './table.ts';
export type { PipelineManifest, Stage } from './pipeline.ts';
export type { DescribeOptions, Dtype, Manifest, ModelManifest, TaskName, TensorManifest } from './schema.ts';
export { describe } from './describe.ts';
export { readJson } from './read-json.ts';
