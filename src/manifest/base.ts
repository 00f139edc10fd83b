import * as v from 'valibot';
import type { DataType } from '../tensor.ts';

/** What every manifest says, whatever its task. */
export interface BaseManifest {
  /** Path of the ONNX model. */
  readonly model: string;
  /** Paths of the files that hold the model's weights outside of it (ONNX external data). */
  readonly externalData: readonly string[];
  /** What each of the model's inputs is fed, by its name; what is not named here finds its role by its name. */
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Which of the model's outputs plays which role: `{ "logits": "output_0" }`. */
  readonly results: Readonly<Record<string, string>>;
  /** Path of the golden samples: inputs with the answers that the training framework gave. */
  readonly golden: string | undefined;
  readonly card: Card;
}

/**
 * What a model's input is fed: the role of a tensor that preprocessing gives (`"input_ids"`, `"pixel_values"`), a
 * constant, or a state, which is what an output gave in the run before.
 */
export type Feed = string | ConstantFeed | StateFeed;

/** The same tensor at each run. */
export interface ConstantFeed {
  readonly constant: {
    readonly type: DataType;
    readonly dims: readonly number[];
    readonly data: readonly (number | string)[];
  };
}

/** What the output named by `state` gave in the run before, in the same session; zeros at its first. */
export interface StateFeed {
  readonly state: string;
  /** The shape at the start, where the model leaves dimensions free. */
  readonly dims?: readonly number[] | undefined;
}

/** What an archive says of itself, for people. All of it is untrusted text. */
export interface Card {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly author: string | undefined;
  readonly version: string | undefined;
  /** As the archive writes it, ISO 8601 if its author did well. */
  readonly date: string | undefined;
  readonly license: string | undefined;
  /** `README.md`, as Markdown, without its front matter. */
  readonly readme: string | undefined;
  /** `config.json`, parsed: hyper-parameters. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  /** `metrics.json`, parsed: measured quality. */
  readonly metrics: Readonly<Record<string, unknown>> | undefined;
  /** `requirements.txt`, a line a package: what the model was made with. Nothing of it is installed. */
  readonly requirements: readonly string[] | undefined;
}

/** A path inside the archive. */
export const path: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.check(
    (value) => value !== '' && !/^\/|\\|(^|\/)\.\.?(\/|$)|\p{Cc}/u.test(value),
    'a relative path with forward slashes',
  ),
);

/** A whole number of 1 or more. */
export const count: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** A number that is neither infinite nor NaN. */
export const finite: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.finite());

/** A number between 0 and 1. */
export const share: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** One number or more. */
export const numbers: v.GenericSchema<unknown, readonly number[]> = v.pipe(v.array(finite), v.minLength(1));
