import { createWriter, type AlignedText } from './text-aligned.ts';

/**
 * Makes the normalizer that SentencePiece compiled into a model: a double-array trie of what is replaced, and what by.
 * Sources: `Normalizer` of google/sentencepiece, darts-clone, and the crate spm_precompiled, whose walk over graphemes
 * this is.
 *
 * @param charsmap base64: the trie's size in bytes (uint32), the trie (uint32s), then strings that end in zero
 * @throws {Error} when it is too short for what it says.
 */
export function createCharsmap(charsmap: string): (text: AlignedText) => AlignedText {
  const bytes = Uint8Array.from(atob(charsmap), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  if (size + 4 > bytes.length) throw new Error('its precompiled_charsmap is cut short');
  const trie = Uint32Array.from({ length: size / 4 }, (_, index) => view.getUint32(4 + index * 4, true));
  const strings = bytes.subarray(4 + size);
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

  /** The replacement of the shortest known beginning of `piece`, which stands for all of it. */
  function replacementOf(piece: string): string | undefined {
    let node = offsetOf(trie[0] ?? 0);
    for (const byte of encoder.encode(piece)) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = trie[node] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
      node ^= offsetOf(unit);
      if ((unit >>> 8) & 1) {
        const at = (trie[node] ?? 0) & 0x7fffffff;
        return decoder.decode(strings.subarray(at, strings.indexOf(0, at)));
      }
    }
    return undefined;
  }

  return (aligned) => {
    const writer = createWriter();
    const put = (piece: string, at: number, replacement: string): void => {
      const old = Array.from(piece);
      let unit = at;
      let place = 0;
      for (const char of replacement) {
        writer.write(char, aligned.starts[unit]!, aligned.ends[unit]!);
        // What is more than there was belongs to the last character.
        if (place < old.length - 1) unit += old[place++]!.length;
      }
    };
    for (const { segment, index } of segmenter.segment(aligned.text)) {
      const whole = encoder.encode(segment).length < 6 ? replacementOf(segment) : undefined;
      if (whole !== undefined) {
        put(segment, index, whole);
        continue;
      }
      let at = index;
      for (const char of segment) {
        put(char, at, replacementOf(char) ?? char);
        at += char.length;
      }
    }
    return writer.done();
  };
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
