import type { GenerationManifest } from '../manifest/index.ts';
import { createTokenizer, type Tokenizer } from '../preprocess/tokenize.ts';
import { createChatTemplate } from './chat-template.ts';
import type { Grammar } from './constraint/grammar.ts';
import { bindGrammar, type BoundGrammar } from './constraint/matcher.ts';
import { createVocabulary, type Vocabulary } from './constraint/vocabulary.ts';
import { readEndTokens } from './end-tokens.ts';
import type { ChatMessage } from './messages.ts';
import type { GenerationOptions } from './options.ts';
import { readGenerationConfig } from './sampling/generation-config.ts';
import { tokenBytes } from './token-bytes.ts';
import { toolFormatOf, type ToolFormat } from './tool-calls.ts';
import type { Tool } from './tools.ts';

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
  readonly toolFormat: ToolFormat;
  /** Texts that end an answer in a chat, where there is no template with a token for it. */
  readonly stopOfChat: readonly string[];
  /** Options where a call says nothing. */
  readonly defaults: GenerationOptions;
  encode(text: string): readonly number[];
  encodeChat(
    messages: readonly ChatMessage[],
    options: { tools: readonly Tool[]; templateOptions: Readonly<Record<string, unknown>> },
  ): readonly number[];
  /** What answers are held to, in this model's tokens; the last few are remembered. @param key tells them apart */
  bind(key: string, grammar: () => Grammar | undefined): BoundGrammar | undefined;
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
  const tokenizer = createTokenizer(json, settings);
  const template = createChatTemplate({ tokenizerConfig: settings, templateFile });
  const endTokens = new Set([
    ...readEndTokens({ generationConfig: saved, tokenizer, template }),
    ...(manifest.endTokens ?? []),
  ]);
  let vocabulary: Vocabulary | undefined;
  const bound = new Map<string, BoundGrammar>();
  return {
    name: manifest.card.name ?? 'the model',
    tokenizer,
    size,
    contextLength: manifest.contextLength,
    endTokens,
    startTokens: manifest.task === 'text-generation' ? undefined : (manifest.startTokens ?? []),
    toolFormat: toolFormatOf(template.source),
    stopOfChat: template.stop,
    defaults: { ...defaultsOf(saved), ...(manifest.generation as GenerationOptions) },
    encode: (text) => tokenizer.encode(text, { addSpecial: true }),
    encodeChat(messages, { tools, templateOptions }) {
      const text = template.render(messages, { tools, addGenerationPrompt: true, options: templateOptions });
      return tokenizer.encode(text, { addSpecial: !template.writesSpecial });
    },
    bind(key, grammar) {
      const known = bound.get(key);
      if (known) return known;
      const made = grammar();
      if (!made) return undefined;
      vocabulary ??= createVocabulary(tokenBytes(json), endTokens);
      const fresh = bindGrammar(made, vocabulary);
      bound.set(key, fresh);
      if (bound.size > mostBound) bound.delete(bound.keys().next().value!);
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
const mostBound = 8;

/** What Transformers draws among, where a file says nothing of it. */
const usualTopK = 50;
