import { ByteReader } from './byte-reader.ts';
import { openHttp, SourceChanged, type HttpOptions } from './download/index.ts';
import { inflating, upTo } from './inflating.ts';
import type { Limits } from './limits.ts';
import { manifestPath, partsCovering, signaturePath, type PackedIndex } from './packed-index.ts';
import type { KeptPath, ModelRecord } from './store/index.ts';

/** How the parts of an archive are asked for, and what must not have changed. */
export interface PartsOptions extends HttpOptions, Pick<ModelRecord, 'validators'> {
  readonly limits: Limits;
}

/** Reads files of an archive in their order, by one request for all that lie in neighbouring parts. */
export class PackedParts {
  readonly #url: string;
  readonly #totalBytes: number;
  readonly #options: PartsOptions;
  readonly #runs: readonly Run[];
  #open: { readonly run: Run; readonly source: ByteReader; readonly tar: ByteReader } | undefined;

  constructor(url: string, index: PackedIndex, wanted: readonly KeptPath[], options: PartsOptions) {
    this.#url = url;
    this.#totalBytes = index.totalBytes;
    this.#options = options;
    this.#runs = runsOf(index, wanted);
  }

  async *read(path: string): AsyncGenerator<Uint8Array> {
    const run = this.#runs.find(({ files }) => files.has(path))!;
    const { at, size } = run.files.get(path)!;
    if (this.#open?.run !== run) await this.#begin(run);
    const { tar } = this.#open!;
    await tar.skip(at - tar.position);
    while (tar.position < at + size) {
      const bytes = await tar.some(at + size - tar.position);
      if (!bytes) throw new SourceChanged();
      yield bytes;
    }
  }

  async close(): Promise<void> {
    await this.#open?.source.close();
    this.#open = undefined;
  }

  async #begin(run: Run): Promise<void> {
    await this.close();
    const { validators, limits, ...options } = this.#options;
    const from = { bytes: run.gzipFrom, validators, totalBytes: this.#totalBytes };
    const answer = await openHttp(this.#url, { ...options, from, until: run.gzipTo });
    if ('kind' in answer) throw new SourceChanged();
    const source = new ByteReader(answer.chunks);
    const deflated = upTo(source, run.gzipTo - run.gzipFrom);
    this.#open = { run, source, tar: new ByteReader(inflating(deflated, limits, true), run.tarFrom) };
    if (answer.offset !== run.gzipFrom) throw new SourceChanged();
  }
}

/** Parts that follow each other, and files that lie in them. */
interface Run {
  readonly gzipFrom: number;
  readonly tarFrom: number;
  gzipTo: number;
  readonly files: Map<string, { readonly at: number; readonly size: number }>;
}

function runsOf(index: PackedIndex, wanted: readonly KeptPath[]): Run[] {
  const runs: Run[] = [];
  for (const { path, size } of wanted) {
    if (path === manifestPath || size === 0) continue;
    const at = placeOf(index, path);
    const { gzipFrom, gzipTo, tarFrom } = partsCovering(index, at, size);
    const last = runs.at(-1);
    if (last && gzipFrom <= last.gzipTo) {
      last.gzipTo = Math.max(last.gzipTo, gzipTo);
      last.files.set(path, { at, size });
    } else runs.push({ gzipFrom, gzipTo, tarFrom, files: new Map([[path, { at, size }]]) });
  }
  return runs;
}

/** Where a file begins in the tar. A signature is listed nowhere: it has the first part after the description, behind a header. */
function placeOf({ files, borders }: PackedIndex, path: string): number {
  const file = files.get(path);
  if (file) return file.at;
  if (path === signaturePath) return borders[0]!.tarAt + 512;
  throw new SourceChanged();
}
