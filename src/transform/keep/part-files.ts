/** The files of one job's output, in the origin private file system. */
export interface PartFiles {
  /** Writes a file; it is there whole, or not at all. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined of one that is not there. */
  read(name: string): Promise<File | undefined>;
  /** Removes all others. */
  keepOnly(names: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Beside those of models: no namespace of theirs has such a name. */
const folders = ['inpoint', '1', '@transforms'];

/** @throws (each of its functions) what the browser's file system says */
export async function partFiles(job: string): Promise<PartFiles> {
  let root = await navigator.storage.getDirectory();
  for (const name of folders) root = await root.getDirectoryHandle(name, { create: true });
  const own = await nameOf(job);
  const folder = await root.getDirectoryHandle(own, { create: true });
  return {
    async write(name, bytes) {
      const handle = await folder.getFileHandle(name, { create: true });
      const writable = await handle.createWritable();
      await writable.write(bytes as BufferSource);
      await writable.close();
    },
    async read(name) {
      try {
        return await (await folder.getFileHandle(name)).getFile();
      } catch (error) {
        if ((error as DOMException).name === 'NotFoundError') return undefined;
        throw error;
      }
    },
    async keepOnly(names) {
      const others: string[] = [];
      for await (const name of folder.keys()) if (!names.includes(name)) others.push(name);
      // One that a tab was writing when it was killed may be locked a little longer.
      for (const name of others) await folder.removeEntry(name).catch(() => {});
    },
    async remove() {
      try {
        await root.removeEntry(own, { recursive: true });
      } catch (error) {
        if ((error as DOMException).name !== 'NotFoundError') throw error;
      }
    },
  };
}

/** A name for a folder: those of jobs may be long, or hold what no file's may. */
async function nameOf(job: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(job))).slice(0, 32);
}

/** SHA-256 in hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', bytes as BufferSource);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
