// What the address asks for is done to the browser's own interfaces before the archive worker starts.
const asked = new URLSearchParams(location.search);

/** `?clock=86400000`: a clock that is a day ahead. */
const aheadMs = Number(asked.get('clock') ?? 0);
if (aheadMs !== 0) {
  const now = Date.now.bind(Date);
  Date.now = () => now() + aheadMs;
}

/** `?without=opfs,caches,locks`: an older browser, or one that refuses. */
for (const name of asked.get('without')?.split(',') ?? []) {
  if (name === 'opfs') delete StorageManager.prototype.getDirectory;
  if (name === 'caches') Object.defineProperty(globalThis, 'caches', { value: undefined });
  if (name === 'locks') Object.defineProperty(navigator, 'locks', { value: undefined });
}

/**
 * `?hang=12`: the twelfth thing that is done to files is not done, or half, and then the worker stands still, which it says.
 * Each thing is told by its name.
 */
const hangAt = Number(asked.get('hang') ?? 0);
let done = 0;
if (hangAt !== 0) {
  const isDue = (name) => {
    const at = ++done;
    postMessage({ moment: at, name });
    return at === hangAt;
  };
  const standStill = () => {
    for (;;);
  };
  const waitForEver = (prototype, name) => {
    const own = prototype[name];
    prototype[name] = function (...given) {
      return isDue(name) ? new Promise(() => {}) : own.apply(this, given);
    };
  };
  waitForEver(FileSystemFileHandle.prototype, 'createSyncAccessHandle');
  waitForEver(FileSystemFileHandle.prototype, 'move');
  waitForEver(FileSystemDirectoryHandle.prototype, 'removeEntry');
  const access = FileSystemSyncAccessHandle.prototype;
  const { write, truncate } = access;
  access.write = function (bytes, options) {
    if (!isDue('write')) return write.call(this, bytes, options);
    write.call(this, bytes.subarray(0, bytes.length / 2), options);
    return standStill();
  };
  access.truncate = function (size) {
    return isDue('truncate') ? standStill() : truncate.call(this, size);
  };
}
