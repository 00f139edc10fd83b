import type { FileStore } from './file-store.ts';
import { sha256Hex } from '../file-digest.ts';
import type { Validators } from '../download/index.ts';

/** What is kept of one model. */
export interface ModelRecord {
  readonly format: 1;
  /** Of two records of a key the one with the higher fence counts: a frozen tab that wakes up has a lower one. */
  readonly fence: number;
  readonly key: string;
  /** What the source is called in messages. */
  readonly name: string;
  /** Where it came from, without what may be secret in it. */
  readonly url: string | undefined;
  /** What the server last said of the address, be it of the current version or of one that was rolled back. */
  readonly validators: Validators;
  /** Milliseconds since 1970 up to which the server need not be asked; undefined where it did not say. */
  readonly freshUntil: number | undefined;
  /** Milliseconds since 1970 when the server was last asked. */
  readonly checkedAt: number;
  readonly current: KeptVersion;
  readonly previous: KeptVersion | undefined;
}

/** One version of a model: its files, and the pieces that hold them. */
export interface KeptVersion {
  /** SHA-256 over paths, sizes and places of its files, in hexadecimal. */
  readonly digest: string;
  readonly storedAt: number;
  readonly downloadedBytes: number;
  /** SHA-256 of the archive, in base64, where somebody asked for it. */
  readonly integrity: string | undefined;
  /** Of an archive whose parts can be fetched alone: bytes of the part with its description, and of all of it. */
  readonly packed: { readonly firstBytes: number; readonly totalBytes: number } | undefined;
  readonly pieces: readonly KeptPiece[];
  readonly files: readonly KeptPath[];
}

/** A file of the store. Large files have one of their own; small ones that lie in a row share one. */
export interface KeptPiece {
  /** SHA-256 of its chunk digests. */
  readonly address: string;
  readonly size: number;
  /** SHA-256 of each chunk of 4 MiB, in hexadecimal. */
  readonly chunks: readonly string[];
}

/** Where a file of the model lies. */
export interface KeptPath {
  readonly path: string;
  readonly size: number;
  /** Index of its piece. */
  readonly piece: number;
  /** Bytes of the piece before it. */
  readonly at: number;
}

/** The current version, and the one before where it is kept. */
export function versionsOf({ current, previous }: ModelRecord): KeptVersion[] {
  return previous ? [current, previous] : [current];
}

const folder = 'models';

/** The record of a key that counts; undefined where there is none. */
export async function readRecord(files: FileStore, hash: string): Promise<ModelRecord | undefined> {
  for (const { fence, name } of await recordsOf(files, hash)) {
    const record = await soundRecord(files, `${folder}/${name}`);
    if (record?.fence === fence) return record;
  }
  return undefined;
}

/** All records that count. */
export async function readRecords(files: FileStore): Promise<ModelRecord[]> {
  const hashes = new Set((await files.list(folder)).map((name) => name.split('.', 1)[0]!));
  const records = await Promise.all([...hashes].map((hash) => readRecord(files, hash)));
  return records.filter((record) => record !== undefined);
}

/** Writes a record beside the older ones, and then removes those: at no time is there none. */
export async function writeRecord(files: FileStore, hash: string, record: ModelRecord): Promise<void> {
  const path = pathOf(hash, record.fence);
  try {
    await files.put(path, await bytesOf(record));
  } catch (error) {
    // What a full disk leaves of it would count as a fence.
    await files.remove(path).catch(() => {});
    throw error;
  }
  await removeOlder(files, hash, record.fence);
}

/** Writes a record where it does not count yet: into the folder of a job. */
export async function writeDraft(files: FileStore, jobFolder: string, record: ModelRecord): Promise<void> {
  await files.put(draftIn(jobFolder), await bytesOf(record));
}

/** The record that a job was about to have count. */
export async function readDraft(files: FileStore, jobFolder: string): Promise<ModelRecord | undefined> {
  return soundRecord(files, draftIn(jobFolder));
}

export async function removeDraft(files: FileStore, jobFolder: string): Promise<void> {
  await files.remove(draftIn(jobFolder));
}

/** Has a draft count, which takes no room; then removes the older records. */
export async function publishDraft(
  files: FileStore,
  jobFolder: string,
  hash: string,
  { fence }: ModelRecord,
): Promise<void> {
  await files.move(draftIn(jobFolder), pathOf(hash, fence));
  await removeOlder(files, hash, fence);
}

export async function removeRecords(files: FileStore, hash: string): Promise<void> {
  for (const { name } of await recordsOf(files, hash)) await files.remove(`${folder}/${name}`);
}

/** The highest fence that a key has had among its records. */
export async function lastFence(files: FileStore, hash: string): Promise<number> {
  return (await recordsOf(files, hash))[0]?.fence ?? 0;
}

/** The files of a key's records, the latest first. */
async function recordsOf(files: FileStore, hash: string): Promise<{ fence: number; name: string }[]> {
  return (await files.list(folder))
    .filter((name) => name.startsWith(`${hash}.`))
    .map((name) => ({ name, fence: Number(name.split('.')[1]) }))
    .toSorted((a, b) => b.fence - a.fence);
}

async function removeOlder(files: FileStore, hash: string, fence: number): Promise<void> {
  for (const other of await recordsOf(files, hash)) {
    if (other.fence < fence) await files.remove(`${folder}/${other.name}`);
  }
}

function pathOf(hash: string, fence: number): string {
  return `${folder}/${hash}.${fence}.json`;
}

function draftIn(jobFolder: string): string {
  return `${jobFolder}/record`;
}

/** A record, and a digest of it: half a record is none. */
async function bytesOf(record: ModelRecord): Promise<Uint8Array<ArrayBuffer>> {
  const json = JSON.stringify(record);
  return new TextEncoder().encode(`${json}\n${await sha256Hex(new TextEncoder().encode(json))}`);
}

/** A record that was written whole. */
async function soundRecord(files: FileStore, path: string): Promise<ModelRecord | undefined> {
  const text = await (await files.read(path))?.text().catch(() => undefined);
  if (!text) return undefined;
  const end = text.lastIndexOf('\n');
  const json = text.slice(0, end);
  if ((await sha256Hex(new TextEncoder().encode(json))) !== text.slice(end + 1)) return undefined;
  const record = JSON.parse(json) as ModelRecord;
  return record.format === 1 ? record : undefined;
}
