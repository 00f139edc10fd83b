import * as v from 'valibot';
import { count, path, type BaseManifest } from './base.ts';

/** A decoder that goes on with a text, token by token. */
export interface TextGenerationManifest extends BaseManifest, GeneratedText {
  readonly task: 'text-generation';
}

/** How texts become tokens and tokens texts, and how they are chosen. Paths are of files of the archive. */
export interface GeneratedText {
  /** Path of `tokenizer.json`. */
  readonly tokenizer: string;
  readonly tokenizerConfig?: string | undefined;
  readonly specialTokensMap?: string | undefined;
  /** Path of a Jinja template that messages become a prompt by. @default that of `tokenizerConfig` */
  readonly chatTemplate?: string | undefined;
  /** Path of `generation_config.json`, as Transformers writes it: how tokens are chosen where a call does not say it. */
  readonly generationConfig?: string | undefined;
  /** Options of its calls, where they do not say otherwise: `{ "temperature": 0.7 }`. They come before `generationConfig`. */
  readonly generation?: Readonly<Record<string, unknown>> | undefined;
  /** Tokens that a prompt and its answer may have together. @default as far as the model goes */
  readonly contextLength?: number | undefined;
  /** Tokens that end an answer, beside those that the other files name. */
  readonly endTokens?: readonly number[] | undefined;
}

const whole: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What `inference.json` may say beside what every task may. */
export const generationFields: Readonly<Record<TextGenerationManifest['task'], v.ObjectEntries>> = {
  'text-generation': {
    tokenizer: v.optional(path),
    tokenizerConfig: v.optional(path),
    specialTokensMap: v.optional(path),
    chatTemplate: v.optional(path),
    generationConfig: v.optional(path),
    generation: v.optional(v.record(v.string(), v.unknown())),
    contextLength: v.optional(count),
    endTokens: v.optional(v.array(whole)),
  },
};
