import type { ByteReader } from './byte-reader.ts';
import { checkStart } from './check-start.ts';
import type { Inflater } from './inflate.ts';
import type { Keeper } from './keeper.ts';
import type { Limits } from './limits.ts';
import { readStart, type PackedStart } from './packed-start.ts';
import { receivePacked } from './receive-packed.ts';
import { receiveTar } from './receive-tar.ts';

export interface ReceiveOptions {
  readonly limits: Limits;
  /** Bytes of the whole archive, where that is known. */
  readonly totalBytes: number | undefined;
  /** Takes files as they are, whatever digests `inference.json` has for them. @default false */
  readonly asTheyAre?: boolean | undefined;
  /** Public keys, one of which must have signed the archive. */
  readonly trust?: readonly string[] | undefined;
  /** Inflates the parts of a packed archive. @default this thread */
  readonly newInflater?: (() => Promise<Inflater | undefined>) | undefined;
  /** Is told of an archive's index once it is read, before anything of it is kept. */
  readonly onIndex?: ((start: PackedStart) => Promise<void>) | undefined;
  /** Is told of each border up to which all is written. */
  readonly onBorder?: ((border: number, signature: Uint8Array | undefined) => Promise<void>) | undefined;
}

/** What came. */
export interface Received {
  /** The names of the files, in the order in which the keeper has them: one folder around everything is taken off. */
  readonly paths: readonly string[];
  /** Of an archive whose parts can be fetched alone. */
  readonly packed: PackedStart | undefined;
}

/**
 * Unpacks an archive into a keeper, in one pass, and checks it: CRC-32 and length, or the digests that it brings.
 *
 * @throws {ArtifactError}
 */
export async function receive(source: ByteReader, keeper: Keeper, options: ReceiveOptions): Promise<Received> {
  const start = await source.peek(512);
  checkStart(start);
  const packed = await readStart(source, start, options);
  if (!packed) return { paths: await receiveTar(source, start, keeper, options), packed };
  await receivePacked(source, keeper, packed, options);
  return { paths: keeper.kept.map(({ path }) => path), packed };
}
