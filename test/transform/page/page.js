import * as inpoint from '../../../dist/index.js';

globalThis.inpoint = inpoint;

/** What became of a call: errors lose their code on the way out of the page. */
globalThis.outcome = async (work) => {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: { name: error?.name, code: error?.code, message: String(error?.message ?? error) } };
  }
};

/** A table of penguins, the same each time: some values are missing, some rows are bad if asked for. */
globalThis.penguins = (rows, { badEvery = Infinity } = {}) => {
  let seed = 1;
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const islands = ['Biscoe', 'Dream', 'Torgersen', ''];
  const sexes = ['female', 'male', ''];
  const lines = ['island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex'];
  for (let row = 1; row <= rows; row++) {
    const bill = `${(33 + random(260) / 10).toFixed(1)},${(13 + random(80) / 10).toFixed(1)}`;
    const values = `${islands[random(4)]},${bill},${170 + random(61)},${2700 + 25 * random(140)},${sexes[random(3)]}`;
    lines.push(row % badEvery === 0 ? `Mars,${values}` : values);
  }
  return new File([`${lines.join('\n')}\n`], 'penguins.csv', { type: 'text/csv', lastModified: 1 });
};

globalThis.sha256 = async (blob) => {
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
};

/** Files of the origin private file system that belong to jobs. */
globalThis.jobFiles = async () => {
  let count = 0;
  try {
    let folder = await navigator.storage.getDirectory();
    for (const name of ['inpoint', '1', '@transforms']) folder = await folder.getDirectoryHandle(name);
    for await (const job of folder.values()) for await (const file of job.values()) count += file ? 1 : 0;
  } catch {
    // There never was one.
  }
  return count;
};

/** Checkpoints of a job that was begun on this origin. */
globalThis.checkpoints = async (name) => {
  const asked = async (request) => {
    await new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
    return request.result;
  };
  const db = await asked(indexedDB.open('inpoint/1/transforms'));
  try {
    return await asked(
      db
        .transaction('parts')
        .objectStore('parts')
        .count(IDBKeyRange.bound([name], [name, Infinity])),
    );
  } finally {
    db.close();
  }
};

/** Makes the page's clock go as many times as fast: checkpoints are a second apart, and a job of a test takes hardly one. */
globalThis.hurryClock = (times) => {
  const now = performance.now.bind(performance);
  performance.now = () => times * now();
};

document.title = 'ready';
