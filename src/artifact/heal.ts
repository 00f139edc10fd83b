import { ArtifactError, StoreError } from '../errors.ts';
import type { ArtifactFile } from './artifact.ts';
import { ByteReader } from './byte-reader.ts';
import { openHttp, SourceChanged } from './download/index.ts';
import { Keeper } from './keeper.ts';
import { openKept, pathsIn } from './open-kept.ts';
import { httpOf, nothingKept, roomOf, urlOf, type Opening } from './opening.ts';
import { manifestPath } from './packed-index.ts';
import { PackedParts, type PartsOptions } from './packed-parts.ts';
import { readStart, startOf, type PackedStart } from './packed-start.ts';
import { placeOf, TurnLostError, type FileStore, type Job, type ModelRecord, type NewPiece } from './store/index.ts';
import { tellUpdate, update } from './update.ts';

/** A model of which all is sound. */
export interface Healed {
  readonly record: ModelRecord;
  readonly files: readonly ArtifactFile[];
}

/**
 * Downloads what is damaged of the current version again: its parts where they can be fetched alone, else all of it.
 *
 * @throws {StoreError} `store-failed`, with the names of the files
 */
export async function heal(opening: Opening, job: Job): Promise<Healed> {
  const { store, key, options } = opening;
  const record = (await store.find(key))!;
  const { damaged, files } = await openKept(store.files, record.current);
  // Another tab was quicker.
  if (damaged.length === 0) return { record, files };
  try {
    if (options.cache === 'only-if-cached') throw nothingKept(key);
    if (await healParts(opening, job, record, damaged)) {
      return { record, files: (await openKept(store.files, record.current)).files };
    }
    const updated = await update(opening, job, undefined, { ask: false, orUse: false });
    if (updated.kind === 'kept') throw new SourceChanged();
    tellUpdate(opening, record, updated.record);
    return updated;
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof TurnLostError) throw cause;
    const lost = pathsIn(record.current, damaged).join(', ');
    throw new StoreError(
      'store-failed',
      `What is kept of ${JSON.stringify(record.name)} is damaged on this device (${lost}), and could not be downloaded again: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** @returns whether it could be done so */
async function healParts(
  opening: Opening,
  job: Job,
  record: ModelRecord,
  damaged: readonly number[],
): Promise<boolean> {
  const { store, limits } = opening;
  const { files } = roomOf(opening, job);
  const { current, validators } = record;
  const url = urlOf(opening);
  const description = current.files.find(({ path }) => path === manifestPath);
  if (!url || !current.packed || !description) return false;
  const options = { ...httpOf(opening, job), limits, validators };
  try {
    let start: PackedStart | undefined;
    if (damaged.includes(description.piece)) start = await fetchStart(url, current.packed.totalBytes, options);
    else {
      const kept = await store.files.read(placeOf(current.pieces[description.piece]!));
      const manifest = await kept!.slice(description.at, description.at + description.size).arrayBuffer();
      start = startOf(new Uint8Array(manifest), current.packed);
    }
    if (!start) return false;
    const made: NewPiece[] = [];
    for (const piece of damaged) {
      made.push(await healPiece(url, start, record, piece, files, `${job.folder}/heal-${piece}`, options));
    }
    await store.replace(made);
    return true;
  } catch (error) {
    if (error instanceof ArtifactError) return false;
    throw error;
  } finally {
    await store.files.remove(job.folder);
  }
}

/** Reads the description of a packed archive anew, from its first bytes; undefined where the address has another one by now. */
async function fetchStart(url: string, totalBytes: number, options: PartsOptions): Promise<PackedStart | undefined> {
  const answer = await openHttp(url, { ...options, firstBytes: 64 * 1024 });
  if ('kind' in answer) return undefined;
  const source = new ByteReader(answer.chunks);
  try {
    return await readStart(source, await source.peek(512), { totalBytes, limits: options.limits });
  } finally {
    await source.close();
  }
}

/**
 * Downloads the parts of a packed archive that hold one damaged piece, and writes it anew.
 *
 * @param folder of the store, for the piece until it takes the place of the damaged one
 * @returns the piece, with the digests that it was to have
 * @throws {SourceChanged} where the address has another archive by now
 */
async function healPiece(
  url: string,
  { index, manifest }: PackedStart,
  { current }: ModelRecord,
  piece: number,
  files: FileStore,
  folder: string,
  options: PartsOptions,
): Promise<NewPiece> {
  const wanted = current.files.filter((file) => file.piece === piece);
  const parts = new PackedParts(url, index, wanted, options);
  const keeper = new Keeper(files, folder);
  try {
    keeper.expect(index.files);
    for (const { path, size } of wanted) {
      await keeper.begin(path, size);
      if (path === manifestPath) await keeper.write(manifest);
      else if (size > 0) for await (const bytes of parts.read(path)) await keeper.write(bytes);
      await keeper.end();
    }
    const [made] = await keeper.finish();
    if (made?.address !== current.pieces[piece]!.address) throw new SourceChanged();
    return made;
  } finally {
    await keeper.abandon();
    await parts.close();
  }
}
