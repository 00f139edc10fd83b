const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes of a text (UTF-8), a visible character for each. Source: `bytes_to_unicode` of openai/gpt-2. */
export function spellBytes(text: string): string {
  return Array.from(encoder.encode(text), (byte) => characters[byte]).join('');
}

/**
 * The text that tokens of such characters make. A token with any other character in it stands for itself.
 * Source: the decoder ByteLevel of huggingface/tokenizers.
 */
export function readBytes(tokens: readonly string[]): string {
  return decoder.decode(Uint8Array.from(tokens.flatMap((token) => [...bytesOf(token)])));
}

/** The bytes that a token of such characters stands for. */
export function bytesOf(token: string): Uint8Array {
  const known = Array.from(token, (char) => byteOf.get(char));
  return known.includes(undefined) ? encoder.encode(token) : Uint8Array.from(known as number[]);
}

const characters: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isVisible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(isVisible ? byte : next++);
  });
})();

const byteOf: ReadonlyMap<string, number> = new Map(characters.map((char, byte) => [char, byte]));
