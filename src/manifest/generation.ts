import * as v from 'valibot';
import { count, path, type BaseManifest } from './base.ts';

/** A model that writes a text token by token. */
export interface GenerationManifest extends BaseManifest, GeneratedText {
  /** `text-generation` goes on with a text; the others write another one, of what an encoder made of theirs. */
  readonly task: 'text-generation' | 'text2text-generation' | 'translation' | 'summarization';
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
  /** Path of the encoder's model, where `model` is its decoder. @default by its name beside it */
  readonly encoder?: string | undefined;
  /** The tokens that a text of an encoder's decoder begins with. @default by the model's files */
  readonly startTokens?: readonly number[] | undefined;
  /** Tokens that a prompt and its answer may have together. @default as far as the model goes */
  readonly contextLength?: number | undefined;
  /** Tokens that end an answer, beside those that the other files name. */
  readonly endTokens?: readonly number[] | undefined;
}

const whole: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const common: v.ObjectEntries = {
  tokenizer: v.optional(path),
  tokenizerConfig: v.optional(path),
  specialTokensMap: v.optional(path),
  generationConfig: v.optional(path),
  generation: v.optional(v.record(v.string(), v.unknown())),
  contextLength: v.optional(count),
};

const fields: v.ObjectEntries = { ...common, endTokens: v.optional(v.array(whole)) };

const encoder: v.ObjectEntries = { encoder: v.optional(path) };

const ofEncoder: v.ObjectEntries = { ...encoder, startTokens: v.optional(v.array(whole)) };

/** What `inference.json` may say of a model that writes what it hears. */
export const writtenFields: v.ObjectEntries = { ...common, ...encoder };

/** What `inference.json` may say beside what every task may. */
export const generationFields: Readonly<Record<GenerationManifest['task'], v.ObjectEntries>> = {
  'text-generation': { ...fields, chatTemplate: v.optional(path) },
  'text2text-generation': { ...fields, ...ofEncoder },
  translation: { ...fields, ...ofEncoder },
  summarization: { ...fields, ...ofEncoder },
};
