import type { GenerationManifest } from '../manifest/index.ts';
import type { Tokenizer } from '../preprocess/tokenize.ts';
import { createChatTemplate } from './chat-template.ts';
import type { Grammar } from './constraint/grammar.ts';
import { createMatcher, type Matcher } from './constraint/matcher.ts';
import { createVocabulary, type Vocabulary } from './constraint/vocabulary.ts';
import { readEndTokens } from './end-tokens.ts';
import type { CheckedMessage } from './messages.ts';
import type { GenerationOptions } from './options.ts';
import { readTokenizer } from './read-tokenizer.ts';
import { readGenerationConfig } from './sampling/generation-config.ts';
import { tokenBytes, type TokenizerJson } from './token-bytes.ts';
import { toolFormatOf, type ToolFormat } from './tool-calls.ts';
import type { Tool } from './tools.ts';
import { readTranslationLanguages, type TranslationLanguages } from './translation-languages.ts';

/** What turns texts into a decoder's tokens, and back. */
export interface TextModel {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** Tokens that the decoder knows; undefined where it leaves that open. */
  readonly size: number | undefined;
  readonly contextLength: number | undefined;
  readonly endTokens: ReadonlySet<number>;
  /** What an encoder's decoder begins with; undefined where there is no encoder. */
  readonly startTokens: readonly number[] | undefined;
  /** Of a model that translates. */
  readonly languages: TranslationLanguages | undefined;
  /** How the model writes that it asks for a tool; undefined where it takes none. */
  readonly toolFormat: ToolFormat | undefined;
  /** Texts that end an answer in a chat, where there is no template with a token for it. */
  readonly stopOfChat: readonly string[];
  /** Options where a call says nothing. */
  readonly defaults: GenerationOptions;
  encode(text: string): readonly number[];
  encodeChat(
    messages: readonly CheckedMessage[],
    options: { tools: readonly Tool[]; templateOptions: Readonly<Record<string, unknown>> },
  ): readonly number[];
  /**
   * What follows answers in this model's tokens, at their beginning: clone it.
   *
   * @param key of the grammar, of which the last few are remembered
   * @param stopTokens tokens that end an answer, beside the model's own: they come where it is complete alone
   */
  follow(key: string, stopTokens: readonly number[], compile: () => Grammar | undefined): Matcher | undefined;
}

/** @throws {ManifestError} when a file that it takes is missing or broken. */
export async function loadTextModel(
  {
    manifest,
    readJson,
    readText,
  }: {
    manifest: GenerationManifest;
    readJson(path: string): Promise<Readonly<Record<string, unknown>>>;
    readText(path: string): Promise<string>;
  },
  size: number | undefined,
): Promise<TextModel> {
  const { tokenizerConfig, specialTokensMap, generationConfig, chatTemplate } = manifest;
  const [json, config, special, saved, templateFile] = await Promise.all([
    readJson(manifest.tokenizer),
    tokenizerConfig === undefined ? {} : readJson(tokenizerConfig),
    specialTokensMap === undefined ? {} : readJson(specialTokensMap),
    generationConfig === undefined ? {} : readJson(generationConfig),
    chatTemplate === undefined ? undefined : readText(chatTemplate),
  ]);
  const settings = { ...special, ...config };
  const tokenizer = readTokenizer(manifest.tokenizer, json, settings);
  const template = createChatTemplate({ tokenizerConfig: settings, templateFile });
  const { source = '', toolSource = source } = template;
  const endTokens = new Set([
    ...readEndTokens({ generationConfig: saved, tokenizer, templates: [source, toolSource] }),
    ...(manifest.endTokens ?? []),
  ]);
  let vocabulary: Vocabulary | undefined;
  const followed = new Map<string, Matcher>();
  return {
    name: manifest.card.name ?? 'the model',
    tokenizer,
    size,
    contextLength: manifest.contextLength,
    endTokens,
    startTokens: manifest.task === 'text-generation' ? undefined : (manifest.startTokens ?? []),
    languages: manifest.task === 'translation' ? readTranslationLanguages(tokenizer, json) : undefined,
    // What writes one text of another has a template of no use, if any.
    toolFormat: manifest.task === 'text-generation' && template.takesTools ? toolFormatOf(toolSource) : undefined,
    stopOfChat: template.stop,
    defaults: { ...defaultsOf(saved), ...(manifest.generation as GenerationOptions) },
    encode: (text) => tokenizer.encode(text),
    encodeChat: (messages, options) =>
      tokenizer.encode(template.render(messages, options), { addSpecial: template.addsSpecial }),
    follow(grammarKey, stopTokens, compile) {
      const others = stopTokens.filter((token) => !endTokens.has(token));
      const key = JSON.stringify([others, grammarKey]);
      const known = followed.get(key);
      if (known) return known;
      const grammar = compile();
      if (!grammar) return undefined;
      const bytes = (): ReturnType<typeof tokenBytes> => tokenBytes(json as unknown as TokenizerJson);
      const own =
        others.length === 0
          ? (vocabulary ??= createVocabulary(bytes(), endTokens))
          : createVocabulary(bytes(), new Set([...endTokens, ...others]));
      const fresh = createMatcher(grammar, own);
      followed.set(key, fresh);
      if (followed.size > mostFollowed) followed.delete(followed.keys().next().value!);
      return fresh;
    },
  };
}

/** Options of the archive's own, as Transformers would take them: the likeliest token, unless it says to draw. */
function defaultsOf(saved: Readonly<Record<string, unknown>>): GenerationOptions {
  const {
    endTokens: _,
    maxLength: __,
    padToken: ___,
    beginToken: ____,
    decoderStartToken: _____,
    ...options
  } = readGenerationConfig(saved);
  const { doSample = false, topK = usualTopK } = options;
  return { ...options, doSample, ...(doSample && { topK }) };
}

/** What answers are held to, of the last few requests. */
const mostFollowed = 8;

/** What Transformers draws among, where a file says nothing of it. */
const usualTopK = 50;
