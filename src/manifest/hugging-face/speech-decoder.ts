import { ManifestError } from '../../errors.ts';
import type { ArchiveReader } from '../archive-reader.ts';
import type { SpeechDecoderFiles } from '../audio.ts';
import type { Json } from '../read-json.ts';

/**
 * Whether a model for speech writes its text token by token, as an encoder's decoder does.
 *
 * @param given what `inference.json` says
 */
export function writesSpeech({ config, has }: ArchiveReader, given: Json): boolean {
  if (given['tokenizer'] !== undefined || given['encoder'] !== undefined) return true;
  if (given['postprocess'] !== undefined || architectureOf(config).endsWith('ForCTC')) return false;
  return config?.['is_encoder_decoder'] === true || isWhisper(config) || has('generation_config.json');
}

/**
 * Reads which files say how Whisper's tokens are chosen, and how many there may be, from what Transformers writes.
 *
 * @throws {ManifestError} `task-unsupported` for decoders of another kind, `file-missing` without a tokenizer.
 */
export async function inferSpeechDecoder(archive: ArchiveReader, given: Json = {}): Promise<SpeechDecoderFiles> {
  const { name, config, has } = archive;
  if (given['tokenizer'] === undefined) {
    if (!isWhisper(config)) {
      const architecture = architectureOf(config);
      throw new ManifestError(
        'task-unsupported',
        `Cannot serve ${JSON.stringify(name)}: ${architecture === '' ? 'its model' : JSON.stringify(architecture)} writes its text token by token, and of such models Whisper is known. Pack a Whisper, or a model that is decoded by CTC (Wav2Vec2ForCTC, HubertForCTC), or deploy the encoder and the decoder with { task: 'tensor' } and run the loop yourself.`,
      );
    }
    await archive.needed('tokenizer.json');
  }
  const there = (path: string): string | undefined => (has(path) ? path : undefined);
  const length = config?.['max_target_positions'];
  return {
    tokenizer: 'tokenizer.json',
    tokenizerConfig: there('tokenizer_config.json'),
    specialTokensMap: there('special_tokens_map.json'),
    generationConfig: there('generation_config.json') ?? there('config.json'),
    contextLength: Number.isSafeInteger(length) && Number(length) > 0 ? Number(length) : undefined,
  };
}

function architectureOf(config: Json | undefined): string {
  const [architecture] = Array.isArray(config?.['architectures']) ? (config['architectures'] as unknown[]) : [];
  return typeof architecture === 'string' ? architecture : '';
}

function isWhisper(config: Json | undefined): boolean {
  return config?.['model_type'] === 'whisper' || architectureOf(config).startsWith('Whisper');
}
