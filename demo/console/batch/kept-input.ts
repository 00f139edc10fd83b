const folderName = 'inpoint-console';
const fileName = 'batch.csv';

/**
 * Copies a file to where the next visit finds it: a page may not open a visitor's file again without being given it anew.
 * Undefined where this browser keeps no files for pages, or has no room.
 */
export async function keepInput(file: File): Promise<File | undefined> {
  try {
    const handle = await (await folder()).getFileHandle(fileName, { create: true });
    await file.stream().pipeTo(await handle.createWritable());
    return await handle.getFile();
  } catch {
    return undefined;
  }
}

/** The file of an earlier visit; undefined where there is none. */
export async function keptInput(): Promise<File | undefined> {
  try {
    return await (await (await folder()).getFileHandle(fileName)).getFile();
  } catch {
    return undefined;
  }
}

export async function removeInput(): Promise<void> {
  try {
    await (await folder()).removeEntry(fileName);
  } catch {
    // There was none.
  }
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create: true });
}
