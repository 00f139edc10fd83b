import { castTensor } from '../../cast-tensor.ts';
import { InferenceError, ManifestError } from '../../errors.ts';
import type { SpeechDecoderManifest } from '../../manifest/index.ts';
import { checkSamples } from '../../preprocess/audio-input.ts';
import { audioRate } from '../../preprocess/audio-rate.ts';
import { audioTensor } from '../../preprocess/audio-tensor.ts';
import type { Media, Samples } from '../../preprocess/media.ts';
import { resample } from '../../preprocess/resample.ts';
import type { Session } from '../../runtime/session.ts';
import type { NamedTensors, Tensor } from '../../tensor.ts';
import { readDecoderLayout } from '../decoder-layout.ts';
import { Decoder, type Encoded } from '../decoder.ts';
import { createDetokenizer } from '../detokenizer.ts';
import type { TextPiece } from '../options.ts';
import { PrefixCache } from '../prefix-cache.ts';
import { forkSeed } from '../sampling/random.ts';
import { createSampler, type Sampler } from '../sampling/sampler.ts';
import { Scheduler } from '../scheduler.ts';
import { shortList } from '../short-list.ts';
import { readSegments } from './read-segments.ts';
import { loadSpeechModel, type SpeechModel } from './speech-model.ts';
import { readSpeechRequest, type TranscriptionRequest } from './speech-request.ts';
import { applyTimestampRules } from './timestamp-rules.ts';
import type { Transcript, TranscriptChunk } from './transcript.ts';

/** A model that writes what it hears. */
export interface Transcriber {
  /**
   * Writes down a recording of any length, one window after the other. Calls may overlap.
   *
   * @param emit is told each piece as it comes
   * @throws {InputError} @throws {InferenceError}; the signal's reason, within one token of an abort
   */
  generate(input: unknown, options: object, signal: AbortSignal, emit: (piece: TextPiece) => void): Promise<Transcript>;
  /** The logits of a sound that is made up: the same each time. */
  probe(): Promise<NamedTensors>;
  dispose(): void;
  /** Samples a second that it wants. */
  readonly sampleRate: number;
}

/** What a transcriber is made of. */
export interface TranscriberContext {
  readonly manifest: SpeechDecoderManifest;
  /** Of the decoder. */
  readonly session: Pick<Session, 'inputs' | 'outputs' | 'runKeeping'>;
  readonly encoder: Pick<Session, 'inputs' | 'outputs' | 'run'>;
  readonly media: Pick<Media, 'readAudio'>;
  /** Parsed JSON of a file of the archive. @throws {ManifestError} */
  readJson(path: string): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Makes what writes down recordings with an encoder and a decoder of Whisper's kind. A recording is heard in windows of
 * the length that the model was trained on; without times one begins where the one before ended, with times where its
 * last words did.
 *
 * Source: Radford et al., “Robust Speech Recognition via Large-Scale Weak Supervision”, 2022, section 3.8, without its
 * fallback to higher temperatures.
 *
 * @throws {ManifestError} when the model is none, or its steps do not fit.
 */
export async function createTranscriber(context: TranscriberContext): Promise<Transcriber> {
  const { manifest, session, media } = context;
  const rate = audioRate(manifest.preprocess);
  const encode = createEncoder(context);
  const decoder = new Decoder(session, readDecoderLayout(session.inputs, session.outputs, manifest));
  // Two recordings that begin alike have nothing in common that could be kept.
  const scheduler = new Scheduler(decoder, new PrefixCache(decoder.slots, 0));
  const model = await loadSpeechModel(manifest, context.readJson);
  return {
    sampleRate: rate,
    async generate(input, given, signal, emit) {
      const request = readSpeechRequest(model, given);
      const recorded = await media.readAudio(input, 'audio', rate, signal);
      checkSamples(recorded, 'audio');
      const sound = resample(recorded, rate);
      const writer = createWriter(emit, request.resume);
      const chunks: TranscriptChunk[] = [];
      let { language } = request;
      let from = 0;
      for (let index = 0; from < sound.data.length; index++) {
        signal.throwIfAborted();
        // A long recording gives signs of life.
        emit({ text: '', index: 0 });
        const window = { data: sound.data.subarray(from, from + encode.samples), rate };
        if (isSilent(window)) {
          from += encode.samples;
          continue;
        }
        const encoded = await encode.run(window, signal);
        const frames = encoded.states.dims[1]!;
        const secondsPerStep = encode.samples / rate / frames;
        const written = createWindow(model, { ...request, language }, { index, secondsPerStep }, writer);
        await scheduler.write({ tokens: written.tokens, choose: written.choose, signal, encoded });
        language = written.language;
        if (!request.timestamps) {
          from += encode.samples;
          continue;
        }
        const { segments, advance } = readSegments(written.written, model.firstTimestamp!, frames);
        const total = sound.data.length / rate;
        for (const segment of segments) {
          const text = model.tokenizer.decode(segment.tokens, { skipSpecial: true }).trim();
          if (text === '') continue;
          const at = (step: number): number => rounded(Math.min(from / rate + step * secondsPerStep, total));
          const [start, end] = [at(segment.start), at(segment.end)];
          chunks.push({ text, start, end, timestamp: [start, end] });
        }
        from += Math.round(advance * secondsPerStep * rate);
      }
      return { text: writer.text, ...(language !== undefined && { language }), ...(request.timestamps && { chunks }) };
    },
    async probe() {
      const data = Float32Array.from(
        { length: encode.samples },
        (_, n) => 0.3 * Math.sin((2 * Math.PI * 440 * n) / rate),
      );
      const encoded = await encode.run({ data, rate }, never);
      const { logits, cache } = await decoder.run({ rows: [[model.startToken]], cache: undefined, encoded }, never);
      const next = logits[0]!.slice();
      cache.release();
      return { next: { type: 'float32', data: next, dims: [next.length] } };
    },
    dispose() {},
  };
}

const never = new AbortController().signal;

/** Milliseconds are as far as times go. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Of what has no sound at all, such models write what they were trained on. */
function isSilent({ data }: Samples): boolean {
  return data.every((sample) => Math.abs(sample) < quietest);
}

/** Half of a step of 16 bits. */
const quietest = 2 ** -16;

interface Encoder {
  /** Of a window, at the model's rate. */
  readonly samples: number;
  run(window: Samples, signal: AbortSignal): Promise<Encoded>;
}

/** Makes what turns a window of sound into the encoder's states. */
function createEncoder({ manifest, encoder }: TranscriberContext): Encoder {
  const { preprocess } = manifest;
  const wrong = (reason: string): ManifestError =>
    new ManifestError('file-invalid', `The model cannot be fed: ${reason}. Correct "preprocess" of inference.json.`);
  const length = preprocess.find((step) => step.step === 'pad-or-trim');
  const mel = preprocess.find((step) => step.step === 'log-mel');
  if (!length) throw wrong('no step "pad-or-trim" says how long a window of its sound is');
  if (!mel) throw wrong('no step "log-mel" makes the spectrogram that its encoder takes');
  const { bins = 80 } = mel;
  const input = encoder.inputs.find(({ name }) => name === 'input_features') ?? encoder.inputs[0];
  if (!input || encoder.inputs.length > 1 || input.shape.length !== 3) {
    const taken = shortList(
      encoder.inputs.map(({ name, shape }) => `${JSON.stringify(name)} [${shape.join(', ')}]`),
      2,
    );
    throw new ManifestError(
      'task-unsupported',
      `The encoder takes ${taken || 'nothing'}, and a spectrogram is what there is for it: "input_features" [1, ${bins}, frames].`,
    );
  }
  const [, wanted] = input.shape;
  if (typeof wanted === 'number' && wanted > 0 && wanted !== bins)
    throw wrong(`its encoder takes ${wanted} bins, and "log-mel" makes ${bins}`);
  const output = manifest.results['last_hidden_state'] ?? 'last_hidden_state';
  return {
    samples: length.samples,
    async run(window, signal) {
      const features = audioTensor(window, preprocess).byRole['input_features']!;
      const outputs = await encoder.run({ [input.name]: castTensor(features, input.type) }, signal);
      const states: Tensor | undefined = outputs[output] ?? Object.values(outputs)[0];
      if (states?.dims.length === 3 && states.dims[1]! > 0) return { states };
      throw new InferenceError(
        'inference-failed',
        `The encoder gave [${states?.dims.join(', ')}] where [1, frames, size] is wanted. Name the right output under "results" of inference.json: { "last_hidden_state": "…" }.`,
      );
    },
  };
}

/** What the text of a recording is written to, piece by piece. */
interface Writer {
  readonly text: string;
  /** The next token that another engine had written before it was lost; undefined when there is none left. */
  resumed(): number | undefined;
  /** @param token by which the piece is there */
  push(piece: string, token: number): void;
}

function createWriter(emit: (piece: TextPiece) => void, resume: readonly number[]): Writer {
  let text = '';
  let next = 0;
  let known = 0;
  return {
    get text() {
      return text;
    },
    resumed: () => resume[next++],
    push(piece, token) {
      // The space that a model's first word begins with says nothing.
      const added = text === '' ? piece.trimStart() : piece;
      text += added;
      // Whoever listens has those of the engine that was lost.
      if (known++ >= resume.length) emit({ text: added, token, index: 0 });
    },
  };
}

/** The text of a window on its way. */
interface WindowText {
  /** The prompt's, and those that the model has to go on from. */
  readonly tokens: number[];
  /** Without the prompt, and without that which ended it. */
  readonly written: readonly number[];
  readonly language: string | undefined;
  choose(logits: Float32Array): number | undefined;
}

/** Makes what chooses the tokens of one window, and gives its text away. */
function createWindow(
  model: SpeechModel,
  request: TranscriptionRequest,
  { index, secondsPerStep }: { readonly index: number; readonly secondsPerStep: number },
  writer: Writer,
): WindowText {
  const { timestamps, task, sampling, maxTokens } = request;
  const { languages, endToken, firstTimestamp = Infinity } = model;
  let { language } = request;
  const isToBeTold = language === undefined && languages.size > 0;
  // What comes after the language has to wait for it.
  const after = [
    ...(task === undefined ? [] : [task]),
    ...(timestamps || model.noTimestamps === undefined ? [] : [model.noTimestamps]),
  ];
  const known = language === undefined ? [] : [languages.get(language)!];
  const tokens = isToBeTold ? [model.startToken] : [model.startToken, ...known, ...after];
  const forced: number[] = isToBeTold ? after : [];
  const promptLength = tokens.length + (isToBeTold ? 1 : 0) + forced.length;
  const most = Math.max(1, Math.min(maxTokens ?? Infinity, model.contextLength - promptLength));
  const rules = {
    firstTimestamp,
    endToken,
    noTimestamps: model.noTimestamps,
    maxInitialTimestamp: model.maxInitialTimestamp ?? Math.round(1 / secondsPerStep),
  };
  const seed = sampling.seed;
  const own = seed === undefined ? sampling : { ...sampling, seed: index === 0 ? seed : forkSeed(seed, index) };
  const written: number[] = [];
  /** Of one segment: a character does not go on after a time. */
  let detokenizer = createDetokenizer(model.tokenizer);
  let sampler: Sampler | undefined;
  /** With times: words that no time stands after yet. */
  let held = '';
  let hasPair = false;
  let isTold = !isToBeTold;
  const constrain = (logits: Float32Array): void => {
    for (const token of model.suppressed) logits[token] = -Infinity;
    if (written.length === 0) for (const token of model.beginSuppressed) logits[token] = -Infinity;
    if (timestamps) applyTimestampRules(logits, written, rules);
    else if (firstTimestamp < logits.length) logits.fill(-Infinity, firstTimestamp);
  };
  /** What is left at the end of the window. Words after the last pair of times are heard again in the next one. */
  const rest = (): string => {
    const left = held + detokenizer.end();
    return timestamps && hasPair ? '' : left;
  };
  const take = (token: number): void => {
    const isTime = token >= firstTimestamp;
    hasPair ||= isTime && written.length > 0 && written.at(-1)! >= firstTimestamp;
    written.push(token);
    held += isTime ? detokenizer.end() : detokenizer.push(token);
    if (isTime) detokenizer = createDetokenizer(model.tokenizer);
    let piece = timestamps && !isTime ? '' : held;
    held = held.slice(piece.length);
    if (written.length >= most) piece += rest();
    writer.push(piece, token);
  };
  return {
    tokens,
    written,
    get language() {
      return language;
    },
    choose(logits) {
      if (!isTold) {
        isTold = true;
        const token = likeliestOf(logits, languages.values());
        language = [...languages].find(([, one]) => one === token)?.[0];
        return token;
      }
      const next = forced.shift();
      if (next !== undefined) return next;
      sampler ??= createSampler(own, logits.length);
      const resumed = writer.resumed();
      if (resumed !== undefined) sampler.replay(resumed);
      const token = resumed ?? sampler.next(logits, constrain).token;
      if (token === endToken) {
        writer.push(rest(), token);
        return undefined;
      }
      take(token);
      return written.length < most ? token : undefined;
    },
  };
}

function likeliestOf(logits: Float32Array, tokens: Iterable<number>): number {
  let best = -1;
  for (const token of tokens) if (best < 0 || logits[token]! > logits[best]!) best = token;
  return best;
}
