/** The tokens of a model by their bytes. */
export interface Vocabulary {
  /** How many there are. */
  readonly size: number;
  /** The beginning of all tokens: a tree with a branch a byte. */
  readonly root: TokenTree;
  /** Tokens that end an answer. */
  readonly endTokens: ReadonlySet<number>;
  /** The bytes of a token; undefined of special ones. */
  bytesOf(token: number): Uint8Array | undefined;
}

/** Tokens that begin with the same bytes. */
export interface TokenTree {
  /** Those that are at their end here. */
  readonly tokens: readonly number[];
  readonly branches: ReadonlyMap<number, TokenTree>;
}

interface GrowingTree extends TokenTree {
  readonly tokens: number[];
  readonly branches: Map<number, GrowingTree>;
}

/** @param tokens the bytes of each token by its id; undefined of special ones, and of empty places */
export function createVocabulary(
  tokens: readonly (Uint8Array | undefined)[],
  endTokens: ReadonlySet<number>,
): Vocabulary {
  const root: GrowingTree = { tokens: [], branches: new Map() };
  for (const [token, bytes] of tokens.entries()) {
    if (!bytes || bytes.length === 0 || endTokens.has(token)) continue;
    let tree = root;
    for (const byte of bytes) {
      let next = tree.branches.get(byte);
      if (!next) tree.branches.set(byte, (next = { tokens: [], branches: new Map() }));
      tree = next;
    }
    tree.tokens.push(token);
  }
  return { size: tokens.length, root, endTokens, bytesOf: (token) => tokens[token] };
}
