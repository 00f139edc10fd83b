export { describe } from './infer.ts';
export { readJson } from './read-json.ts';
export type {
  Card,
  DescribeOptions,
  ImageClassificationManifest,
  ImageProcessing,
  Manifest,
  ResizeFilter,
  Scores,
  SizeRule,
  TaskName,
  TensorManifest,
  TextClassificationManifest,
} from './schema.ts';
