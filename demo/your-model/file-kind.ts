/** What a file is that is no archive. */
export type FileKind = 'empty' | 'image' | 'sound' | 'video' | 'pdf' | 'page' | 'zip' | 'program' | 'text';

/** Tells from its first bytes what a file is, as far as people have a word for it. */
export async function kindOf(file: Blob): Promise<FileKind | undefined> {
  if (file.size === 0) return 'empty';
  const bytes = new Uint8Array(await file.slice(0, 512).arrayBuffer());
  const start = String.fromCodePoint(...bytes);
  return kinds.find(([, pattern]) => pattern.test(start))?.[0] ?? (isText(bytes) ? 'text' : undefined);
}

// Their first bytes are what they are.
/* oxlint-disable no-control-regex */
const kinds: readonly (readonly [FileKind, RegExp])[] = [
  ['image', /^(\xFF\xD8\xFF|\x89PNG|GIF8|BM.{4}\0\0\0\0|RIFF.{4}WEBP|.{4}ftyp(heic|heix|mif1|avif))/s],
  ['sound', /^(RIFF.{4}WAVE|ID3|OggS|fLaC|\xFF[\xF2\xF3\xFB]|.{4}ftypM4A)/s],
  ['video', /^(.{4}ftyp|\x1A\x45\xDF\xA3|RIFF.{4}AVI )/s],
  ['pdf', /^%PDF-/],
  ['page', /^\s*<(!doctype html|html|head|body|script)/i],
  ['zip', /^PK\x03\x04/],
  ['program', /^(MZ|\x7FELF|\xCF\xFA\xED\xFE)/],
];
/* oxlint-enable no-control-regex */

/** UTF-8 without control characters; its last character may be cut. */
function isText(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    // oxlint-disable-next-line no-control-regex
    return !/[\0-\x08\x0E-\x1F]/.test(text);
  } catch {
    return false;
  }
}
