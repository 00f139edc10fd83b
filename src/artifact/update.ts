import { ArtifactError } from '../errors.ts';
import { namedError, type ArtifactFile } from './artifact.ts';
import {
  download,
  isUnreachable,
  openHttp,
  plainUrl,
  SourceChanged,
  type Download,
  type NotModified,
  type Validators,
} from './download/index.ts';
import { readJournal, type Journal } from './journal.ts';
import { openNew } from './open-kept.ts';
import { httpOf, mostStarts, roomOf, touch, urlOf, type Opening } from './opening.ts';
import { startOf } from './packed-start.ts';
import type { DownloadProgress } from './progress.ts';
import { Receipt } from './receipt.ts';
import { TurnLostError, unlessFull, type Job, type ModelRecord } from './store/index.ts';

/** What became of it: what is kept is what the server has, or will do; or something else was downloaded. */
export type Updated =
  | { readonly kind: 'kept'; readonly record: ModelRecord; readonly isStale: boolean }
  | { readonly kind: 'new'; readonly record: ModelRecord; readonly files: readonly ArtifactFile[] };

/** Milliseconds that a server has to say whether what is kept has changed. */
const askMs = 10_000;

/** Milliseconds between two reports to tabs that wait for a download. */
const tellMs = 100;

/** Bytes that a record may take. */
const recordBytes = 64 * 1024;

/**
 * Asks the server, and downloads what it has where that is not what is kept.
 *
 * @param record what is kept
 * @param how.ask whether the server is asked for a change only
 * @param how.orUse whether what is kept will do when the server cannot be reached
 */
export async function update(
  opening: Opening,
  job: Job,
  record: ModelRecord | undefined,
  { ask, orUse }: { readonly ask: boolean; readonly orUse: boolean },
): Promise<Updated> {
  let journal = await unfinished(opening, job);
  for (let start = 1; ; start++) {
    try {
      const known = ask && !journal ? record?.validators : undefined;
      const answer = await askServer(opening, job, { known, journal, isPatient: !orUse });
      if ('kind' in answer) return await unchanged(opening, job, record!, answer);
      return await receiveNew(opening, job, { record, answer, journal });
    } catch (error) {
      if (orUse && record && isUnreachable(error)) return { kind: 'kept', record, isStale: true };
      const isBad = error instanceof ArtifactError && error.code !== 'download-failed';
      if (start === mostStarts || !(error instanceof SourceChanged || (journal && isBad))) throw error;
      journal = undefined;
    }
  }
}

/** Says that a new version has taken the place of another. */
export function tellUpdate(
  { key, options }: Opening,
  before: ModelRecord | undefined,
  { current: { digest: version } }: ModelRecord,
): void {
  if (before && before.current.digest !== version) options.onEvent?.({ kind: 'update', key, version });
}

/** What an earlier visit left unfinished, if it can be gone on with; its folder is then this job's. */
async function unfinished(opening: Opening, job: Job): Promise<Journal | undefined> {
  const { store, options, digest } = opening;
  const folders = await store.unfinished(job);
  const [latest] = folders;
  const mayGoOn = latest !== undefined && options.resume !== 'never' && urlOf(opening) !== undefined;
  const left = mayGoOn ? await readJournal(store.files, latest) : undefined;
  // The digest of the whole archive is that of all its bytes.
  const journal = left?.start.packed && digest ? undefined : left;
  for (const folder of folders) if (!journal || folder !== latest) await store.files.remove(folder).catch(() => {});
  if (journal) job.folder = latest!;
  return journal;
}

async function askServer(
  opening: Opening,
  job: Job,
  how: { readonly known: Validators | undefined; readonly journal: Journal | undefined; readonly isPatient: boolean },
): Promise<Download | NotModified> {
  const { known, journal, isPatient } = how;
  const url = urlOf(opening);
  if (!url) return download(opening.source, opening.options);
  const from = journal && { bytes: placeToGoOn(journal), ...journal.start };
  const asked = { ...httpOf(opening, job), known, from };
  // Nobody waits for a server that is away where what is kept will do.
  const hurried = { retries: 0, stallMs: Math.min(asked.stallMs ?? askMs, askMs) };
  return openHttp(url, isPatient ? asked : { ...asked, ...hurried });
}

/** Bytes of the archive that are there. */
function placeToGoOn({ start, mark }: Journal): number {
  if (!start.packed) return mark;
  const { firstBytes, manifest } = start.packed;
  const begun = startOf(new TextEncoder().encode(manifest), { firstBytes, totalBytes: start.totalBytes });
  return begun?.index.borders[mark]?.gzipAt ?? 0;
}

async function unchanged(
  { store }: Opening,
  job: Job,
  record: ModelRecord,
  { response: { validators, freshUntil } }: NotModified,
): Promise<Updated> {
  // On a full disk it is not noted, and the server is asked again the next time.
  const noted = await unlessFull(() => store.refresh(job, record, { validators, freshUntil }));
  return { kind: 'kept', record: noted ?? record, isStale: false };
}

async function receiveNew(
  opening: Opening,
  job: Job,
  {
    record: before,
    answer,
    journal,
  }: {
    readonly record: ModelRecord | undefined;
    readonly answer: Download;
    readonly journal: Journal | undefined;
  },
): Promise<Updated> {
  const { store, options, digest, limits } = opening;
  const { trust, resume = 'auto', thread } = options;
  let toldAt = 0;
  const tellOthers = (progress: DownloadProgress): void => {
    const now = performance.now();
    if (now - toldAt < tellMs) return;
    toldAt = now;
    job.turn.report(progress);
  };
  const onProgress = (progress: DownloadProgress): void => {
    options.onProgress?.(progress);
    tellOthers(progress);
  };
  const room = roomOf(opening, job);
  const receipt = new Receipt(room, job.folder, answer, { limits, trust, resume, digest, thread, onProgress });
  try {
    const version = await receipt.run(journal);
    const url = urlOf(opening);
    const change = {
      name: answer.name,
      url: url && plainUrl(new URL(url)),
      validators: answer.response?.validators ?? {},
      freshUntil: answer.response?.freshUntil,
    };
    const record = await room.retried(recordBytes, () => store.commit(job, version, change));
    tellUpdate(opening, before, record);
    const [files] = await Promise.all([openNew(store.files, version), touch(opening)]);
    return { kind: 'new', record, files };
  } catch (error) {
    await receipt.abandon();
    if (!leaves(opening, error)) await store.files.remove(job.folder).catch(() => {});
    throw namedError(error, answer.name);
  }
}

/** Whether what came so far is left for a later visit. */
function leaves({ options: { resume = 'auto', signal } }: Opening, error: unknown): boolean {
  if (resume === 'never' || error instanceof SourceChanged) return false;
  if (signal?.aborted) return resume === 'always';
  return error instanceof TurnLostError || (error instanceof ArtifactError && error.code === 'download-failed');
}
