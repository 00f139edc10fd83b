import type { Spelling } from './terms.ts';

/** The tokens of a model by their bytes: a trie in the order of a walk through it, depth first. */
export interface Vocabulary {
  /** The bytes of each token; nothing for those that are never allowed. */
  readonly tokens: readonly (Uint8Array | undefined)[];
  /** Tokens that end an answer. */
  readonly endTokens: ReadonlySet<number>;
  /** The byte that leads to each node. */
  readonly bytes: Uint8Array;
  /** How many bytes lead to each node. */
  readonly depths: Uint16Array;
  /** The first node that is not below each node. */
  readonly nexts: Uint32Array;
  /** Where the tokens that end at each node begin in `ids`; they go on to where those of the next node begin. */
  readonly starts: Uint32Array;
  readonly ids: Uint32Array;
  /** The nodes of first bytes, -1 where no token begins so. */
  readonly roots: Int32Array;
  readonly spelling: Spelling;
}

/**
 * Sorts the tokens of a model, once for all answers.
 *
 * @param tokens The bytes of each token by its id, as `tokenBytes` reads them. Those that are `undefined` or empty are
 *   never allowed.
 * @param endTokens Tokens that end an answer, allowed where it may end; their bytes do not count.
 */
export function createVocabulary(
  tokens: readonly (Uint8Array | undefined)[],
  endTokens: ReadonlySet<number>,
): Vocabulary {
  const texts: { id: number; text: string }[] = [];
  let nodeLimit = 0;
  for (const [id, bytes] of tokens.entries()) {
    if (bytes === undefined || bytes.length === 0 || endTokens.has(id)) continue;
    texts.push({ id, text: String.fromCharCode(...bytes) });
    nodeLimit += bytes.length;
  }
  texts.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.id - b.id));
  const bytes = new Uint8Array(nodeLimit);
  const depths = new Uint16Array(nodeLimit);
  const nexts = new Uint32Array(nodeLimit);
  const starts = new Uint32Array(nodeLimit + 1);
  const roots = new Int32Array(256).fill(-1);
  const path: number[] = [];
  let count = 0;
  let last = '';
  for (const [index, { text }] of texts.entries()) {
    const same = sharedLength(last, text);
    while (path.length > same) nexts[path.pop()!] = count;
    for (let at = same; at < text.length; at++) {
      const byte = text.charCodeAt(at);
      if (at === 0) roots[byte] = count;
      bytes[count] = byte;
      depths[count] = at + 1;
      starts[count] = index;
      path.push(count++);
    }
    last = text;
  }
  for (const node of path) nexts[node] = count;
  starts[count] = texts.length;
  return {
    tokens,
    endTokens,
    bytes: bytes.slice(0, count),
    depths: depths.slice(0, count),
    nexts: nexts.slice(0, count),
    starts: starts.slice(0, count + 1),
    ids: Uint32Array.from(texts, ({ id }) => id),
    roots,
    spelling: spellingOf(texts.map(({ text }) => text)),
  };
}

function sharedLength(first: string, second: string): number {
  let length = 0;
  while (length < first.length && first[length] === second[length]) length++;
  return length;
}

function spellingOf(texts: readonly string[]): Spelling {
  const known = new Set(texts.filter((text) => text.length === 1));
  const has = (byte: number) => known.has(String.fromCharCode(byte));
  const canSpellChars = inUtf8.every((byte) => byte < 0x80 || has(byte));
  return {
    // Bytes that UTF-8 never has are not missed.
    bytes: Array.from({ length: 256 }, (_, b) => (b < 0x80 ? has(b) : canSpellChars || !inUtf8.includes(b))),
    chars: canSpellChars ? [] : texts.filter((text) => text.length > 1 && isOneChar(text)).map((text) => bytesOf(text)),
  };
}

const inUtf8: readonly number[] = Array.from({ length: 0xf5 }, (_, b) => b).filter((b) => b !== 0xc0 && b !== 0xc1);

function isOneChar(text: string): boolean {
  if (text.length > 4 || text.charCodeAt(0) < 0xc2) return false;
  const char = new TextDecoder().decode(bytesOf(text));
  return char !== '\ufffd' && char.length === String.fromCodePoint(char.codePointAt(0)!).length;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
