import { bytesOf } from '../preprocess/tokenize-bytes.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The bytes that each token of a `tokenizer.json` adds to a text, by its id; undefined of special ones, which add none.
 * Tokens are spelled in bytes (GPT-2 and its kin), or with `▁` for a space and `<0x0A>` for a byte (SentencePiece).
 */
export function tokenBytes(json: Json): (Uint8Array | undefined)[] {
  const model = (json['model'] ?? {}) as { type?: unknown; vocab?: unknown; byte_fallback?: unknown };
  const entries: [string, number][] = Array.isArray(model.vocab)
    ? model.vocab.map((entry: unknown, id) => [String((entry as unknown[])[0]), id])
    : Object.entries((model.vocab ?? {}) as Record<string, number>);
  const spellsBytes = JSON.stringify([json['decoder'] ?? null, json['pre_tokenizer'] ?? null]).includes('"ByteLevel"');
  const encoder = new TextEncoder();
  const bytes: (Uint8Array | undefined)[] = [];
  for (const [token, id] of entries) {
    const byte = /^<0x([0-9A-F]{2})>$/i.exec(token);
    if (spellsBytes) bytes[id] = bytesOf(token);
    else bytes[id] = byte ? Uint8Array.of(parseInt(byte[1]!, 16)) : encoder.encode(token.replaceAll('▁', ' '));
  }
  const added = (json['added_tokens'] ?? []) as readonly { id: number; content: string; special?: boolean }[];
  for (const { id, content, special } of added) bytes[id] = special ? undefined : encoder.encode(content);
  return bytes;
}
