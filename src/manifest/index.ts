export type { Feed, BaseManifest, Card, ConstantFeed, StateFeed } from './base.ts';
export type { ScoreStep } from './score.ts';
export type {
  AggregateStep,
  EmbeddingStep,
  FeatureExtractionManifest,
  FillMaskManifest,
  QuestionAnsweringManifest,
  RerankingManifest,
  TextClassificationManifest,
  TextSimilarityManifest,
  TextStep,
  TextTaskManifest,
  TokenClassificationManifest,
  TokenizeStep,
  ZeroShotClassificationManifest,
} from './text.ts';
export type {
  AnchorsStep,
  DetectionStep,
  ImageClassificationManifest,
  ImageFeatureExtractionManifest,
  ImageSegmentationManifest,
  ImageStep,
  ImageTaskManifest,
  ImageToImageManifest,
  ObjectDetectionManifest,
  PadStep,
  PixelStep,
  ResizeFilter,
  ResizeStep,
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
export type {
  DescribeOptions,
  Dtype,
  Manifest,
  ManifestOf,
  ModelManifest,
  TaskName,
  TensorManifest,
} from './schema.ts';
export type { FileDigests, InferenceJson, ModelVariant } from './inference-json.ts';
export { describe } from './describe.ts';
export { readJson } from './read-json.ts';
export { sampleRateOf } from './sample-rate.ts';
