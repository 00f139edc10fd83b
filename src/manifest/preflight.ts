import { ByteReader } from '../artifact/byte-reader.ts';
import { checkStart } from '../artifact/check-start.ts';
import { download, type ArtifactSource, type HttpOptions } from '../artifact/download/index.ts';
import { counted, namedError } from '../artifact/index.ts';
import { resolveLimits, type Limits } from '../artifact/limits.ts';
import { readStart } from '../artifact/packed-start.ts';
import { roomNow } from '../artifact/store/index.ts';
import { formatBytes } from '../format-bytes.ts';
import { isModelFile } from './model-names.ts';

/** What can be known of an archive before it is downloaded. */
export interface Preflight {
  /** What the archive is called: the last part of its address. */
  readonly name: string;
  /** What it says that it is for; undefined where it cannot be told from its beginning. */
  readonly task: string | undefined;
  /** What it says of itself. */
  readonly card: Readonly<
    Record<'name' | 'description' | 'author' | 'version' | 'date' | 'license', string | undefined>
  >;
  /** Bytes of the archive; undefined where the server does not say. */
  readonly downloadBytes: number | undefined;
  /** Bytes of all its files. */
  readonly unpackedBytes: number | undefined;
  /** Bytes of memory that its model takes while it is loaded: twice its size, an estimate. */
  readonly modelBytes: number | undefined;
  /** Made by `inpoint pack`, so that its beginning says all of this, and a download can go on in a later visit. */
  readonly isPacked: boolean;
  readonly isSigned: boolean;
  /** Whether it is kept on this device. */
  readonly isKept: boolean;
  /** Bytes that were read to know it. */
  readonly readBytes: number;
  /**
   * What this device can do with it: `ready`, `tight` where it may work and may not, `impossible`, or `unknown` where the
   * archive does not say enough.
   */
  readonly verdict: 'ready' | 'tight' | 'impossible' | 'unknown';
  /** What the verdict rests on, in sentences. */
  readonly reasons: readonly string[];
}

/** What a device has, as far as it says. */
interface Device {
  /** Of the storage, for this site. */
  readonly availableBytes: number;
  /** GiB of memory, rounded; browsers that say it stop at 8. */
  readonly memoryGiB: number | undefined;
}

/** Descriptions of most models are shorter; of others more is asked for. */
const firstBytes = 64 * 1024;

/** WebAssembly's memory ends there. */
const mostWasmBytes = 4 * 2 ** 30;

/**
 * Reads the first kilobytes of an archive and tells what it is, and what this device can do with it.
 *
 * @throws {ArtifactError} `download-failed`, `not-an-archive`, `archive-empty`
 */
export async function preflight(
  source: ArtifactSource,
  options: HttpOptions & { limits?: Partial<Limits>; isKept: boolean },
): Promise<Preflight> {
  const answer = await download(source, { ...options, firstBytes });
  let readBytes = 0;
  const reader = new ByteReader(
    counted(answer.chunks, answer.totalBytes, ({ loadedBytes }) => (readBytes = loadedBytes)),
  );
  try {
    const head = await reader.peek(512);
    checkStart(head);
    const start = await readStart(reader, head, {
      totalBytes: answer.totalBytes,
      limits: resolveLimits(options.limits),
    });
    const json = start ? (JSON.parse(new TextDecoder().decode(start.manifest)) as Record<string, unknown>) : {};
    const said = (field: string): string | undefined => {
      const value = json[field];
      return typeof value === 'string' ? value : undefined;
    };
    const files = start && [...start.index.files];
    const sum = (list: typeof files): number | undefined => list?.reduce((total, [, { size }]) => total + size, 0);
    const weights = sum(files?.filter(([path]) => isModelFile(path)));
    const sizes = {
      downloadBytes: answer.totalBytes ?? start?.index.totalBytes,
      unpackedBytes: sum(files),
      modelBytes: weights && weights * 2,
    };
    const device = {
      availableBytes: (await roomNow()).availableBytes,
      memoryGiB: (globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory,
    };
    return {
      name: answer.name,
      task: said('task'),
      card: {
        name: said('name'),
        description: said('description'),
        author: said('author'),
        version: said('version'),
        date: said('date'),
        license: said('license'),
      },
      ...sizes,
      isPacked: start !== undefined,
      isSigned: start?.index.isSigned ?? false,
      isKept: options.isKept,
      readBytes,
      ...judge(sizes, options.isKept, device),
    };
  } catch (error) {
    throw namedError(error, answer.name);
  } finally {
    await reader.close();
  }
}

/** What a device can do with a model of this size. */
export function judge(
  { downloadBytes, unpackedBytes, modelBytes }: Pick<Preflight, 'downloadBytes' | 'unpackedBytes' | 'modelBytes'>,
  isKept: boolean,
  { availableBytes, memoryGiB }: Device,
): Pick<Preflight, 'verdict' | 'reasons'> {
  const reasons: string[] = [];
  let verdict: Preflight['verdict'] = modelBytes === undefined ? 'unknown' : 'ready';
  const worse = (found: 'tight' | 'impossible', reason: string): void => {
    reasons.push(reason);
    if (verdict !== 'impossible') verdict = found;
  };
  if (modelBytes === undefined)
    reasons.push('Its beginning does not say how large its files are: pack it with inpoint pack.');
  else if (modelBytes > mostWasmBytes * 2)
    worse('impossible', `Its model has ${formatBytes(modelBytes / 2)}, and WebAssembly has 4 GiB of memory.`);
  else if (modelBytes > mostWasmBytes)
    worse('tight', `Loading it takes up to ${formatBytes(modelBytes)}, and WebAssembly has 4 GiB of memory.`);
  if (modelBytes !== undefined && memoryGiB !== undefined && modelBytes > (memoryGiB * 2 ** 30) / 2)
    worse(
      'tight',
      `Loading it takes up to ${formatBytes(modelBytes)}, and this device says that it has ${memoryGiB} GiB.`,
    );
  const neededBytes = unpackedBytes ?? downloadBytes;
  if (!isKept && neededBytes !== undefined && neededBytes > availableBytes)
    worse(
      'tight',
      `It takes ${formatBytes(neededBytes)} to keep, and ${formatBytes(availableBytes)} are free for this site before older models are removed.`,
    );
  return { verdict, reasons };
}
