import type { AudioTaskManifest } from './audio.ts';
import type { BaseManifest } from './base.ts';
import type { GenerationManifest } from './generation.ts';
import type { ImageTaskManifest } from './image.ts';
import type { PipelineManifest } from './pipeline.ts';
import type { TableTaskManifest } from './table.ts';
import type { TextTaskManifest } from './text.ts';

/** What an archive turned out to be: enough to load its model and to serve it. Discriminated by `task`. */
export type Manifest = ModelManifest | PipelineManifest;

/** The manifest of one model. */
export type ModelManifest =
  | TextTaskManifest
  | GenerationManifest
  | ImageTaskManifest
  | AudioTaskManifest
  | TableTaskManifest
  | TensorManifest;

/** The last resort: the model's own tensors. */
export interface TensorManifest extends BaseManifest {
  readonly task: 'tensor';
}

/** The tasks that can be told from an archive, by the names that Hugging Face pipelines gave them. */
export type TaskName = Manifest['task'];

/** The manifest of one task. */
export type ManifestOf<T extends TaskName> = Extract<Manifest, { task: T }>;

/** How a model's numbers are kept, by the names that exporters give: `model_fp16.onnx`, `model_q4.onnx`. */
export type Dtype = 'fp32' | 'fp16' | 'int8' | 'uint8' | 'q8' | 'q4' | 'q4f16' | 'bnb4';

export interface DescribeOptions {
  /** Overrules what the archive says. */
  task?: TaskName;
  /** Path of the model to serve, where an archive holds several. */
  model?: string;
  /** Which variant of the model to serve, where an archive holds several. @default the first of fp32, q8, int8, uint8, fp16, q4 */
  dtype?: Dtype;
  /** What the model is to be computed by: of several variants the one for it is taken. @default 'wasm' */
  device?: 'wasm' | 'webgpu' | 'webnn';
  /** Whether WebGPU computes in half precision here, for variants that need it. @default false */
  shaderF16?: boolean;
}
