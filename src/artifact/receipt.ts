import { sha256 } from '@noble/hashes/sha2.js';
import { ByteReader } from './byte-reader.ts';
import { manyBytes } from './chunk-hasher.ts';
import { SourceChanged, type Download } from './download/index.ts';
import { sha256Hex } from './file-digest.ts';
import type { Inflater } from './inflate.ts';
import { checkIntegrity, type Hasher } from './integrity.ts';
import { JournalWriter, type Journal, type JournalStart } from './journal.ts';
import { Keeper } from './keeper.ts';
import { firstPartBytes } from './packed-index.ts';
import { startOf, type PackedStart } from './packed-start.ts';
import { counted, type DownloadProgress } from './progress.ts';
import { receive, type ReceiveOptions } from './receive.ts';
import { receiveFrom, restorePacked } from './receive-packed.ts';
import type { SecondThread } from './second-thread.ts';
import { verifySignature } from './signature.ts';
import type { FileStore, FileWriter, KeptPath, KeptVersion, NewPiece, Room } from './store/index.ts';

/**
 * Whether a download that broke off goes on in a later visit. Archives that `pack` made do so for nothing; of others,
 * and where the digest of the whole archive is checked, the compressed bytes are kept until they are unpacked: `auto`
 * does that from 32 MB on.
 */
export type Resume = 'auto' | 'always' | 'never';

export interface ReceiptOptions extends Pick<ReceiveOptions, 'limits' | 'trust'> {
  readonly resume: Resume;
  /** The SHA-256 that the archive must have, in base64. */
  readonly digest: string | undefined;
  readonly thread: SecondThread | undefined;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** Bytes from which on `resume: 'auto'` keeps what came, compressed. */
const worthResuming = 32e6;

/** Bytes between two marks of a journal. */
const markBytes = 2 ** 18;

/** Takes one download into a folder of the store, and leaves there what a later visit needs to go on. */
export class Receipt {
  readonly #room: Room;
  readonly #files: FileStore;
  readonly #folder: string;
  readonly #answer: Download;
  readonly #options: ReceiptOptions;
  readonly #keeper: Keeper;
  #journal: JournalWriter | undefined;
  #raw: FileWriter | undefined;
  #source: ByteReader | undefined;

  /** @param folder of the store, for what comes until it is kept */
  constructor(room: Room, folder: string, answer: Download, options: ReceiptOptions) {
    this.#room = room;
    this.#files = room.files;
    this.#folder = folder;
    this.#answer = answer;
    this.#options = options;
    this.#keeper = new Keeper(room.files, folder, options.thread);
  }

  /**
   * @param journal what an earlier visit left in the folder
   * @returns the version that is to be committed
   * @throws {SourceChanged} where what it left is no good
   */
  async run(journal: Journal | undefined): Promise<KeptVersion> {
    if (this.#answer.totalBytes! >= manyBytes) this.#options.thread?.prepare();
    const { offset } = this.#answer;
    if (!journal || offset === 0) {
      await this.#files.remove(this.#folder);
      return this.#begin(this.#answer.chunks, 0);
    }
    if (journal.start.packed) return this.#goOn(journal);
    const kept = await this.#files.read(this.#rawPath());
    if (!kept || kept.size < offset) throw new SourceChanged();
    return this.#begin(joined(kept.slice(0, offset), this.#answer.chunks), offset);
  }

  /** Lets go of all files that are being written. */
  async abandon(): Promise<void> {
    await this.#answer.chunks.return(undefined).catch(() => {});
    await this.#source?.close().catch(() => {});
    await this.#keeper.abandon();
    await this.#raw?.abandon().catch(() => {});
    await this.#journal?.abandon().catch(() => {});
  }

  /** @param keptBytes of the chunks that are kept compressed already */
  async #begin(chunks: AsyncGenerator<Uint8Array>, keptBytes: number): Promise<KeptVersion> {
    const { totalBytes, response } = this.#answer;
    const { limits, trust, digest, onProgress } = this.#options;
    const head = new ByteReader(counted(chunks, totalBytes, onProgress));
    this.#source = head;
    const isPacked = firstPartBytes(await head.peek(20)) !== undefined && digest === undefined;
    const keepsRaw = !isPacked && this.#isWorthResuming();
    if (!isPacked) await this.#room.plan((totalBytes ?? 0) * (keepsRaw ? 2 : 1));
    const hasher = digest === undefined ? undefined : sha256.create();
    const source = new ByteReader(this.#passing(head, keepsRaw ? keptBytes : undefined, hasher));
    const canGoOn = isPacked && this.#canGoOn();
    let start: PackedStart | undefined;
    const received = await receive(source, this.#keeper, {
      limits,
      trust,
      totalBytes,
      newInflater: () => this.#inflater(),
      onIndex: async (found) => {
        start = found;
        await this.#room.plan([...found.index.files.values()].reduce((sum, { size }) => sum + size, 0));
      },
      onBorder: canGoOn ? (border, signature) => this.#mark(start!, border, signature) : undefined,
    });
    if (hasher) await checkIntegrity(source, hasher, digest!);
    else while (await source.some());
    const packed = received.packed && response && !response.encoded ? received.packed : undefined;
    return this.#result(received.paths, head.position, packed);
  }

  /** Goes on with a packed archive at the border that an earlier visit came to. */
  async #goOn({ start: begun, mark }: Journal): Promise<KeptVersion> {
    const { offset, totalBytes } = this.#answer;
    const { limits, trust, onProgress } = this.#options;
    const { manifest, firstBytes, signature: numbers } = begun.packed!;
    const signature = numbers && Uint8Array.from(numbers);
    const start = startOf(new TextEncoder().encode(manifest), { firstBytes, totalBytes: begun.totalBytes });
    if (!start || start.index.borders[mark]?.gzipAt !== offset) throw new SourceChanged();
    if (trust) await verifySignature(start.manifest, signature, trust);
    if (!(await restorePacked(this.#keeper, start, signature, mark))) throw new SourceChanged();
    const source = new ByteReader(counted(this.#answer.chunks, totalBytes, onProgress, offset), offset);
    this.#source = source;
    await receiveFrom(mark, source, this.#keeper, start, {
      limits,
      totalBytes,
      newInflater: () => this.#inflater(),
      onBorder: (border) => this.#mark(start, border, signature),
    });
    while (await source.some());
    return this.#result(
      this.#keeper.kept.map(({ path }) => path),
      source.position,
      start,
    );
  }

  /** Passes chunks on, and keeps and hashes them on the way. @param keptBytes undefined keeps nothing */
  async *#passing(
    source: ByteReader,
    keptBytes: number | undefined,
    hasher: Hasher | undefined,
  ): AsyncGenerator<Uint8Array> {
    const { response, totalBytes } = this.#answer;
    let at = 0;
    let marked = keptBytes ?? 0;
    if (keptBytes !== undefined) {
      this.#raw = await this.#files.create(this.#rawPath(), totalBytes!, keptBytes);
      const start: JournalStart = {
        format: 1,
        validators: response!.validators,
        totalBytes: totalBytes!,
        packed: undefined,
      };
      this.#journal = await JournalWriter.begin(this.#files, this.#folder, start, keptBytes);
    }
    for (let bytes = await source.some(); bytes; bytes = await source.some()) {
      hasher?.update(bytes);
      const fresh = bytes.subarray(Math.max(0, (keptBytes ?? 0) - at));
      at += bytes.length;
      if (fresh.length > 0) await this.#raw?.write(fresh);
      if (this.#raw && at >= marked + markBytes) await this.#journal!.mark((marked = at));
      yield bytes;
    }
  }

  async #mark(
    { manifest, firstBytes, index }: PackedStart,
    border: number,
    signature: Uint8Array | undefined,
  ): Promise<void> {
    if (this.#journal) return this.#journal.mark(border);
    const start: JournalStart = {
      format: 1,
      validators: this.#answer.response!.validators,
      totalBytes: index.totalBytes,
      packed: { firstBytes, manifest: new TextDecoder().decode(manifest), signature: signature && [...signature] },
    };
    this.#journal = await JournalWriter.begin(this.#files, this.#folder, start, border);
  }

  async #result(
    paths: readonly string[],
    downloadedBytes: number,
    start: PackedStart | undefined,
  ): Promise<KeptVersion> {
    const pieces = await this.#keeper.finish();
    await this.#raw?.finish();
    await this.#journal?.close();
    const files = this.#keeper.kept.map((file, index): KeptPath => ({ ...file, path: paths[index]! }));
    return {
      digest: await digestOf(files, pieces),
      storedAt: Date.now(),
      downloadedBytes,
      integrity: this.#options.digest,
      packed: start && { firstBytes: start.firstBytes, totalBytes: start.index.totalBytes },
      pieces: pieces.map(({ address, size, chunks }) => ({ address, size, chunks })),
      files,
    };
  }

  /** That of the second thread for what is large, and worth the way. */
  async #inflater(): Promise<Inflater | undefined> {
    return this.#answer.totalBytes! >= manyBytes ? this.#options.thread?.inflater() : undefined;
  }

  /** Whether the server can be asked for the rest, and what is written outlives this worker. */
  #canGoOn(): boolean {
    const { response, totalBytes } = this.#answer;
    const { resume } = this.#options;
    return resume !== 'never' && this.#files.keepsUnfinished && response?.encoded === false && totalBytes !== undefined;
  }

  #isWorthResuming(): boolean {
    const { resume } = this.#options;
    return this.#canGoOn() && (resume === 'always' || this.#answer.totalBytes! >= worthResuming);
  }

  #rawPath(): string {
    return `${this.#folder}/archive`;
  }
}

/** SHA-256 over where each file lies and what it is. */
async function digestOf(files: readonly KeptPath[], pieces: readonly NewPiece[]): Promise<string> {
  const lines = files.map(({ path, size, piece, at }) => JSON.stringify([path, size, pieces[piece]!.address, at]));
  return sha256Hex(new TextEncoder().encode(lines.join('\n')));
}

async function* joined(kept: Blob, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = kept.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    yield* rest;
  } finally {
    await reader.cancel().catch(() => {});
    await rest.return(undefined);
  }
}
