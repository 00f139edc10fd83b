import { ManifestError } from '../errors.ts';
import { bytesOf } from '../preprocess/tokenize-bytes.ts';
import { shown } from '../shown.ts';

/**
 * The bytes that each token of a `tokenizer.json` (huggingface/tokenizers) adds to a text, by its id: nothing for
 * special tokens, the unknown token and ids that no token has. What a decoder does at the beginning of a text only, as
 * to take a space away, is not in them.
 *
 * @throws {ManifestError} where tokens are not written by their bytes alone, as of WordPiece.
 */
export function tokenBytes(tokenizer: TokenizerJson): (Uint8Array | undefined)[] {
  const { model, added_tokens: added = [], decoder, pre_tokenizer: preTokenizer } = tokenizer;
  const toBytes = decoderOf(decoder ?? preTokenizer);
  const tokens: (Uint8Array | undefined)[] = [];
  const unknown = unknownOf(model);
  for (const [token, id] of entriesOf(model)) {
    while (tokens.length <= id) tokens.push(undefined);
    tokens[id] = token === unknown || id === unknown ? undefined : toBytes(token);
  }
  for (const { id, content, special: isSpecial } of added) {
    while (tokens.length <= id) tokens.push(undefined);
    tokens[id] = isSpecial === true ? undefined : encoder.encode(content);
  }
  return tokens;
}

/** What of a `tokenizer.json` says how tokens are written. */
export interface TokenizerJson {
  readonly model: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    readonly unk_token?: string | null;
    readonly unk_id?: number | null;
  };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string; readonly special?: boolean }[];
  readonly decoder?: TokenizerStep | null;
  readonly pre_tokenizer?: TokenizerStep | null;
}

/** A step of a decoder or of a pre-tokenizer. */
export interface TokenizerStep {
  readonly type: string;
  readonly decoders?: readonly TokenizerStep[];
  readonly pretokenizers?: readonly TokenizerStep[];
  readonly pattern?: { readonly String?: string; readonly Regex?: string };
  readonly content?: string;
  readonly replacement?: string;
}

const encoder = new TextEncoder();

/** What a step makes of a token: bytes are the last that it can be. */
type Decode = (token: string | Uint8Array) => string | Uint8Array;

function decoderOf(step: TokenizerStep | null | undefined): (token: string) => Uint8Array {
  const steps = stepsOf(step).map(decodeOf);
  return (token) => {
    const made = steps.reduce<string | Uint8Array>((left, decode) => decode(left), token);
    return typeof made === 'string' ? encoder.encode(made) : made;
  };
}

function stepsOf(step: TokenizerStep | null | undefined): readonly TokenizerStep[] {
  if (step === null || step === undefined) return [];
  return step.type === 'Sequence' ? (step.decoders ?? step.pretokenizers ?? []).flatMap(stepsOf) : [step];
}

function decodeOf({ type, pattern, content = '', replacement = '▁' }: TokenizerStep): Decode {
  switch (type) {
    case 'ByteLevel':
      return onText(bytesOf);
    case 'ByteFallback':
      return onText((token) => {
        const [, hex] = /^<0x([0-9A-Fa-f]{2})>$/.exec(token) ?? [];
        return hex === undefined ? token : Uint8Array.of(Number.parseInt(hex, 16));
      });
    case 'Metaspace':
      return onText((token) => token.replaceAll(replacement, ' '));
    case 'Replace':
      if (pattern?.String !== undefined) return onText((token) => token.replaceAll(pattern.String!, () => content));
      break;
    // These look at the text as a whole, or at how words were split.
    case 'Fuse':
    case 'Strip':
    case 'Split':
    case 'Digits':
    case 'Punctuation':
      return (token) => token;
  }
  throw new ManifestError(
    'file-invalid',
    `The decoder ${shown(type)} of the tokenizer does not write each token by itself, so that an answer cannot be kept ` +
      'to a form. Tokenizers that can: byte-level BPE, and SentencePiece.',
  );
}

function onText(decode: (token: string) => string | Uint8Array): Decode {
  return (token) => (typeof token === 'string' ? decode(token) : token);
}

function entriesOf({ vocab = {} }: TokenizerJson['model']): readonly (readonly [string, number])[] {
  if (!Array.isArray(vocab)) return Object.entries(vocab as Record<string, number>);
  return (vocab as readonly (readonly [string, number])[]).map(([token], id) => [token, id] as const);
}

function unknownOf({ unk_token: token, unk_id: id }: TokenizerJson['model']): string | number | undefined {
  return token ?? id ?? undefined;
}
