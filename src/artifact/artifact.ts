import { ArtifactError } from '../errors.ts';
import type { StorageKind } from './store/index.ts';

/** An unpacked model artifact: its files are all there, and their checksums were right. */
export interface Artifact {
  /** What the source is called: a file's name, or the last part of an address. */
  readonly name: string;
  /** In the order of the archive, junk left out and one folder around everything taken off. */
  readonly files: readonly ArtifactFile[];
  /** Bytes as they came, compressed or not. */
  readonly downloadedBytes: number;
  /** Where its files are kept. */
  readonly storage?: StorageReport | undefined;
  /** Other archives that a pipeline of this one names, by the addresses it has for them. */
  readonly parts?: Readonly<Record<string, Artifact>> | undefined;
}

/** One file of an archive. */
export interface ArtifactFile {
  /** Relative, with forward slashes: `onnx/model.onnx`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The file's bytes, wherever they are kept. */
  readonly blob: Blob;
}

/** Where the files of an artifact are, and how they came there. */
export interface StorageReport {
  readonly kind: StorageKind;
  /** Where the files came from this time. */
  readonly source: 'network' | 'store';
  /** What they are kept under; undefined where they are not. */
  readonly key: string | undefined;
  /** Digest of the contents, in 64 hexadecimal digits; undefined where they are not kept. */
  readonly version: string | undefined;
  /** The server could not be asked whether there is a newer one, or that one could not be downloaded. */
  readonly isStale: boolean;
  /** Files that were found damaged, and were downloaded again. */
  readonly healed: readonly string[];
  /** Why no better kind is used, where one would be. */
  readonly reason: string | undefined;
}

/** Files in the pieces that hold them. */
export function placed(
  paths: readonly string[],
  kept: readonly { readonly size: number; readonly piece: number; readonly at: number }[],
  pieces: readonly Blob[],
): ArtifactFile[] {
  return kept.map(({ size, piece, at }, index) => {
    const whole = pieces[piece]!;
    return { path: paths[index]!, size, blob: whole.size === size ? whole : whole.slice(at, at + size) };
  });
}

/** Says of which archive it was that something is wrong with it. */
export function namedError(error: unknown, name: string): unknown {
  if (!(error instanceof ArtifactError) || error.code === 'download-failed') return error;
  const message = `Cannot unpack ${JSON.stringify(name)}: ${error.message}`;
  return new ArtifactError(error.code, message, { cause: error.cause });
}
