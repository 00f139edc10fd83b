import { proxy, transfer, type Remote } from 'comlink';
import { abortable } from '../abortable.ts';
import type { Artifact, DownloadProgress } from '../artifact/index.ts';
import type { KeepOptions, StoreEvent } from '../artifact/keep.ts';
import { WorkerError } from '../errors.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { Preflight } from '../manifest/preflight.ts';
import type { ArchiveControl, JobListener, SentOptions } from './contract.ts';
import { Link } from './link.ts';

/** How an archive is fetched, checked, kept and opened again. */
export interface UnpackOptions extends Pick<
  KeepOptions,
  'request' | 'limits' | 'trust' | 'key' | 'cache' | 'integrity' | 'resume' | 'retries' | 'stallMs' | 'namespace'
> {
  /** Gives a new address when the server says that this one has expired, in the middle of a download too. */
  refreshUrl?: () => string | URL | Promise<string | URL>;
  /** Aborting rejects with `signal.reason`, and leaves nothing behind, unless `resume` is `always`. */
  signal?: AbortSignal;
  /** Is told how far the download is, at most 30 times a second, and nothing after the end. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Which model of a folder to fetch, where it has several: its path, or its dtype. */
  model?: DescribeOptions['model'];
  /** Which variant of the model of a folder to fetch, where it has several. */
  dtype?: DescribeOptions['dtype'];
}

/** The page's end of the archive worker, which is started for the first job and ended after the last. */
export class Archive {
  readonly #spawn: () => Worker;
  #link: Link<ArchiveControl> | undefined;
  #jobs = 0;
  #lastJob = 0;

  constructor(spawn: () => Worker) {
    this.#spawn = spawn;
  }

  /**
   * Opens an archive: from what is kept, or from where it comes.
   *
   * @throws {ArtifactError} @throws {StoreError} @throws {WorkerError} an abort rejects with `signal.reason`, at once
   */
  async open(source: ModelSource, options: UnpackOptions, onEvent: (event: StoreEvent) => void): Promise<Artifact> {
    const open = (): Promise<Artifact> =>
      this.#sourceJob(source, options, onEvent, (control, ...job) => control.open(...job));
    try {
      return await open();
    } catch (error) {
      // Its worker crashed, or the data of this site were cleared under it: another one goes on with what is there.
      if (!(error instanceof WorkerError) || error.code !== 'worker-lost' || source instanceof ReadableStream)
        throw error;
      return open();
    }
  }

  /** Reads the beginning of an archive. @throws {ArtifactError} @throws {WorkerError} */
  async preflight(source: ModelSource, options: UnpackOptions): Promise<Preflight> {
    return this.#sourceJob(
      source,
      options,
      () => {},
      (control, ...job) => control.preflight(...job),
    );
  }

  /** Asks something of what is kept. @throws {StoreError} @throws {WorkerError} */
  async ask<T>(work: (control: Remote<ArchiveControl>) => Promise<T>): Promise<T> {
    return this.#use((link) => link.request(work));
  }

  async #sourceJob<T>(
    source: ModelSource,
    { signal, onProgress, refreshUrl, ...options }: UnpackOptions,
    onEvent: (event: StoreEvent) => void,
    work: (
      control: Remote<ArchiveControl>,
      job: number,
      source: ModelSource,
      options: SentOptions,
      listener: JobListener,
    ) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    return this.#use(async (link) => {
      const job = ++this.#lastJob;
      let ended = false;
      // It has a channel of its own: what it says may come after the end.
      const listener = proxy<JobListener>({
        progress: (progress) => void (!ended && !signal?.aborted && onProgress?.(progress)),
        event: (event) => onEvent(event),
        refreshUrl: async () => new URL((await refreshUrl?.())!, document.baseURI).href,
      });
      let running: Promise<T> | undefined;
      try {
        const sent = await abortable(sendable(source), signal);
        const known: SentOptions = { ...sentOptions(options), refreshes: refreshUrl !== undefined };
        running = link.request((control) => work(control, job, sent, known, listener));
        return await abortable(running, signal);
      } catch (error) {
        if (signal?.aborted && running) void this.#cancel(link, job, running);
        throw error;
      } finally {
        ended = true;
      }
    });
  }

  /** Does something with the worker, which ends when nobody uses it. */
  async #use<T>(work: (link: Link<ArchiveControl>) => Promise<T>): Promise<T> {
    const link = (this.#link ??= this.#start());
    this.#jobs++;
    try {
      return await work(link);
    } finally {
      this.#leave();
    }
  }

  /** Has the worker clear up after a job before it ends. */
  async #cancel(link: Link<ArchiveControl>, job: number, running: Promise<unknown>): Promise<void> {
    this.#jobs++;
    link.request((control) => control.cancel(job)).catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, clearingMs)));
    await Promise.race([running.catch(() => {}), late]);
    clearTimeout(timer);
    this.#leave();
  }

  #leave(): void {
    if (--this.#jobs > 0) return;
    this.#link?.end();
    this.#link = undefined;
  }

  #start(): Link<ArchiveControl> {
    const link = new Link<ArchiveControl>('archive worker', this.#spawn);
    link.lost.catch(() => {
      if (this.#link === link) this.#link = undefined;
    });
    return link;
  }
}

/** Milliseconds that a cancelled job has to clear up after itself. */
const clearingMs = 5000;

/** Only what the worker knows: options of `deploy()` may hold what cannot cross. */
function sentOptions({
  request,
  limits,
  trust,
  key,
  cache,
  integrity,
  resume,
  retries,
  stallMs,
  namespace,
  model,
  dtype,
}: UnpackOptions): SentOptions {
  return { request, limits, trust, key, cache, integrity, resume, retries, stallMs, namespace, model, dtype };
}

/** A source as it can cross to the worker. Streams are given away; where they cannot be, their bytes are collected. */
async function sendable(source: ModelSource): Promise<ModelSource> {
  if (source instanceof URL) return source.href;
  if (!(source instanceof ReadableStream)) return source;
  return streamsCanCross() ? transfer(source, [source]) : new Response(source).blob();
}

function streamsCanCross(): boolean {
  try {
    const stream = new ReadableStream();
    structuredClone(stream, { transfer: [stream] });
    return true;
  } catch {
    return false;
  }
}
