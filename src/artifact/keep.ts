import { ArtifactError, StoreError } from '../errors.ts';
import { firstStep, type CacheMode } from './cache-mode.ts';
import {
  download,
  isUnreachable,
  openHttp,
  plainUrl,
  shownUrl,
  SourceChanged,
  type ArtifactSource,
  type Download,
  type HttpOptions,
  type NotModified,
  type Validators,
} from './download/index.ts';
import { fetchStart, healPiece } from './heal.ts';
import {
  namedError,
  unpackArtifact,
  type Artifact,
  type ArtifactFile,
  type DownloadProgress,
  type StorageReport,
  type UnpackArtifactOptions,
} from './index.ts';
import { readJournal, type Journal } from './journal.ts';
import { resolveLimits, type Limits } from './limits.ts';
import { openKept, openNew, pathsIn } from './open-kept.ts';
import { Receipt, type Resume } from './receipt.ts';
import { manifestPath, signaturePath } from './packed-index.ts';
import type { SecondThread } from './second-thread.ts';
import { checkTrust, startOf, type PackedStart } from './receive.ts';
import {
  noRoom,
  openStore,
  placeOf,
  retriedWithRoom,
  TurnLostError,
  withRoom,
  type FileStore,
  type Job,
  type MakeRoom,
  type ModelRecord,
  type ModelStore,
  type NewPiece,
} from './store/index.ts';

export type { CacheMode } from './cache-mode.ts';
export type { Resume } from './receipt.ts';

/** How an archive is fetched, checked and kept. */
export interface KeepOptions extends Omit<UnpackArtifactOptions, 'files'> {
  /** What it is kept under. @default its address */
  key?: string;
  /** Gives a new address when the server says that this one has expired. */
  refreshUrl?: () => Promise<string>;
  /** Whether what is kept is used, and the server asked, as `fetch()` names it. @default 'default' */
  cache?: CacheMode;
  /** `sha256-` and the digest of the archive in base64. */
  integrity?: string;
  /** Whether a download that broke off goes on in a later visit. @default 'auto' */
  resume?: Resume;
  /** Attempts in a row that bring no byte, before it gives up. @default 5, and 2 of a server that never answered */
  retries?: number;
  /** Milliseconds without a byte after which a connection is made anew. @default 30_000 */
  stallMs?: number;
  /** What it is kept in: that of one app among several of an origin. @default 'default' */
  namespace?: string;
  onEvent?: (event: StoreEvent) => void;
  /** Inflates and hashes what is large. @default this thread */
  thread?: SecondThread;
}

/** What became of a kept model. */
export type StoreEvent =
  | { readonly kind: 'update'; readonly key: string; readonly version: string }
  | { readonly kind: 'heal'; readonly key: string; readonly files: readonly string[] }
  | { readonly kind: 'evict'; readonly key: string };

/** Milliseconds that a server has to say whether what is kept has changed. */
const askMs = 10_000;

/** Milliseconds between two reports to tabs that wait for a download. */
const tellMs = 100;

/** Bytes that a record may take. */
const recordBytes = 64 * 1024;

/** Times that a download starts over because the file changed meanwhile, or what was kept of it is no good. */
const mostStarts = 4;

/**
 * Opens an archive from what is kept of it, or fetches, unpacks, checks and keeps it. An address is kept under itself,
 * a file or a stream only under a `key`.
 *
 * @throws {ArtifactError} @throws {StoreError} @throws {QuotaError}; an abort rejects with `signal.reason`
 */
export async function keepArtifact(source: ArtifactSource, options: KeepOptions = {}): Promise<Artifact> {
  const digest = options.integrity === undefined ? undefined : integrityDigest(options.integrity);
  const key = options.key ?? ownKey(source);
  const { cache = 'default', namespace = 'default' } = options;
  if (key === undefined || cache === 'no-store') return notKept(source, options, digest, undefined);
  for (let visit = 1; ; visit++) {
    const { store, reason } = await openStore(namespace);
    if (!store && cache === 'only-if-cached') throw nothingKept(key);
    if (!store) return notKept(source, options, digest, reason);
    try {
      return await new Visit(store, reason, key, source, options, digest).open();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DOMException)) throw error;
      // Somebody cleared the data of this site meanwhile: the folder that was open is no more.
      if (!gone.has(error.name) || visit === mostVisits || !isReadAgain(source)) throw storeFailed(key, error);
    }
  }
}

/** What the platform says of files and folders that were removed while they were open. */
const gone: ReadonlySet<string> = new Set(['NotFoundError', 'InvalidStateError', 'NotReadableError']);

/** Times that a store is opened anew, since it was cleared. */
const mostVisits = 3;

function isReadAgain(source: ArtifactSource): boolean {
  return !(source instanceof ReadableStream);
}

function storeFailed(key: string, cause: DOMException): StoreError {
  return new StoreError(
    'store-failed',
    `What is kept under ${shownKey(key)} cannot be read or written on this device: ${cause.message} Try again, or use it without keeping it: { cache: 'no-store' }.`,
    { cause },
  );
}

/** Addresses are their own keys, but for those that hold the bytes or die with the page. */
function ownKey(source: ArtifactSource): string | undefined {
  if (typeof source !== 'string' && !(source instanceof URL)) return undefined;
  const { protocol, href } = new URL(source);
  return protocol === 'data:' || protocol === 'blob:' ? undefined : href;
}

/** @throws {TypeError} for another hash than SHA-256, and for what is no digest */
function integrityDigest(integrity: string): string {
  const [, digest] = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(integrity) ?? [];
  if (digest) return digest;
  throw new TypeError(
    `integrity is "sha256-" and the SHA-256 of the archive in base64, not ${JSON.stringify(integrity)}: openssl dgst -sha256 -binary model.tar.gz | base64`,
  );
}

async function notKept(
  source: ArtifactSource,
  options: KeepOptions,
  digest: string | undefined,
  reason: string | undefined,
): Promise<Artifact> {
  const storage: StorageReport = {
    kind: 'memory',
    source: 'network',
    key: undefined,
    version: undefined,
    isStale: false,
    healed: [],
    reason,
  };
  // Where there is no store, the browser's own cache has to do.
  const httpCache = reason === undefined ? 'no-store' : (options.cache ?? 'default');
  for (let start = 1; ; start++) {
    try {
      const artifact = await unpackArtifact(source, { ...options, httpCache, digest });
      return { ...artifact, storage };
    } catch (error) {
      if (!(error instanceof SourceChanged) || start === mostStarts) throw error;
    }
  }
}

function nothingKept(key: string): StoreError {
  return new StoreError(
    'not-kept',
    `Nothing is kept under ${shownKey(key)}, and { cache: 'only-if-cached' } downloads nothing. Call models.prefetch() while there is a connection.`,
  );
}

/** A key that is an address is shown without its query, which may be secret. */
function shownKey(key: string): string {
  try {
    return shownUrl(new URL(key));
  } catch {
    return JSON.stringify(key);
  }
}

/** One opening of one key. */
class Visit {
  readonly #store: ModelStore;
  readonly #reason: string | undefined;
  readonly #key: string;
  readonly #source: ArtifactSource;
  readonly #options: KeepOptions;
  /** The SHA-256 that the archive must have, in base64. */
  readonly #digest: string | undefined;
  readonly #limits: Limits;

  constructor(
    store: ModelStore,
    reason: string | undefined,
    key: string,
    source: ArtifactSource,
    options: KeepOptions,
    digest: string | undefined,
  ) {
    this.#store = store;
    this.#reason = reason;
    this.#key = key;
    this.#source = source;
    this.#options = options;
    this.#digest = digest;
    this.#limits = resolveLimits(options.limits);
  }

  async open(): Promise<Artifact> {
    const { cache = 'default', signal, onProgress } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      const before = await this.#store.find(this.#key);
      const step = firstStep(cache, before, Date.now(), this.#digest);
      if (step === 'fail') throw nothingKept(this.#key);
      if (step === 'use') return this.#use(before!);
      try {
        return await this.#store.work(
          this.#key,
          async (job) => {
            const record = await this.#store.find(this.#key);
            // Another tab has asked or downloaded while this one waited.
            const isNew = record && record.fence > (before?.fence ?? 0) && this.#fits(record);
            if (isNew && cache !== 'reload') {
              await this.#forgetUnfinished(job);
              return this.#use(record, { job });
            }
            return this.#update(job, record, step !== 'download', step === 'ask-or-use');
          },
          { signal, onProgress: (progress) => onProgress?.({ phase: 'download', ...progress }) },
        );
      } catch (error) {
        if (!(error instanceof TurnLostError)) throw error;
      }
    }
  }

  #fits(record: ModelRecord): boolean {
    return this.#digest === undefined || record.current.integrity === this.#digest;
  }

  /** Takes what is kept, once all of it has been compared with its digests. */
  async #use(record: ModelRecord, { job, isStale = false }: { job?: Job; isStale?: boolean } = {}): Promise<Artifact> {
    const [opened] = await Promise.all([openKept(this.#store.files, record.current), this.#touch()]);
    if (opened.damaged.length === 0) return this.#artifact(record, opened.files, { source: 'store', isStale });
    const healed = pathsIn(record.current, opened.damaged);
    const { signal } = this.#options;
    const [whole, files] = job
      ? await this.#heal(job)
      : await this.#store.work(this.#key, (own) => this.#heal(own), { signal });
    this.#options.onEvent?.({ kind: 'heal', key: this.#key, files: healed });
    return this.#artifact(whole, files, { source: 'store', healed });
  }

  async #artifact(
    record: ModelRecord,
    files: readonly ArtifactFile[],
    how: { source: StorageReport['source']; isStale?: boolean; healed?: readonly string[] },
  ): Promise<Artifact> {
    const { trust } = this.#options;
    if (trust) await checkKeptSignature(files, trust, record.name);
    return {
      name: record.name,
      files,
      downloadedBytes: record.current.downloadedBytes,
      storage: {
        kind: this.#store.files.kind,
        source: how.source,
        key: this.#key,
        version: record.current.digest,
        isStale: how.isStale ?? false,
        healed: how.healed ?? [],
        reason: this.#reason,
      },
    };
  }

  /** Notes that the model was used. Where that cannot be written, it is only found older than it is. */
  async #touch(): Promise<void> {
    await this.#store.touch(this.#key).catch(() => {});
  }

  /** Downloads what is damaged of the current version again: its parts where they can be fetched alone, else all of it. */
  async #heal(job: Job): Promise<[ModelRecord, readonly ArtifactFile[]]> {
    const record = (await this.#store.find(this.#key))!;
    const { damaged, files } = await openKept(this.#store.files, record.current);
    // Another tab was quicker.
    if (damaged.length === 0) return [record, files];
    const lost = pathsIn(record.current, damaged).join(', ');
    try {
      if (this.#options.cache === 'only-if-cached') throw nothingKept(this.#key);
      if (await this.#healParts(job, record, damaged)) {
        return [record, (await openKept(this.#store.files, record.current)).files];
      }
      const artifact = await this.#update(job, undefined, false, false);
      return [(await this.#store.find(this.#key))!, artifact.files];
    } catch (cause) {
      this.#options.signal?.throwIfAborted();
      if (cause instanceof TurnLostError) throw cause;
      throw new StoreError(
        'store-failed',
        `What is kept of ${JSON.stringify(record.name)} is damaged on this device (${lost}), and could not be downloaded again: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  async #healParts(job: Job, record: ModelRecord, damaged: readonly number[]): Promise<boolean> {
    const url = this.#url();
    const { current } = record;
    const description = current.files.find(({ path }) => path === manifestPath);
    if (!url || !current.packed || !description) return false;
    const options = { ...this.#http(job), limits: this.#limits };
    try {
      let start: PackedStart | undefined;
      if (damaged.includes(description.piece)) start = await fetchStart(url, current.packed.totalBytes, options);
      else {
        const kept = await this.#store.files.read(placeOf(current.pieces[description.piece]!));
        const manifest = await kept!.slice(description.at, description.at + description.size).arrayBuffer();
        start = startOf(new Uint8Array(manifest), current.packed);
      }
      if (!start) return false;
      const made: NewPiece[] = [];
      for (const piece of damaged) {
        const folder = `${job.folder}/heal-${piece}`;
        made.push(await healPiece(url, start, record, piece, this.#files(job), folder, options));
      }
      await this.#store.replace(made);
      return true;
    } catch (error) {
      if (error instanceof ArtifactError) return false;
      throw error;
    } finally {
      await this.#store.files.remove(job.folder);
    }
  }

  /**
   * Asks the server, and downloads what it has where that is not what is kept.
   *
   * @param ask whether the server is asked for a change only
   * @param orUse whether what is kept will do when the server cannot be reached
   */
  async #update(job: Job, record: ModelRecord | undefined, ask: boolean, orUse: boolean): Promise<Artifact> {
    let journal = await this.#unfinished(job);
    for (let start = 1; ; start++) {
      try {
        const answer = await this.#fetch(job, ask && !journal ? record?.validators : undefined, journal, !orUse);
        if ('kind' in answer) {
          const { validators, freshUntil } = answer.response;
          return this.#use(await this.#store.refresh(job, record!, { validators, freshUntil }), { job });
        }
        return await this.#receive(job, record, answer, journal);
      } catch (error) {
        if (orUse && record && isUnreachable(error)) return this.#use(record, { job, isStale: true });
        const isBad = error instanceof ArtifactError && error.code !== 'download-failed';
        if (start === mostStarts || !(error instanceof SourceChanged || (journal && isBad))) throw error;
        journal = undefined;
      }
    }
  }

  /** Removes what this tab left when another took over: that one is done. */
  async #forgetUnfinished(job: Job): Promise<void> {
    const folders = await this.#store.unfinished(job);
    for (const folder of folders) await this.#store.files.remove(folder).catch(() => {});
  }

  /** What an earlier visit left unfinished, if it can be gone on with; its folder is then this job's. */
  async #unfinished(job: Job): Promise<Journal | undefined> {
    const { files } = this.#store;
    const folders = await this.#store.unfinished(job);
    const [latest] = folders;
    const { resume = 'auto' } = this.#options;
    const left = latest && resume !== 'never' && this.#url() ? await readJournal(files, latest) : undefined;
    // The digest of the whole archive is that of all its bytes.
    const journal = left?.start.packed && this.#digest ? undefined : left;
    for (const folder of folders) if (!journal || folder !== latest) await files.remove(folder).catch(() => {});
    if (journal) job.folder = latest!;
    return journal;
  }

  async #fetch(
    job: Job,
    known: Validators | undefined,
    journal: Journal | undefined,
    isPatient: boolean,
  ): Promise<Download | NotModified> {
    const url = this.#url();
    if (!url) return download(this.#source, this.#options);
    const from = journal && { bytes: placeToGoOn(journal), ...journal.start };
    const options = { ...this.#http(job), known, from };
    // Nobody waits for a server that is away where what is kept will do.
    const answer = isPatient ? options : { ...options, retries: 0, stallMs: Math.min(options.stallMs ?? askMs, askMs) };
    return openHttp(url, answer);
  }

  #http(job: Job): HttpOptions {
    const { request, refreshUrl, retries, stallMs, signal } = this.#options;
    const { lost } = job.turn;
    return { request, refreshUrl, retries, stallMs, signal: signal ? AbortSignal.any([signal, lost]) : lost };
  }

  #url(): string | undefined {
    return typeof this.#source === 'string' || this.#source instanceof URL ? String(this.#source) : undefined;
  }

  /** The job's files; when there is no room for them, room is made. */
  #files(job: Job): FileStore {
    return withRoom(this.#store.files, (bytes, isEnough) => this.#makeRoom(job, bytes, isEnough));
  }

  async #makeRoom(job: Job, bytes: number, isEnough?: () => Promise<boolean>): Promise<void> {
    const onEvict = ({ key }: ModelRecord): void => this.#options.onEvent?.({ kind: 'evict', key });
    await this.#store.makeRoom(bytes, job, onEvict, isEnough);
  }

  async #receive(
    job: Job,
    before: ModelRecord | undefined,
    answer: Download,
    journal: Journal | undefined,
  ): Promise<Artifact> {
    const { trust, resume = 'auto' } = this.#options;
    let toldAt = 0;
    const tellOthers = (progress: DownloadProgress): void => {
      const now = performance.now();
      if (now - toldAt < tellMs) return;
      toldAt = now;
      job.turn.report(progress);
    };
    const work = new Receipt(this.#files(job), job.folder, answer, {
      limits: this.#limits,
      trust,
      resume,
      digest: this.#digest,
      thread: this.#options.thread,
      makeRoom: (bytes) => this.#makeRoom(job, bytes),
      onProgress: (progress) => {
        this.#options.onProgress?.(progress);
        tellOthers(progress);
      },
    });
    try {
      const { pieces, version } = await work.run(journal);
      const url = this.#url();
      const change = {
        name: answer.name,
        url: url && plainUrl(new URL(url)),
        validators: answer.response?.validators ?? {},
        freshUntil: answer.response?.freshUntil,
      };
      const makeRoom: MakeRoom = (bytes, isEnough) => this.#makeRoom(job, bytes, isEnough);
      const commit = (): Promise<ModelRecord> => this.#store.commit(job, pieces, version, change);
      const record = await retriedWithRoom(makeRoom, recordBytes, commit);
      if (before && before.current.digest !== version.digest) {
        this.#options.onEvent?.({ kind: 'update', key: this.#key, version: version.digest });
      }
      const [files] = await Promise.all([openNew(this.#store.files, version), this.#touch()]);
      return await this.#artifact(record, files, { source: 'network' });
    } catch (error) {
      await work.abandon();
      if (!this.#leaves(error)) await this.#store.files.remove(job.folder).catch(() => {});
      if ((error as DOMException).name === 'QuotaExceededError') throw await noRoom(answer.totalBytes ?? 0, error);
      throw namedError(error, answer.name);
    }
  }

  /** Whether what came so far is left for a later visit. */
  #leaves(error: unknown): boolean {
    const { resume = 'auto', signal } = this.#options;
    if (resume === 'never' || error instanceof SourceChanged) return false;
    if (signal?.aborted) return resume === 'always';
    return error instanceof TurnLostError || (error instanceof ArtifactError && error.code === 'download-failed');
  }
}

/** Bytes of the archive that are there. */
function placeToGoOn({ start, mark }: Journal): number {
  if (!start.packed) return mark;
  const { firstBytes, manifest } = start.packed;
  return (
    startOf(new TextEncoder().encode(manifest), { firstBytes, totalBytes: start.totalBytes })?.index.borders[mark]
      ?.gzipAt ?? 0
  );
}

async function checkKeptSignature(
  files: readonly ArtifactFile[],
  trust: readonly string[],
  name: string,
): Promise<void> {
  const bytesOf = async (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const file = files.find((one) => one.path === path);
    return file && new Uint8Array(await file.blob.arrayBuffer());
  };
  try {
    const [manifest, signature] = await Promise.all([manifestPath, signaturePath].map(bytesOf));
    await checkTrust({ manifest, signature }, files, trust);
  } catch (error) {
    throw namedError(error, name);
  }
}
