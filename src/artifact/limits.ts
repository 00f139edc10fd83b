import { ArtifactError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';

/** How much an archive may ask for before it is refused. An archive is hostile until it has been read to its end. */
export interface Limits {
  /** Entries of every kind. @default 10_000 */
  maxEntries: number;
  /** Bytes of one unpacked file. @default 4 GiB */
  maxFileBytes: number;
  /** Bytes of all unpacked files together, and of the tar that holds them. @default 8 GiB */
  maxTotalBytes: number;
  /** Unpacked bytes to compressed bytes, looked at once 16 MiB have been unpacked. @default 250 */
  maxRatio: number;
  /** Bytes of one path in UTF-8. @default 1024 */
  maxPathBytes: number;
}

const defaultLimits: Limits = {
  maxEntries: 10_000,
  maxFileBytes: 4 * 2 ** 30,
  maxTotalBytes: 8 * 2 ** 30,
  maxRatio: 250,
  maxPathBytes: 1024,
};

/**
 * The limits in force.
 *
 * @throws {RangeError} for a limit that is not a number of 0 or more.
 */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...defaultLimits };
  for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const limit = given[name];
    if (limit === undefined) continue;
    if (typeof limit !== 'number' || !(limit >= 0))
      throw new RangeError(`limits.${name} is a number of 0 or more, not ${String(limit)}.`);
    limits[name] = limit;
  }
  return limits;
}

/** Unpacked bytes below which a high ratio does no harm: a file of zeros is not yet a bomb. */
const harmlessBytes = 16 * 2 ** 20;

/** @throws {ArtifactError} `archive-too-large` once what was unpacked is out of proportion to what was read. */
export function checkExpansion(readBytes: number, unpackedBytes: number, limits: Limits): void {
  if (unpackedBytes > harmlessBytes && unpackedBytes > readBytes * limits.maxRatio) {
    throw new ArtifactError(
      'archive-too-large',
      `it unpacks to more than ${limits.maxRatio} times its size (${formatBytes(unpackedBytes)} from ${formatBytes(readBytes)} so far), a ratio that only decompression bombs have. Raise limits.maxRatio if you trust it.`,
    );
  }
  if (unpackedBytes > limits.maxTotalBytes + overheadBytes(limits)) {
    throw new ArtifactError(
      'archive-too-large',
      `it unpacks to more than ${formatBytes(limits.maxTotalBytes)}. Raise limits.maxTotalBytes if you trust it.`,
    );
  }
}

/** What a tar may spend on headers and padding: a kilobyte or so an entry, and the blocks at its end. */
function overheadBytes(limits: Limits): number {
  return limits.maxEntries * 4096 + harmlessBytes;
}
