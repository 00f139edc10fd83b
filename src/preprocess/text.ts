import { InputError, ManifestError } from '../errors.ts';
import { nestsRepetitions } from './safe-pattern.ts';
import { shorten } from '../shown.ts';
import type { TextStep, TokenizeStep } from '../manifest/text.ts';
import type { Tensor } from '../tensor.ts';
import {
  align,
  normalizeUnicode,
  createWriter,
  mapCharacters,
  replaceAll,
  slice,
  type AlignedText,
} from './text-aligned.ts';
import { createTokenizer, type Token, type Tokenizer, type TokenSequence } from './tokenize.ts';

/** What a text became. */
export interface EncodedText {
  /**
   * By the roles that a model's inputs play: `input_ids`, `attention_mask`, `token_type_ids` and `position_ids` as
   * int64 `[1, tokens]`, or strings: `words` `[1, words]`, `text` `[1]`.
   */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** One for each of `input_ids`, padding included; none where no step tokenizes. */
  readonly tokens: readonly Token[];
}

export interface EncodeOptions {
  /** The second of two texts. */
  readonly pair?: string | undefined;
  /** What the text is for, where its prefix depends on it. */
  readonly as?: 'query' | 'document' | undefined;
  /**
   * Which text of a pair is cut where there are too many tokens. Where the second leaves no room for the `first`,
   * nothing is cut.
   *
   * @default 'longest'
   */
  readonly cut?: 'longest' | 'first' | undefined;
}

export interface WindowOptions {
  readonly maxTokens: number;
  readonly stride: number;
}

/** The steps of a manifest, ready to be run over texts. */
export interface TextEncoding {
  /** The roles of the tensors it gives. */
  readonly roles: readonly string[];
  /** Undefined where no step tokenizes. */
  readonly tokenizer: Tokenizer | undefined;
  /** Tokens that a text is cut to at the most. */
  readonly maxTokens: number;
  encode(text: string, options?: EncodeOptions): EncodedText;
  /**
   * A text, or of a pair the second, cut into windows that overlap by `stride` tokens, or by half of themselves where
   * they are no longer than that. Each fits, with the whole first text of a pair, into `maxTokens`, or the manifest's,
   * where that is less.
   *
   * @throws {RangeError} when nothing has room beside the first text.
   */
  windows(text: string, pair: string | undefined, options: WindowOptions): EncodedText[];
}

/**
 * Makes what runs the text steps of a manifest.
 *
 * @param readJson reads a file of the archive
 * @param shapeOf the shape that the model wants of the tensor of a role: how strings lie, and how many token ids it
 *   takes where that is fixed
 * @throws {ManifestError} `file-invalid` when a step cannot be run: a broken pattern, a tokenizer that is not known.
 */
export async function createTextEncoder(
  steps: readonly TextStep[],
  readJson: (path: string) => Promise<Readonly<Record<string, unknown>>>,
  shapeOf: (role: string) => readonly (number | string)[] | undefined = () => undefined,
): Promise<TextEncoding> {
  const at = steps.findIndex(({ step }) => step === 'tokenize' || step === 'words');
  const last = at < 0 ? undefined : (steps[at] as Extract<TextStep, { step: 'tokenize' | 'words' }>);
  if (last && at < steps.length - 1) {
    throw new ManifestError(
      'file-invalid',
      `Step ${at + 1} of preprocess, ${JSON.stringify(last.step)}, turns the text into a tensor, and preprocess[${at + 1}] comes after it. Put it last.`,
    );
  }
  const changes = (last ? steps.slice(0, at) : steps).map(createChange);
  const changed: Change = (text, as) => changes.reduce((now, change) => change(now, as), text);
  if (last?.step === 'tokenize') {
    const padTo = lengthOf(last, at, shapeOf('input_ids'));
    return tokenEncoding({ ...last, padTo }, await loadTokenizer(last, at, readJson), changed);
  }
  const wordsOf = last && createWords(last, `preprocess[${at}].pattern`);
  const role = wordsOf ? 'words' : 'text';
  const encode: TextEncoding['encode'] = (text, { as } = {}) => {
    const { text: prepared } = changed(align(text), as);
    const found = wordsOf ? wordsOf(prepared) : [prepared];
    // Runtimes refuse to count in nothing; an empty word counts for nothing.
    const data = found.length > 0 ? found : [''];
    const rank = shapeOf(role)?.length ?? (wordsOf ? 2 : 1);
    const dims =
      rank === 0 ? [] : rank === 1 ? [data.length] : [...Array.from({ length: rank - 1 }, () => 1), data.length];
    return { tensors: { [role]: { type: 'string', data, dims } }, tokens: [] };
  };
  return { roles: [role], tokenizer: undefined, maxTokens: Infinity, encode, windows: (text) => [encode(text)] };
}

/** Characters that a replacement may make of a short text: two that follow each other must not fill the memory. */
const maxGrowth = 2 ** 20;

type Change = (text: AlignedText, as: EncodeOptions['as']) => AlignedText;

function createChange(step: TextStep, index: number): Change {
  switch (step.step) {
    case 'trim':
      return (text) => {
        const from = text.text.length - text.text.trimStart().length;
        return slice(text, from, Math.max(from, text.text.trimEnd().length));
      };
    case 'lowercase':
      return lowercase;
    case 'unicode-normalize':
      return (text) => normalizeUnicode(text, step.form);
    case 'replace': {
      const pattern = compile(step.pattern, step.flags, `preprocess[${index}].pattern`);
      return (text) => {
        const replaced = replaceAll(text, pattern, (match) => expand(step.with, match), 'match');
        if (replaced.text.length <= Math.max(maxGrowth, 2 * text.text.length)) return replaced;
        throw new InputError(
          'text',
          `The text becomes too long: preprocess[${index}] makes ${replaced.text.length} characters of it.`,
        );
      };
    }
    case 'prefix':
      return (text, as) => {
        if (step.for !== undefined && step.for !== as) return text;
        const writer = createWriter();
        const start = text.starts[0] ?? 0;
        writer.write(step.text, start, start);
        writer.copy(text, 0, text.text.length);
        return writer.done();
      };
    default:
      throw new TypeError(`${step.step} is not a change of a text.`);
  }
}

/** As `toLowerCase()` of the whole text, which looks at what is around a sigma. */
function lowercase(text: AlignedText): AlignedText {
  const whole = text.text.toLowerCase();
  const each = mapCharacters(text, (char) => char.toLowerCase());
  return whole.length === each.text.length ? { ...each, text: whole } : each;
}

/** What `with` of a replacement stands for, as in `String.replace`: `$1`, `$<name>`, `$&`, `$$`. */
function expand(replacement: string, match: RegExpExecArray): string {
  return replacement.replaceAll(/\$(?:(\$)|(&)|(\d)|<([^>]*)>)/g, (whole, dollar, all, digit, name) => {
    if (dollar) return '$';
    if (all) return match[0];
    if (digit !== undefined)
      return Number(digit) > 0 && Number(digit) < match.length ? (match[Number(digit)] ?? '') : whole;
    return match.groups ? (match.groups[name as string] ?? '') : whole;
  });
}

function createWords(
  { pattern, flags, stopWords = [] }: Extract<TextStep, { step: 'words' }>,
  path: string,
): (text: string) => string[] {
  const compiled = compile(pattern, flags, path);
  const stop = new Set(stopWords);
  return (text) => [...text.matchAll(compiled)].map(([word]) => word).filter((word) => !stop.has(word));
}

/** @throws {ManifestError} that names the step. */
function compile(pattern: string, flags: string | undefined, path: string): RegExp {
  if (nestsRepetitions(pattern)) {
    throw new ManifestError(
      'file-invalid',
      `${path} of inference.json repeats what repeats itself, ${shorten(JSON.stringify(pattern))}: some texts would keep it busy for ever. Write it without a repetition within a repetition.`,
    );
  }
  try {
    return new RegExp(pattern, [...new Set(`${flags ?? 'u'}g`)].join(''));
  } catch (cause) {
    throw new ManifestError(
      'file-invalid',
      `${path} of inference.json is not a regular expression of JavaScript: ${shorten((cause as Error).message, 200)}.`,
      { cause },
    );
  }
}

/**
 * Tokens that each text is padded to: as many as the model takes, where that is fixed.
 *
 * @throws {ManifestError} where the step says another number, or the model takes one token.
 */
function lengthOf(
  { padTo }: TokenizeStep,
  index: number,
  shape: readonly (number | string)[] | undefined,
): number | undefined {
  const fixed = shape?.length === 2 ? shape[1] : undefined;
  if (typeof fixed !== 'number' || fixed < 1) return padTo;
  const taken = `The model takes token ids of the shape [${shape!.join(', ')}]`;
  if (fixed === 1) {
    throw new ManifestError(
      'task-unsupported',
      `${taken}, one token a text. Export it with a sequence that is free (dynamic_axes of torch.onnx.export), or as long as texts get.`,
    );
  }
  if (padTo === undefined || padTo === fixed) return fixed;
  throw new ManifestError(
    'file-invalid',
    `${taken}, and preprocess[${index}] pads to ${padTo}. Write "padTo": ${fixed} there, or leave it out.`,
  );
}

async function loadTokenizer(
  { tokenizer = 'tokenizer.json', tokenizerConfig, specialTokensMap }: TokenizeStep,
  index: number,
  readJson: (path: string) => Promise<Readonly<Record<string, unknown>>>,
): Promise<Tokenizer> {
  const json = await readJson(tokenizer);
  const special = specialTokensMap === undefined ? {} : await readJson(specialTokensMap);
  const config = { ...special, ...(tokenizerConfig === undefined ? {} : await readJson(tokenizerConfig)) };
  try {
    return createTokenizer(json, config);
  } catch (cause) {
    throw new ManifestError(
      'file-invalid',
      `${JSON.stringify(tokenizer)}, which preprocess[${index}].tokenizer names, is not a tokenizer that is known: ${(cause as Error).message}. Save it again as a fast tokenizer.`,
      { cause },
    );
  }
}

function tokenEncoding(
  { maxTokens = Infinity, padTo }: TokenizeStep,
  tokenizer: Tokenizer,
  change: Change,
): TextEncoding {
  const limit = Math.min(maxTokens, padTo ?? Infinity);
  const tokensOf = (text: string, sequence: 0 | 1, as?: EncodeOptions['as']): Token[] =>
    tokenizer.tokenize(change(align(text), as), sequence);
  const finish = (sequence: TokenSequence): EncodedText => tensorsOf(pad(sequence, padTo ?? 0, tokenizer));
  return {
    roles: ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'],
    tokenizer,
    maxTokens: limit,
    encode(text, { pair, as, cut = 'longest' } = {}) {
      const room = Math.max(0, limit - (pair === undefined ? tokenizer.added.single : tokenizer.added.pair));
      const first = tokensOf(text, 0, as);
      const second = pair === undefined ? undefined : tokensOf(pair, 1, as);
      // A fixed length has no room for what is not cut.
      const isLeft = cut === 'first' && !(padTo !== undefined && (second?.length ?? 0) >= room);
      return finish(tokenizer.complete(...(isLeft ? cutFirst : cutLongest)(first, second, room)));
    },
    windows(text, pair, { maxTokens: most, stride }) {
      const first = tokensOf(text, 0);
      const long = pair === undefined ? first : tokensOf(pair, 1);
      const kept = pair === undefined ? tokenizer.added.single : tokenizer.added.pair + first.length;
      const room = Math.min(most, limit) - kept;
      if (room <= 0) throw new RangeError(`It is ${first.length} tokens long, which leaves no room for another text.`);
      const windows: EncodedText[] = [];
      for (let start = 0; ; start += room - (stride < room ? stride : Math.floor(room / 2))) {
        const part = long.slice(start, start + room);
        windows.push(
          finish(pair === undefined ? tokenizer.complete(part, undefined) : tokenizer.complete(first, part)),
        );
        if (start + room >= long.length) return windows;
      }
    },
  };
}

/**
 * Cuts what is too long at its end, the longer of two texts first; where both are, they share the room.
 * Source: `truncate_encodings`, strategy `LongestFirst`, of huggingface/tokenizers.
 */
function cutLongest(first: Token[], second: Token[] | undefined, room: number): [Token[], Token[] | undefined] {
  if (!second) return [first.slice(0, room), undefined];
  let shorter = Math.min(first.length, second.length);
  let longer = Math.max(shorter, Math.min(Math.max(first.length, second.length), room - shorter));
  if (shorter + longer > room) {
    shorter = Math.floor(room / 2);
    longer = room - shorter;
  }
  return first.length > second.length
    ? [first.slice(0, longer), second.slice(0, shorter)]
    : [first.slice(0, shorter), second.slice(0, longer)];
}

/** Strategy `OnlyFirst`. */
function cutFirst(first: Token[], second: Token[] | undefined, room: number): [Token[], Token[] | undefined] {
  const left = room - (second?.length ?? 0);
  return [left > 0 ? first.slice(0, left) : first, second];
}

function pad(sequence: TokenSequence, length: number, { padding }: Tokenizer): TokenSequence {
  const missing = length - sequence.tokens.length;
  if (missing <= 0) return sequence;
  const { id, token, typeId, side } = padding;
  const one: Token = { id, token, sequence: null, special: true, padding: true, word: null, start: 0, end: 0 };
  const tokens = Array.from({ length: missing }, () => one);
  const typeIds = tokens.map(() => typeId);
  return side === 'left'
    ? { tokens: [...tokens, ...sequence.tokens], typeIds: [...typeIds, ...sequence.typeIds] }
    : { tokens: [...sequence.tokens, ...tokens], typeIds: [...sequence.typeIds, ...typeIds] };
}

function tensorsOf({ tokens, typeIds }: TokenSequence): EncodedText {
  const row = (values: readonly number[]): Tensor => ({
    type: 'int64',
    data: BigInt64Array.from(values, BigInt),
    dims: [1, values.length],
  });
  return {
    tokens,
    tensors: {
      input_ids: row(tokens.map(({ id }) => id)),
      attention_mask: row(tokens.map(({ padding }) => (padding ? 0 : 1))),
      token_type_ids: row(typeIds),
      position_ids: row(tokens.map((_, position) => position)),
    },
  };
}
