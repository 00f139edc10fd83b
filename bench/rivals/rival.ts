/** A model as the pages of the benchmark find it; addresses are absolute. */
export interface ServedModel {
  readonly name: string;
  readonly task: 'feature-extraction' | 'image-classification' | 'tensor' | 'text-generation';
  readonly dtype: 'fp32' | 'int8';
  /** A folder as the Hugging Face Hub has it, with a slash at its end. */
  readonly folder: string;
  /** The model alone. */
  readonly onnx: string;
  /** All of it as `inpoint pack` writes it. */
  readonly archive: string;
  /** As `tf.loadLayersModel()` reads it, where that is made. */
  readonly tfjs?: string;
  /** As llama.cpp reads it, where that is made. */
  readonly gguf?: string;
  /** Of an image: its height and width, in pixels. */
  readonly size?: number;
  /** Of the task `tensor`. */
  readonly input?: { readonly name: string; readonly type: 'float32' | 'int64'; readonly dims: readonly number[] };
  /** Of the task `tensor`: the output that is the answer. */
  readonly output?: string;
  /** Whether rows of its input may be stacked. */
  readonly stacks?: boolean;
  readonly threads: number;
}

/** Named arrays in row-major order. */
export type Feeds = Readonly<
  Record<string, { type: 'float32' | 'int64'; dims: readonly number[]; data: Float32Array | BigInt64Array }>
>;

/** What a rival is asked, by the model's task: a text, an image, tensors, or a text to go on with. */
export type Question = string | ImageData | Feeds | { readonly prompt: string; readonly tokens: number };

/** What it answers: an embedding, the best classes first, numbers of an output, or the text that it wrote. */
export type Reply = Float32Array | readonly { readonly label: string; readonly score: number }[] | string;

/** A rival with its model loaded: what `open(model)` of each file of this folder resolves to. */
export interface OpenedRival {
  /** @param onToken of a text: is called as each token comes */
  predict(question: Question, onToken?: () => void): Promise<Reply>;
  /** Answers rows in the rival's own best way for many; without it they are asked 64 at a time. */
  predictMany?(rows: readonly Feeds[]): Promise<readonly Float32Array[]>;
  /** Gives back what its documentation says can be given back. */
  close(): Promise<void>;
}
