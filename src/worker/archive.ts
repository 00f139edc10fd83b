import { proxy, transfer } from 'comlink';
import { abortable } from '../abortable.ts';
import type { Artifact, ArtifactRequest, DownloadProgress, Limits } from '../artifact/index.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import type { ModelSource } from '../manifest/open-source.ts';
import type { ArchiveControl } from './contract.ts';
import { Link } from './link.ts';

export interface UnpackOptions {
  /** How an archive behind authentication is asked for. */
  request?: ArtifactRequest;
  /** How much an archive may ask for before it is refused. */
  limits?: Partial<Limits>;
  /** Aborting rejects with `signal.reason`, and leaves nothing behind. */
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
   * Downloads and unpacks an archive.
   *
   * @throws {ArtifactError} @throws {WorkerError} an abort rejects with `signal.reason`, at once
   */
  async unpack(
    source: ModelSource,
    { request, limits, signal, onProgress, model, dtype }: UnpackOptions,
  ): Promise<Artifact> {
    signal?.throwIfAborted();
    const job = ++this.#lastJob;
    const link = (this.#link ??= this.#start());
    this.#jobs++;
    let ended = false;
    try {
      // It has a channel of its own: what it says may come after the end.
      const report = proxy((progress: DownloadProgress) => {
        if (!ended && !signal?.aborted) onProgress?.(progress);
      });
      const sent = await abortable(sendable(source), signal);
      const work = link.request((control) => control.unpack(job, sent, { request, limits, model, dtype }, report));
      return await abortable(work, signal);
    } catch (error) {
      if (signal?.aborted) void link.request((control) => control.cancel(job)).catch(() => {});
      throw error;
    } finally {
      ended = true;
      if (--this.#jobs === 0) {
        this.#link?.end();
        this.#link = undefined;
      }
    }
  }

  #start(): Link<ArchiveControl> {
    const link = new Link<ArchiveControl>('archive worker', this.#spawn);
    link.lost.catch(() => {
      if (this.#link === link) this.#link = undefined;
    });
    return link;
  }
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
