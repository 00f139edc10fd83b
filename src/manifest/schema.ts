/** What an archive turned out to be: enough to load its model and to serve it. Discriminated by `task`. */
export type Manifest = TextClassificationManifest | ImageClassificationManifest | TensorManifest;

/** The tasks that can be told from an archive, by the names that Hugging Face pipelines gave them. */
export type TaskName = Manifest['task'];

interface BaseManifest {
  /** Path of the ONNX model. */
  readonly model: string;
  /** Paths of the files that hold the model's weights outside of it (ONNX external data). */
  readonly externalData: readonly string[];
  readonly card: Card;
}

export interface TextClassificationManifest extends BaseManifest {
  readonly task: 'text-classification';
  readonly labels: readonly string[];
  readonly scores: Scores;
  /** Paths of the tokenizer's two files. */
  readonly tokenizer: string;
  readonly tokenizerConfig: string | undefined;
  /** Tokens after which a text is cut; undefined for no limit. */
  readonly maxTokens: number | undefined;
}

export interface ImageClassificationManifest extends BaseManifest {
  readonly task: 'image-classification';
  readonly labels: readonly string[];
  readonly scores: Scores;
  readonly image: ImageProcessing;
}

export interface TensorManifest extends BaseManifest {
  readonly task: 'tensor';
}

/** How scores come of logits: one label (softmax), any number of them (sigmoid), or not at all (a regression). */
export type Scores = 'softmax' | 'sigmoid' | 'none';

/** From pixels to a tensor `[1, channels, height, width]`, in this order: resize, crop, rescale, normalise. */
export interface ImageProcessing {
  /** Undefined leaves the channels to the model's input: 1 is grey, 3 is RGB. */
  readonly channels: 1 | 3 | undefined;
  readonly resize: { readonly size: SizeRule; readonly filter: ResizeFilter } | undefined;
  readonly crop: { readonly width: number; readonly height: number } | undefined;
  /** Each value is multiplied by this. @default 1/255 */
  readonly scale: number;
  /** Taken off each channel after scaling, in the scaled unit. */
  readonly mean: readonly number[] | undefined;
  /** Each channel is divided by it at last. */
  readonly std: readonly number[] | undefined;
}

/** A resampling filter, by Pillow's name for it in lower case. */
export type ResizeFilter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

/** `size` of a Hugging Face `preprocessor_config.json`, in pixels, under the names it has there. */
export type SizeRule =
  | { readonly height: number; readonly width: number }
  | { readonly shortest_edge: number; readonly longest_edge?: number }
  | { readonly longest_edge: number };

/** What an archive says of itself, for people. */
export interface Card {
  /** `README.md`, as Markdown; untrusted text. */
  readonly readme: string | undefined;
  /** `config.json`, parsed. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  /** `metrics.json`, parsed. */
  readonly metrics: Readonly<Record<string, unknown>> | undefined;
}

export interface DescribeOptions {
  /** Overrules what the archive says. */
  task?: TaskName;
  /** Path of the model to serve, where an archive holds several. */
  model?: string;
}
