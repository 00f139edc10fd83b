// Parts of a message in protocol buffers' wire format: https://protobuf.dev/programming-guides/encoding/

/** A whole number. */
export function number(field: number, content: number): Uint8Array {
  return join([varint(field * 8), varint(content)]);
}

export function text(field: number, content: string): Uint8Array {
  return message(field, new TextEncoder().encode(content));
}

/** A message within another one, or bytes. */
export function message(field: number, content: Uint8Array): Uint8Array {
  return join([lengthOf(field, content.length), content]);
}

/** What comes before so many bytes of content. */
export function lengthOf(field: number, length: number): Uint8Array {
  return join([varint(field * 8 + 2), varint(length)]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function varint(content: number): Uint8Array {
  const bytes: number[] = [];
  let left = content;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.from([...bytes, left]);
}
