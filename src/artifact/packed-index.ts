import { isDigest, type FileDigest } from './file-digest.ts';

/** Where an archive says what it is. */
export const manifestPath = 'inference.json';

/** The Ed25519 signature of that, which follows it in the tar. */
export const signaturePath = 'inference.json.sig';

/** Bytes of an Ed25519 signature. */
export const signatureBytes = 64;

/** Bytes of the part of the tar that holds the signature alone: a header, and a block. */
export const signaturePartBytes = 1024;

/** Where the parts of a packed archive lie, and its files in them. Offsets are from the beginning of the archive or tar. */
export interface PackedIndex {
  /** Places where an inflater can start anew, the first behind the part with `inference.json`. */
  readonly borders: readonly Border[];
  /** Bytes of the archive. */
  readonly totalBytes: number;
  /** Whether a signature follows `inference.json`. */
  readonly isSigned: boolean;
  readonly files: ReadonlyMap<string, PackedFile>;
}

export interface Border {
  readonly gzipAt: number;
  readonly tarAt: number;
}

export interface PackedFile extends FileDigest {
  /** Bytes of the tar before its content. */
  readonly at: number;
}

/** No description is larger. */
export const mostFirstBytes: number = 16 * 2 ** 20;

/** A gzip header with one extra field of four bytes. */
export const packedHeaderBytes = 20;

/** What follows the last part: an empty last block, CRC-32 and length. */
const trailerBytes = 10;

/**
 * Compressed bytes of the first part, which an archive made by `pack` has in an extra field of its gzip header, `IP`;
 * undefined for any other.
 * Source: RFC 1952, section 2.3.1.1.
 */
export function firstPartBytes(start: Uint8Array): number | undefined {
  if (start.length < packedHeaderBytes) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, packedHeaderBytes);
  const isOurs =
    view.getUint32(0) === 0x1f8b0804 &&
    view.getUint16(10, true) === 8 &&
    view.getUint16(12) === 0x4950 &&
    view.getUint16(14, true) === 4;
  return isOurs ? view.getUint32(16, true) : undefined;
}

/**
 * Reads the index of a packed archive. It is a stranger's: undefined unless all of it agrees.
 *
 * @param manifest `inference.json`, parsed
 * @param size bytes of the first part, compressed and not, and of the archive where that is known
 */
export function readPackedIndex(
  manifest: unknown,
  size: { readonly firstBytes: number; readonly firstTarBytes: number; readonly totalBytes: number | undefined },
): PackedIndex | undefined {
  const { parts, files } = (manifest ?? {}) as { parts?: unknown; files?: unknown };
  if (!Array.isArray(parts) || parts.length === 0 || typeof files !== 'object' || files === null) return undefined;
  let gzipAt = packedHeaderBytes + size.firstBytes;
  let tarAt = size.firstTarBytes;
  const borders: Border[] = [];
  for (const part of parts as unknown[]) {
    if (!isPart(part)) return undefined;
    borders.push({ gzipAt, tarAt });
    tarAt += part[0];
    gzipAt += part[1];
  }
  const totalBytes = gzipAt + trailerBytes;
  if (!Number.isSafeInteger(totalBytes + tarAt) || totalBytes !== (size.totalBytes ?? totalBytes)) return undefined;
  const placed = new Map<string, PackedFile>();
  for (const [path, file] of Object.entries(files as Record<string, unknown>)) {
    if (!isPlaced(file)) return undefined;
    placed.set(path, { ...file, at: size.firstTarBytes + file.at });
  }
  let end = size.firstTarBytes;
  for (const { at, size: bytes } of [...placed.values()].toSorted((a, b) => a.at - b.at)) {
    if (at < end || at + bytes > tarAt) return undefined;
    end = at + bytes;
  }
  const [[tarBytes, gzipBytes]] = parts as [[number, number]];
  // Nothing else of this size is stored as it is.
  const isSigned = tarBytes === signaturePartBytes && gzipBytes === signaturePartBytes + 5;
  return { borders, totalBytes, isSigned, files: placed };
}

/** The digests that `inference.json` has for files; what cannot be read as such is none. */
export function digestsIn(bytes: Uint8Array, prefix: string): ReadonlyMap<string, FileDigest> {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(bytes)) as { files?: Readonly<Record<string, unknown>> };
    return new Map(
      Object.entries(files ?? {}).flatMap(([path, digest]) => (isDigest(digest) ? [[prefix + path, digest]] : [])),
    );
  } catch {
    return new Map();
  }
}

/** The parts that a range of the tar lies in. */
export function partsCovering(
  { borders, totalBytes }: PackedIndex,
  at: number,
  size: number,
): { gzipFrom: number; gzipTo: number; tarFrom: number } {
  const first = borders.findLast(({ tarAt }) => tarAt <= at)!;
  const behind = borders.find(({ tarAt }) => tarAt >= at + size);
  return { gzipFrom: first.gzipAt, gzipTo: behind?.gzipAt ?? totalBytes - trailerBytes, tarFrom: first.tarAt };
}

function isPart(part: unknown): part is [tarBytes: number, gzipBytes: number] {
  return Array.isArray(part) && part.length === 2 && part.every((bytes) => Number.isSafeInteger(bytes) && bytes > 0);
}

function isPlaced(file: unknown): file is PackedFile {
  if (!isDigest(file)) return false;
  const { at, size } = file as PackedFile;
  return Number.isSafeInteger(at) && at >= 0 && size >= 0;
}
