import { ArtifactError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { notAnArchive } from './check-start.ts';
import { claimPath, entryPath, isJunk } from './entry-path.ts';
import { gunzip, isGzip } from './gunzip.ts';
import type { Keeper } from './keeper.ts';
import { checkExpansion, type Limits } from './limits.ts';
import { looksLike } from './looks-like.ts';
import { digestsIn, manifestPath, mostFirstBytes, signaturePath } from './packed-index.ts';
import type { ReceiveOptions } from './receive.ts';
import { verifySignature } from './signature.ts';
import { checkTrust, type Described } from './trust.ts';
import { isTar, untar } from './untar.ts';

/**
 * Unpacks an archive as anybody writes it, entry by entry.
 *
 * @param start its first bytes
 * @returns the names of its files, one folder around everything taken off
 */
export async function receiveTar(
  source: ByteReader,
  start: Uint8Array,
  keeper: Keeper,
  options: Pick<ReceiveOptions, 'limits' | 'trust' | 'asTheyAre'>,
): Promise<string[]> {
  const tar = await openTar(source, start, options.limits);
  const paths = await keepFiles(tar, keeper, options);
  // What follows the end of the tar still counts for the checksum.
  while (await tar.some());
  return paths;
}

/** The tar within the source, which is gzip or, from a server that decompressed on the way, already the tar. */
async function openTar(source: ByteReader, start: Uint8Array, limits: Limits): Promise<ByteReader> {
  if (!isGzip(start)) return source;
  const tar = new ByteReader(expanding(gunzip(source), source, limits));
  const block = await tar.peek(512);
  if (block.length === 0) throw new ArtifactError('archive-empty', 'nothing is in it. Check how it was made.');
  // Of a few bytes only those are refused that are known to be something else; a cut tar says so itself.
  if (!isTar(block) && (block.length === 512 || looksLike(block))) {
    throw notAnArchive('it is gzip, and what is in it is not a tar', block);
  }
  return tar;
}

/** Passes on what is unpacked as long as it is in proportion to what was read. */
async function* expanding(
  chunks: AsyncGenerator<Uint8Array>,
  source: ByteReader,
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  let unpackedBytes = 0;
  for await (const chunk of chunks) {
    unpackedBytes += chunk.length;
    checkExpansion(source.position, unpackedBytes, limits);
    yield chunk;
  }
}

async function keepFiles(
  tar: ByteReader,
  keeper: Keeper,
  { limits, trust, asTheyAre }: Pick<ReceiveOptions, 'limits' | 'trust' | 'asTheyAre'>,
): Promise<string[]> {
  const kinds = new Map<string, 'file' | 'directory'>();
  const found: Described = {};
  let totalBytes = 0;
  for await (const entry of untar(tar, limits)) {
    const path = entryPath(entry.path);
    if (isJunk(path)) continue;
    if (path === '' && entry.kind === 'file') {
      throw new ArtifactError('archive-unsafe', 'a file in it has no name. Make it again.');
    }
    claimPath(kinds, path, entry.kind);
    if (entry.kind === 'directory') continue;
    totalBytes += entry.size;
    if (totalBytes > limits.maxTotalBytes) {
      throw new ArtifactError(
        'archive-too-large',
        `its files come to more than ${limits.maxTotalBytes} bytes. Raise limits.maxTotalBytes if you trust it.`,
      );
    }
    await keeper.begin(path, entry.size);
    const seen = isDescription(path, entry.size) ? new Uint8Array(entry.size) : undefined;
    let at = 0;
    for await (const bytes of entry.body) {
      seen?.set(bytes, at);
      at += bytes.length;
      await keeper.write(bytes);
    }
    await keeper.end();
    if (seen) await take(found, path, seen, asTheyAre ? undefined : keeper, trust);
  }
  if (keeper.kept.length === 0) throw new ArtifactError('archive-empty', 'no file is in it. Check how it was made.');
  keeper.checkComplete();
  const paths = withoutWrapper(keeper.kept.map(({ path }) => path));
  if (trust)
    await checkTrust(
      found,
      paths.map((path) => ({ path })),
      trust,
    );
  return paths;
}

/** Whether a file is `inference.json` or its signature, in the archive's root or in one folder around everything. */
function isDescription(path: string, size: number): boolean {
  const name = path.split('/', 3).slice(-1)[0];
  return path.split('/').length <= 2 && (name === manifestPath || name === signaturePath) && size <= mostFirstBytes;
}

async function take(
  found: Described,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  keeper: Keeper | undefined,
  trust: readonly string[] | undefined,
): Promise<void> {
  if (path.endsWith(signaturePath)) found.signature = bytes;
  else {
    found.manifest = bytes;
    keeper?.expect(digestsIn(bytes, path.slice(0, -manifestPath.length)));
  }
  // As soon as both are there: before the model comes, where they come first.
  if (trust && found.manifest && found.signature) await verifySignature(found.manifest, found.signature, trust);
}

/** Takes off the one folder that many archives wrap around everything. */
function withoutWrapper(paths: string[]): string[] {
  const wrapper = paths[0]!.split('/', 1)[0]!;
  const wrapped = paths.every((path) => path.startsWith(`${wrapper}/`));
  return wrapped ? paths.map((path) => path.slice(wrapper.length + 1)) : paths;
}
