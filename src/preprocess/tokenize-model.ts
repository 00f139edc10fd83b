import type { Model } from '@huggingface/tokenizers';

/** A token of a word: from unit `from` to unit `to` of it. */
export interface Piece {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** The tokenizer library's models, by what is read of them here. */
type LibraryModel = InstanceType<typeof Model> & {
  readonly tokens_to_ids: Map<string, number>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly unk_token?: string;
  /** BPE: the pieces of a word after all merges. */
  bpe?(word: string): string[];
  /** Unigram: the likeliest pieces of a word. */
  tokenize?(word: string): string[];
};

/**
 * Finds the tokens of words with a model of the tokenizer library, and where in the word each one is.
 *
 * @throws {Error} when it is of a type that is not known.
 */
export function createPieces(made: unknown, unknownToken: string | undefined): (word: string) => Piece[] {
  const model = made as LibraryModel;
  if (typeof model.bpe === 'function') return bpe(model, (word) => model.bpe!(word));
  if (typeof model.tokenize === 'function') return unigram(model, (word) => model.tokenize!(word));
  if ('max_input_chars_per_word' in model) return wordPiece(model);
  return wordLevel(model, unknownToken);
}

function wordPiece(model: LibraryModel): (word: string) => Piece[] {
  const prefix = String(model.config['continuing_subword_prefix'] ?? '##');
  const unknown = model.unk_token ?? '[UNK]';
  return (word) => {
    const tokens = model.encode([word]);
    if (tokens.length === 1 && tokens[0] === unknown) return unknownPiece(model, unknown, word);
    let at = 0;
    return tokens.map((token, index) => {
      const from = at;
      at += token.length - (index > 0 ? prefix.length : 0);
      return { id: model.tokens_to_ids.get(token)!, from, to: at };
    });
  };
}

function wordLevel(model: LibraryModel, unknownToken: string | undefined): (word: string) => Piece[] {
  const unknown = String(model.config['unk_token'] ?? unknownToken ?? '[UNK]');
  return (word) => {
    const id = model.tokens_to_ids.get(word);
    return id === undefined ? unknownPiece(model, unknown, word) : [{ id, from: 0, to: word.length }];
  };
}

function bpe(model: LibraryModel, split: (word: string) => string[]): (word: string) => Piece[] {
  const { tokens_to_ids: ids, config, unk_token: unknown } = model;
  const suffix = String(config['end_of_word_suffix'] ?? '');
  const inner = String(config['continuing_subword_suffix'] ?? '');
  return (word) => {
    const whole = config['ignore_merges'] ? ids.get(word) : undefined;
    if (whole !== undefined) return [{ id: whole, from: 0, to: word.length }];
    const tokens = split(word);
    let at = 0;
    const pieces = tokens.flatMap((token, index) => {
      const from = at;
      at += token.length - (index === tokens.length - 1 ? suffix : inner).length;
      const id = ids.get(token);
      if (id !== undefined) return [{ id, from, to: at }];
      return (
        (config['byte_fallback'] ? bytePieces(model, token, from, at) : undefined) ??
        unknownPiece(model, unknown ?? undefined, token, from, at)
      );
    });
    return config['fuse_unk'] && unknown ? fuse(pieces, ids.get(unknown)) : pieces;
  };
}

function unigram(model: LibraryModel, split: (word: string) => string[]): (word: string) => Piece[] {
  const { tokens_to_ids: ids, config, unk_token: unknown } = model;
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);
  return (word) => {
    let at = 0;
    const pieces = split(word).map((token) => {
      const from = at;
      at += token.length;
      return { id: ids.get(token) ?? unknownId ?? 0, from, to: at };
    });
    const fused = fuse(pieces, unknownId);
    if (!config['byte_fallback']) return fused;
    return fused.flatMap((piece) =>
      piece.id === unknownId
        ? (bytePieces(model, word.slice(piece.from, piece.to), piece.from, piece.to) ?? [piece])
        : [piece],
    );
  };
}

function unknownPiece(
  model: LibraryModel,
  unknown: string | undefined,
  word: string,
  from = 0,
  to: number = word.length,
): Piece[] {
  const id = unknown === undefined ? undefined : model.tokens_to_ids.get(unknown);
  return id === undefined ? [] : [{ id, from, to }];
}

/** The tokens `<0xE2>` of a text's bytes, where the vocabulary has them all. */
function bytePieces(model: LibraryModel, text: string, from: number, to: number): Piece[] | undefined {
  const pieces: Piece[] = [];
  let at = from;
  for (const char of text) {
    const end = Math.min(to, at + char.length);
    for (const byte of new TextEncoder().encode(char)) {
      const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
      const id = model.tokens_to_ids.get(token);
      if (id === undefined) return undefined;
      pieces.push({ id, from: at, to: end });
    }
    at = end;
  }
  return pieces;
}

/** Neighbours that are both unknown become one. */
function fuse(pieces: readonly Piece[], unknownId: number | undefined): Piece[] {
  const fused: Piece[] = [];
  for (const piece of pieces) {
    const before = fused.at(-1);
    if (before && piece.id === unknownId && before.id === unknownId) {
      fused[fused.length - 1] = { id: piece.id, from: before.from, to: piece.to };
    } else fused.push(piece);
  }
  return fused;
}
