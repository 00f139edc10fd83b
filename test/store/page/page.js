import * as inpoint from '../../../dist/index.js';

globalThis.inpoint = inpoint;

/** What of an artifact can leave the page: how it came, and the SHA-256 of each file. */
globalThis.shown = async ({ name, storage, downloadedBytes, files }) => {
  const hashed = files.map(async ({ path, blob }) => [path, await sha256(await blob.arrayBuffer())]);
  return { name, storage, downloadedBytes, files: Object.fromEntries(await Promise.all(hashed)) };
};

/** What became of a call: errors lose their code on the way out of the page. */
globalThis.outcome = async (work) => {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: { name: error?.name, code: error?.code, message: String(error?.message ?? error) } };
  }
};

/** All files of the origin private file system with their sizes, by their paths. */
globalThis.opfs = async () => {
  const found = {};
  const walk = async (folder, prefix) => {
    for await (const [name, handle] of folder.entries()) {
      const path = prefix + name;
      if (handle.kind === 'directory') await walk(handle, `${path}/`);
      else found[path] = (await handle.getFile()).size;
    }
  };
  await walk(await navigator.storage.getDirectory(), '');
  return found;
};

/** What of the store is not as it is between two visits: unfinished downloads, files that no record names, and the other way round. */
globalThis.looseEnds = async () => {
  const root = await folderAt(await navigator.storage.getDirectory(), ['inpoint', '1', 'default']);
  if (!root) return { unfinished: [], orphans: [], missing: [] };
  const [unfinished, files, models] = await Promise.all(
    ['incoming', 'files', 'models'].map((name) => namesIn(root, name)),
  );
  const named = new Set();
  for (const name of models) {
    const text = await (
      await (await root.getDirectoryHandle('models')).getFileHandle(name)
    )
      .getFile()
      .then((file) => file.text());
    const { current, previous } = JSON.parse(text.slice(0, text.lastIndexOf('\n')));
    for (const { pieces } of previous ? [current, previous] : [current])
      for (const { address } of pieces) named.add(address);
  }
  return {
    unfinished,
    orphans: files.filter((address) => !named.has(address)),
    missing: [...named].filter((address) => !files.includes(address)),
  };
};

async function folderAt(base, names) {
  let folder = base;
  for (const name of names) folder = await folder?.getDirectoryHandle(name).catch(() => undefined);
  return folder;
}

async function namesIn(base, name) {
  const names = [];
  for await (const key of (await folderAt(base, [name]))?.keys() ?? []) names.push(key);
  return names;
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex();
}

document.title = 'ready';
