import { ArtifactError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { claimPath, entryPath, quotePath } from './entry-path.ts';
import { digestFile, type FileDigest } from './file-digest.ts';
import { formatBytes } from '../format-bytes.ts';
import { inflating, upTo } from './inflating.ts';
import type { Keeper } from './keeper.ts';
import type { Limits } from './limits.ts';
import { manifestPath, packedHeaderBytes, signatureBytes, signaturePath, type PackedIndex } from './packed-index.ts';
import type { PackedStart } from './packed-start.ts';
import type { ReceiveOptions } from './receive.ts';
import { verifySignature } from './signature.ts';

/** Unpacks an archive that has an index by it: its files are where that says, and nothing else is in it. */
export async function receivePacked(
  source: ByteReader,
  keeper: Keeper,
  start: PackedStart,
  options: ReceiveOptions,
): Promise<void> {
  checkFiles(start.index.files, options.limits);
  await options.onIndex?.(start);
  await source.skip(packedHeaderBytes + start.firstBytes);
  await keepWhole(keeper, manifestPath, start.manifest);
  await receiveFrom(0, source, keeper, start, options);
}

/**
 * Goes on with a packed archive at one of its borders. The keeper has the files before it.
 *
 * @param source begins at the border
 */
export async function receiveFrom(
  border: number,
  source: ByteReader,
  keeper: Keeper,
  { index, manifest }: PackedStart,
  { limits, trust, onBorder, newInflater, asTheyAre }: ReceiveOptions,
): Promise<void> {
  const { borders, files } = index;
  const { gzipAt, tarAt } = borders[border]!;
  const deflated = upTo(source, index.totalBytes - trailerBytes - gzipAt);
  const inflater = await newInflater?.();
  const tar = new ByteReader(inflating(deflated, limits, false, inflater), tarAt);
  let next = border + 1;
  const passed = async (): Promise<void> => {
    const before = next;
    while (next < borders.length && borders[next]!.tarAt <= tar.position) next++;
    if (next === before || !onBorder) return;
    await keeper.checkpoint();
    await onBorder(next - 1, signature);
  };
  if (!asTheyAre) keeper.expect(files);
  const signature = border === 0 ? await keepSignature(tar, keeper, manifest, trust) : undefined;
  for (const [path, { at, size }] of inTarOrder(files)) {
    if (at + size <= tarAt) continue;
    if (at >= tarAt) {
      await tar.skip(at - tar.position);
      await keeper.begin(path, size);
    }
    while (tar.position < at + size) {
      const bytes = await tar.some(at + size - tar.position);
      if (!bytes) throw endsInside(path);
      await keeper.write(bytes);
      await passed();
    }
    await keeper.end();
    await passed();
  }
  keeper.checkComplete();
  while (await tar.some());
}

/**
 * Has the keeper take what an earlier visit has written, up to a border.
 *
 * @param signature 64 bytes; undefined where the archive has none
 * @returns whether all of it is sound
 */
export async function restorePacked(
  keeper: Keeper,
  { index, manifest }: PackedStart,
  signature: Uint8Array<ArrayBuffer> | undefined,
  border: number,
): Promise<boolean> {
  const own = new Map<string, FileDigest>();
  own.set(manifestPath, await digestBytes(manifest));
  if (signature) own.set(signaturePath, await digestBytes(signature));
  const { tarAt } = index.borders[border]!;
  keeper.expect(new Map([...own, ...index.files]));
  for (const [path, { size }] of own) if (!(await keeper.restore(path, size, size))) return false;
  for (const [path, { at, size }] of inTarOrder(index.files)) {
    if (at >= tarAt && at + size > tarAt) break;
    if (!(await keeper.restore(path, size, Math.min(size, tarAt - at)))) return false;
  }
  return true;
}

/** What is refused of a tar's entries is refused of the list that takes their place. */
function checkFiles(files: PackedIndex['files'], limits: Limits): void {
  const kinds = new Map<string, 'file' | 'directory'>();
  const totalBytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  for (const [path, { size }] of files) {
    if (entryPath(path) !== path || path === '')
      throw new ArtifactError('archive-unsafe', `${quotePath(path)} is no plain path.`);
    claimPath(kinds, path, 'file');
    if (size > limits.maxFileBytes || new TextEncoder().encode(path).length > limits.maxPathBytes) {
      throw new ArtifactError(
        'archive-too-large',
        `${quotePath(path)} is over the limits. Raise limits.maxFileBytes or limits.maxPathBytes if you trust it.`,
      );
    }
  }
  if (files.size >= limits.maxEntries || totalBytes > limits.maxTotalBytes) {
    throw new ArtifactError(
      'archive-too-large',
      `it has ${files.size} files of ${formatBytes(totalBytes)}. Raise limits.maxEntries or limits.maxTotalBytes if you trust it.`,
    );
  }
}

/** @throws {ArtifactError} `signature-missing`, `signature-invalid`: before anything of the model is kept */
async function keepSignature(
  tar: ByteReader,
  keeper: Keeper,
  manifest: Uint8Array<ArrayBuffer>,
  trust: readonly string[] | undefined,
): Promise<Uint8Array | undefined> {
  const header = await tar.peek(512);
  const isThere = new TextDecoder().decode(header).startsWith(`${signaturePath}\0`);
  let signature: Uint8Array<ArrayBuffer> | undefined;
  if (isThere) {
    await tar.skip(512);
    signature = (await tar.exactly(signatureBytes)).slice();
    await keepWhole(keeper, signaturePath, signature);
  }
  if (trust) await verifySignature(manifest, signature, trust);
  return signature;
}

async function keepWhole(keeper: Keeper, path: string, bytes: Uint8Array): Promise<void> {
  await keeper.begin(path, bytes.length);
  await keeper.write(bytes);
  await keeper.end();
}

/** Files as they follow each other. */
function inTarOrder(files: PackedIndex['files']): [path: string, file: FileDigest & { at: number }][] {
  return [...files].toSorted(([, a], [, b]) => a.at - b.at);
}

async function digestBytes(bytes: Uint8Array<ArrayBuffer>): Promise<FileDigest> {
  return digestFile(new Blob([bytes]));
}

function endsInside(path: string): ArtifactError {
  return new ArtifactError(
    'archive-truncated',
    `it ends inside ${quotePath(path)}. The download or the upload was cut short: try again.`,
  );
}

/** CRC-32 and length. */
const trailerBytes = 8;
