import type { Artifact, ArtifactFile, StorageReport } from './artifact.ts';
import { namedError } from './artifact.ts';
import { firstStep, type FirstStep } from './cache-mode.ts';
import { heal } from './heal.ts';
import { openKept, pathsIn } from './open-kept.ts';
import { nothingKept, touch, type Opening } from './opening.ts';
import { TurnLostError, type Job, type ModelRecord } from './store/index.ts';
import { checkTrustOf } from './trust.ts';
import { tellUpdate, update } from './update.ts';

/** Opens what is kept under a key, or has it downloaded and kept, as the cache mode says. */
export async function openModel(opening: Opening): Promise<Artifact> {
  const { store, key, options, digest } = opening;
  const { cache = 'default', signal, onProgress } = options;
  for (;;) {
    signal?.throwIfAborted();
    const before = await store.find(key);
    const step = firstStep(cache, before, Date.now(), digest);
    if (step === 'fail') throw nothingKept(key);
    try {
      if (step === 'use') return await use(opening, before!);
      const opened = await store.work(key, (job) => openInTurn(opening, job, before, step), {
        signal,
        onProgress: (progress) => onProgress?.({ phase: 'download', ...progress }),
      });
      if (opened) return opened;
    } catch (error) {
      if (!(error instanceof TurnLostError)) throw error;
    }
  }
}

/**
 * Asks the server, while no other tab does anything with this key.
 *
 * @param before what was kept when this tab began to wait for its turn
 * @returns undefined where there is something else to decide by than before
 */
async function openInTurn(
  opening: Opening,
  job: Job,
  before: ModelRecord | undefined,
  step: Exclude<FirstStep, 'use' | 'fail'>,
): Promise<Artifact | undefined> {
  const { store, key, options, digest } = opening;
  const record = await store.find(key);
  const finished = await store.finishCommit(job);
  if (finished) {
    tellUpdate(opening, record, finished);
    return undefined;
  }
  // Another tab has asked or downloaded while this one waited.
  const isNew = record && record.fence > (before?.fence ?? 0);
  if (isNew && (digest === undefined || record.current.integrity === digest) && options.cache !== 'reload') {
    // What this tab left when that one took over is of no use any more.
    for (const folder of await store.unfinished(job)) await store.files.remove(folder).catch(() => {});
    return use(opening, record, { job });
  }
  const updated = await update(opening, job, record, { ask: step !== 'download', orUse: step === 'ask-or-use' });
  if (updated.kind === 'kept') return use(opening, updated.record, { job, isStale: updated.isStale });
  return artifactOf(opening, updated.record, updated.files, { source: 'network' });
}

/** Takes what is kept, once all of it has been compared with its digests. */
async function use(
  opening: Opening,
  record: ModelRecord,
  { job, isStale = false }: { job?: Job; isStale?: boolean } = {},
): Promise<Artifact> {
  const { store, key, options } = opening;
  const [{ files, damaged }] = await Promise.all([openKept(store.files, record.current), touch(opening)]);
  if (damaged.length === 0) return artifactOf(opening, record, files, { source: 'store', isStale });
  const healed = pathsIn(record.current, damaged);
  const whole = job
    ? await heal(opening, job)
    : await store.work(key, (own) => heal(opening, own), { signal: options.signal });
  options.onEvent?.({ kind: 'heal', key, files: healed });
  return artifactOf(opening, whole.record, whole.files, { source: 'store', healed });
}

async function artifactOf(
  { store, reason, key, options }: Opening,
  { name, current }: ModelRecord,
  files: readonly ArtifactFile[],
  { source, isStale = false, healed = [] }: Pick<StorageReport, 'source'> & Partial<StorageReport>,
): Promise<Artifact> {
  const { trust } = options;
  if (trust) {
    await checkTrustOf(files, trust).catch((error: unknown) => {
      throw namedError(error, name);
    });
  }
  const { kind } = store.files;
  return {
    name,
    files,
    downloadedBytes: current.downloadedBytes,
    storage: { kind, source, key, version: current.digest, isStale, healed, reason },
  };
}
