import { ManifestError } from '../../errors.ts';
import type { SpeechDecoderManifest } from '../../manifest/index.ts';
import type { Tokenizer } from '../../preprocess/tokenize.ts';
import { readTokenizer } from '../read-tokenizer.ts';
import { readGenerationConfig, type GenerationDefaults } from '../sampling/generation-config.ts';
import type { SpeechTask } from './transcript.ts';

/** The tokens that tell Whisper what to write, and how its text is chosen. */
export interface SpeechModel {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** The token that a text begins with. */
  readonly startToken: number;
  /** The token that ends it. */
  readonly endToken: number;
  /** The tokens of the languages by their codes; none where the model hears English only. */
  readonly languages: ReadonlyMap<string, number>;
  /** None where the model hears English only. */
  readonly tasks: Readonly<Partial<Record<SpeechTask, number>>>;
  /** The token by which times are left out; undefined of a model that knows none. */
  readonly noTimestamps: number | undefined;
  /** The token of 0 s. */
  readonly firstTimestamp: number | undefined;
  /** Steps of time before the first words, at the most. @default 1 s */
  readonly maxInitialTimestamp: number | undefined;
  /** Tokens that are never written. */
  readonly suppressed: readonly number[];
  /** Tokens that no text begins with. */
  readonly beginSuppressed: readonly number[];
  /** Tokens of prompt and text together. */
  readonly contextLength: number;
  /** Options where a call says nothing. */
  readonly defaults: SpeechDefaults;
}

/** What the model's files say of its options. */
export type SpeechDefaults = Omit<GenerationDefaults, 'endTokens'> & {
  readonly language?: string | undefined;
  readonly task?: SpeechTask | undefined;
};

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads Whisper's tokens from `generation_config.json`, or from the `config.json` of older exports, and what these leave
 * out from the tokenizer.
 *
 * @throws {ManifestError} when a file is missing or broken, or has no tokens of Whisper.
 */
export async function loadSpeechModel(
  manifest: SpeechDecoderManifest,
  readJson: (path: string) => Promise<Json>,
): Promise<SpeechModel> {
  const read = (path: string | undefined): Promise<Json> => (path === undefined ? Promise.resolve({}) : readJson(path));
  const [json, config, special, saved] = await Promise.all([
    readJson(manifest.tokenizer),
    read(manifest.tokenizerConfig),
    read(manifest.specialTokensMap),
    read(manifest.generationConfig),
  ]);
  const name = manifest.card.name ?? 'the model';
  const tokenizer = readTokenizer(manifest.tokenizer, json, { ...special, ...config });
  const idOf = (token: string): number | undefined => tokenizer.idOf(token);
  const [end] = [saved['eos_token_id']].flat();
  const startToken = whole(saved['decoder_start_token_id']) ?? idOf('<|startoftranscript|>');
  const endToken = whole(end) ?? idOf('<|endoftext|>');
  if (startToken === undefined || endToken === undefined) {
    throw new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: neither ${JSON.stringify(manifest.generationConfig ?? 'generation_config.json')} nor ${JSON.stringify(manifest.tokenizer)} says which tokens a text begins and ends with ("decoder_start_token_id", "eos_token_id"). Add the files that the model was saved with.`,
    );
  }
  const tasks = tokensOf(saved['task_to_id'], ({ key }) => key) ?? {
    transcribe: idOf('<|transcribe|>'),
    translate: idOf('<|translate|>'),
  };
  const all = new Map(
    Object.entries(
      tokensOf(saved['lang_to_id'], ({ key }) => codeOf(key)) ?? languagesIn(json, startToken, tasks['translate']),
    ),
  );
  const forced = forcedTokens(saved['forced_decoder_ids']);
  const isMultilingual = multilingual(saved, forced, all);
  const noTimestamps = whole(saved['no_timestamps_token_id']) ?? idOf('<|notimestamps|>');
  const forcedLanguage = [...all].find(([, token]) => forced.includes(token))?.[0];
  const forcedTask = (['transcribe', 'translate'] as const).find((task) => forced.includes(tasks[task] ?? -1));
  const language = typeof saved['language'] === 'string' ? saved['language'] : forcedLanguage;
  const task = saved['task'] === 'translate' || saved['task'] === 'transcribe' ? saved['task'] : forcedTask;
  const { endTokens: _, ...defaults } = readGenerationConfig(saved);
  return {
    name,
    tokenizer,
    startToken,
    endToken,
    languages: isMultilingual ? all : new Map(),
    tasks: isMultilingual ? tasks : {},
    noTimestamps,
    firstTimestamp: idOf('<|0.00|>') ?? (noTimestamps === undefined ? undefined : noTimestamps + 1),
    maxInitialTimestamp: whole(saved['max_initial_timestamp_index']),
    suppressed: wholes(saved['suppress_tokens']),
    beginSuppressed: wholes(saved['begin_suppress_tokens']),
    contextLength: Math.min(manifest.contextLength ?? Infinity, defaults.maxLength ?? Infinity, mostTokens),
    defaults: {
      ...defaults,
      doSample: defaults.doSample ?? false,
      ...(isMultilingual && { language, task }),
      ...manifest.generation,
    },
  };
}

/** Where nothing says how many tokens a model has positions for: those of all that OpenAI has published. */
const mostTokens = 448;

/** Tokens by what they are for; undefined where there are none. */
function tokensOf(saved: unknown, nameOf: (entry: { key: string }) => string): Record<string, number> | undefined {
  if (typeof saved !== 'object' || saved === null) return undefined;
  const known = Object.entries(saved).filter((entry): entry is [string, number] => whole(entry[1]) !== undefined);
  return known.length > 0 ? Object.fromEntries(known.map(([key, id]) => [nameOf({ key }), id])) : undefined;
}

/** `<|en|>` is `en`. */
function codeOf(token: string): string {
  return token.replaceAll(/^<\||\|>$/g, '');
}

/** The tokens between the one that a text begins with and those of the tasks: `<|en|>`, `<|yue|>`. */
function languagesIn(json: Json, startToken: number, translate: number = Infinity): Record<string, number> {
  const added = (json['added_tokens'] ?? []) as readonly { content?: unknown; id?: unknown }[];
  const found = added.filter(
    ({ content, id }) =>
      /^<\|[a-z]{2,3}\|>$/.test(String(content)) && Number(id) > startToken && Number(id) < translate,
  );
  return Object.fromEntries(found.map(({ content, id }) => [codeOf(String(content)), Number(id)]));
}

/** `[[1, 50259], [2, 50359]]`: the tokens of places after the first; `null` where the model is to choose. */
function forcedTokens(saved: unknown): readonly (number | undefined)[] {
  return Array.isArray(saved) ? saved.map((pair: unknown) => whole(Array.isArray(pair) ? pair[1] : undefined)) : [];
}

/** Files that do not say it force a language and a task on models of many languages, and only the times on others. */
function multilingual(
  saved: Json,
  forced: readonly (number | undefined)[],
  languages: ReadonlyMap<string, number>,
): boolean {
  if (typeof saved['is_multilingual'] === 'boolean') return saved['is_multilingual'] && languages.size > 0;
  if (saved['lang_to_id'] === undefined && forced.length === 1) return false;
  return languages.size > 0;
}

function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

function wholes(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(whole).filter((id) => id !== undefined) : [];
}
