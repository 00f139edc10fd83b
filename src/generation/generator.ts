import { castTensor } from '../cast-tensor.ts';
import { InputError } from '../errors.ts';
import type { GenerationManifest, SpeechDecoderManifest } from '../manifest/index.ts';
import type { Media } from '../preprocess/media.ts';
import type { Session } from '../runtime/session.ts';
import type { NamedTensors, Tensor } from '../tensor.ts';
import { createAnswer, type Answer } from './answer.ts';
import { searchBeams } from './search-beams.ts';
import { readDecoderLayout } from './decoder-layout.ts';
import { Decoder, type Encoded } from './decoder.ts';
import type { Generation, GenerationInput, TextPiece } from './options.ts';
import { PrefixCache } from './prefix-cache.ts';
import { readRequest } from './request.ts';
import { Scheduler } from './scheduler.ts';
import { createTranscriber } from './speech/transcriber.ts';
import type { Transcript } from './speech/transcript.ts';
import { loadTextModel, type TextModel } from './text-model.ts';

/** A decoder that writes texts: to a prompt, of another text, or of what was said. */
export interface Generator {
  /**
   * Writes one text, or several to the same prompt. Calls may overlap: they are written together.
   *
   * @param emit is told each piece as it comes
   * @throws {InputError} @throws {InferenceError}; the signal's reason, within one token of an abort
   */
  generate(
    input: unknown,
    options: object,
    signal: AbortSignal,
    emit: (piece: TextPiece) => void,
  ): Promise<Generation | Transcript>;
  /** The logits of a text that is made up: the same each time. */
  probe(): Promise<NamedTensors>;
  /** Lets go of what was computed of texts. */
  dispose(): void;
  /** Samples a second that it wants, where its input is sound. */
  readonly sampleRate?: number;
}

/** What a generator is made of. */
export interface GeneratorContext {
  readonly manifest: GenerationManifest | SpeechDecoderManifest;
  readonly session: Pick<Session, 'inputs' | 'outputs' | 'runKeeping'>;
  /** Of the encoder, where the session is of its decoder. */
  readonly encoder?: Pick<Session, 'inputs' | 'outputs' | 'run'> | undefined;
  /** Bytes that what was computed of texts may take, to go on from. @default 256 MiB */
  readonly cacheBytes?: number | undefined;
  /** Decodes sound. */
  readonly media: Pick<Media, 'readAudio'>;
  /** Parsed JSON of a file of the archive. @throws {ManifestError} */
  readJson(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** A file of the archive as text. @throws {ManifestError} */
  readText(path: string): Promise<string>;
}

const usualCacheBytes = 256 * 2 ** 20;

/** @throws {ManifestError} when the model is no decoder, or its texts are not known how to be made. */
export async function createGenerator(context: GeneratorContext): Promise<Generator> {
  const { manifest, session, encoder, cacheBytes = usualCacheBytes } = context;
  if (manifest.task === 'automatic-speech-recognition') {
    return createTranscriber({ ...context, manifest, encoder: encoder! });
  }
  const layout = readDecoderLayout(session.inputs, session.outputs, manifest);
  const decoder = new Decoder(session, layout);
  const prefixes = new PrefixCache(decoder.slots, cacheBytes);
  const scheduler = new Scheduler(decoder, prefixes);
  const size = session.outputs.find(({ name }) => name === layout.logits)!.shape.at(-1);
  const model = await loadTextModel({ ...context, manifest }, typeof size === 'number' ? size : undefined);
  return {
    async generate(input, given, signal, emit) {
      const start = performance.now();
      const request = readRequest(model, input as GenerationInput, given);
      const encoded = encoder && (await encode(encoder, request.source, signal));
      const clock = { start, firstTokenAt: 0 };
      const onPiece = (piece: TextPiece): void => {
        clock.firstTokenAt ||= performance.now();
        emit(piece);
      };
      // Of a long prompt, and of beams, nothing else is heard for long.
      const showLife = (): void => emit({ text: '', index: 0 });
      if (request.beams > 1) {
        const found = await searchBeams(model, decoder, request, encoded, signal, { onPiece, onStep: showLife });
        return generationOf(model, request, found.answers, found, clock);
      }
      const answers = Array.from({ length: request.n }, (_, index) => createAnswer(model, request, index, onPiece));
      const [first, ...others] = answers;
      const write = ({ tokens, choose }: Answer): Promise<{ reusedTokens: number }> =>
        scheduler.write({ tokens, choose, signal, encoded, onProgress: showLife });
      // The others go on from the prompt that was computed for the first.
      const writing = write(first!);
      const reports = await Promise.all([writing, ...others.map(write)]);
      return generationOf(model, request, answers, reports[0], clock);
    },
    async probe() {
      const made = Array.from({ length: probeTokens }, (_, index) => (index * 7 + 1) % Math.min(model.size ?? 64, 64));
      const encoded = encoder && (await encode(encoder, made, never));
      const tokens = Array.from(
        { length: probeTokens },
        (_, index) => (index * 7 + 1) % Math.min(model.size ?? 64, 64),
      );
      const first = await decoder.run({ rows: [tokens], cache: undefined, encoded }, never);
      const logits = first.logits[0]!.slice();
      const step = decoder.hasCache ? [tokens[0]!] : [...tokens, tokens[0]!];
      const cache = decoder.hasCache ? first.cache : undefined;
      const second = await decoder.run({ rows: [step], cache, encoded }, never);
      const next = second.logits[0]!.slice();
      first.cache.release();
      second.cache.release();
      return {
        prompt: { type: 'float32', data: logits, dims: [logits.length] },
        next: { type: 'float32', data: next, dims: [next.length] },
      };
    },
    dispose: () => prefixes.clear(),
  };
}

const never = new AbortController().signal;

/** Runs an encoder over a text. @throws {InferenceError} */
async function encode(
  encoder: Pick<Session, 'inputs' | 'outputs' | 'run'>,
  tokens: readonly number[],
  signal: AbortSignal,
): Promise<Encoded> {
  const dims = [1, tokens.length];
  const mask: Tensor = { type: 'int64', data: new BigInt64Array(tokens.length).fill(1n), dims };
  const made: Record<string, Tensor> = {
    input_ids: { type: 'int64', data: BigInt64Array.from(tokens, BigInt), dims },
    attention_mask: mask,
  };
  const feeds: NamedTensors = {};
  for (const { name, type } of encoder.inputs) if (made[name]) feeds[name] = castTensor(made[name], type);
  const outputs = await encoder.run(feeds, signal);
  return { states: outputs['last_hidden_state'] ?? Object.values(outputs)[0]!, mask };
}

const probeTokens = 16;

/** What is common to all answers of a request. */
type Request = ReturnType<typeof readRequest>;

function generationOf(
  model: TextModel,
  { source, seed, droppedMessages }: Request,
  answers: readonly Answer[],
  { reusedTokens }: { readonly reusedTokens: number },
  { start, firstTokenAt }: { readonly start: number; readonly firstTokenAt: number },
): Generation {
  const end = performance.now();
  const choices = answers.map((answer) => answer.choice());
  const completionTokens = answers.reduce((sum, { count }) => sum + count, 0);
  const [best] = choices;
  if (!best) throw new InputError('n', `There is no answer to give of ${model.name}.`);
  const decodeMs = end - firstTokenAt;
  return {
    generatedText: best.text,
    message: best.message,
    finishReason: best.finishReason,
    choices,
    usage: {
      promptTokens: source.length,
      completionTokens,
      totalTokens: source.length + completionTokens,
      reusedTokens,
      droppedMessages,
    },
    timings: {
      timeToFirstTokenMs: (firstTokenAt || end) - start,
      totalMs: end - start,
      tokensPerSecond: completionTokens > 1 && decodeMs > 0 ? ((completionTokens - 1) / decodeMs) * 1000 : 0,
    },
    seed,
  };
}
