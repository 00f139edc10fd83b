import type { ArchiveReader } from '../archive-reader.ts';
import { ManifestError } from '../../errors.ts';
import type { GeneratedText, GenerationManifest } from '../generation.ts';
import type { Json } from '../read-json.ts';

/**
 * Reads how a decoder's texts are made from the files of Transformers — `tokenizer.json`, `tokenizer_config.json`,
 * `chat_template.jinja`, `generation_config.json`, `config.json` — and of ONNX Runtime's own tools, `genai_config.json`.
 *
 * @throws {ManifestError} `file-missing` without a tokenizer.
 */
export async function inferGeneration(
  task: GenerationManifest['task'],
  archive: ArchiveReader,
  given: Json = {},
): Promise<GeneratedText> {
  if (given['tokenizer'] === undefined) await archive.needed('tokenizer.json');
  const there = (path: string): string | undefined => (archive.has(path) ? path : undefined);
  const genai = ((await archive.json('genai_config.json'))?.['model'] ?? {}) as Json;
  const saved = archive.has('generation_config.json') ? undefined : archive.config?.['eos_token_id'];
  const endTokens = [genai['eos_token_id'], saved].flat().filter((id): id is number => Number.isSafeInteger(id));
  return {
    tokenizer: 'tokenizer.json',
    tokenizerConfig: there('tokenizer_config.json'),
    specialTokensMap: there('special_tokens_map.json'),
    chatTemplate: there('chat_template.jinja'),
    generationConfig: there('generation_config.json'),
    contextLength: contextLengthOf(archive.config ?? {}) ?? counted(genai['context_length']),
    ...(task !== 'text-generation' && given['startTokens'] === undefined && (await startTokensOf(archive))),
    ...(endTokens.length > 0 && { endTokens }),
  };
}

/** What an encoder's decoder begins with: `decoder_start_token_id`, and `forced_bos_token_id` after it. */
async function startTokensOf(archive: ArchiveReader): Promise<Pick<GeneratedText, 'startTokens'>> {
  const saved = (await archive.json('generation_config.json')) ?? {};
  const read = (name: string): unknown => saved[name] ?? archive.config?.[name];
  const tokens = [read('decoder_start_token_id'), read('forced_bos_token_id')].filter((id) => Number.isSafeInteger(id));
  if (Number.isSafeInteger(read('decoder_start_token_id'))) return { startTokens: tokens as number[] };
  throw new ManifestError(
    'file-invalid',
    `Cannot serve ${JSON.stringify(archive.name)}: neither generation_config.json nor config.json has a "decoder_start_token_id". Say it as "startTokens" in inference.json.`,
  );
}

/** By the names that architectures have for it. */
function contextLengthOf(config: Json): number | undefined {
  const text = (config['text_config'] ?? {}) as Json;
  for (const name of ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_sequence_length', 'seq_length']) {
    const length = counted(config[name]) ?? counted(text[name]);
    if (length !== undefined) return length;
  }
  return undefined;
}

function counted(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}
