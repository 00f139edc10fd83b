import { ByteReader } from './byte-reader.ts';
import { openHttp, SourceChanged, type HttpOptions } from './download/index.ts';
import { Keeper } from './keeper.ts';
import type { Limits } from './limits.ts';
import { partsCovering } from './packed-index.ts';
import { inflating, upTo, type PackedStart } from './receive.ts';
import type { FileStore, KeptVersion, ModelRecord, NewPiece } from './store/index.ts';

/**
 * Downloads the parts of a packed archive that hold one damaged piece, and writes it anew.
 *
 * @param folder of the store, for the piece until it takes the place of the damaged one
 * @returns the piece, with the digests that it was to have
 * @throws {SourceChanged} where the address has another archive by now
 */
export async function healPiece(
  url: string,
  { index }: PackedStart,
  record: ModelRecord,
  piece: number,
  files: FileStore,
  folder: string,
  options: HttpOptions & { readonly limits: Limits },
): Promise<NewPiece> {
  const version: KeptVersion = record.current;
  const wanted = version.files.filter((file) => file.piece === piece);
  const [first, last] = [wanted[0]!, wanted.at(-1)!].map(({ path }) => index.files.get(path));
  // The description itself is in no list of its own: all of the archive is downloaded again then.
  if (!first || !last) throw new SourceChanged();
  const { gzipFrom, gzipTo, tarFrom } = partsCovering(index, first.at, last.at + last.size - first.at);
  const { totalBytes } = index;
  const from = { bytes: gzipFrom, validators: record.validators, totalBytes };
  const answer = await openHttp(url, { ...options, from });
  if ('kind' in answer || answer.offset !== gzipFrom) {
    if (!('kind' in answer)) await answer.chunks.return(undefined);
    throw new SourceChanged();
  }
  const source = new ByteReader(answer.chunks);
  const keeper = new Keeper(files, folder);
  try {
    keeper.expect(index.files);
    const tar = new ByteReader(inflating(upTo(source, gzipTo - gzipFrom), options.limits, true), tarFrom);
    for (const { path, size } of wanted) {
      const { at } = index.files.get(path)!;
      await tar.skip(at - tar.position);
      await keeper.begin(path, size);
      while (tar.position < at + size) await keeper.write((await tar.some(at + size - tar.position))!);
      await keeper.end();
    }
    const [made] = await keeper.finish();
    if (made?.address !== version.pieces[piece]!.address) throw new SourceChanged();
    return made;
  } finally {
    await keeper.abandon();
    await source.close();
  }
}
