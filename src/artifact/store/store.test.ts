import { expect, test } from 'vitest';
import { QuotaError } from '../../errors.ts';
import { addressOf, digestFile } from '../file-digest.ts';
import type { FileStore } from './file-store.ts';
import { memoryStore } from './memory.ts';
import { pieceIn } from './incoming.ts';
import { ModelStore, type Job, type RecordChange } from './model-store.ts';
import { placeOf } from './pieces.ts';
import type { KeptVersion } from './records.ts';
import { Room } from './room.ts';

/** Files in memory, and no more bytes of them than there is room for. As OPFS it leaves an empty file where it took none. */
class SmallDisk {
  readonly files: FileStore;
  freeBytes: number;
  readonly #sizes = new Map<string, number>();

  constructor(bytes: number) {
    this.freeBytes = bytes;
    const memory = memoryStore();
    const take = (path: string, size: number): void => {
      const more = size - (this.#sizes.get(path) ?? 0);
      this.#sizes.set(path, size);
      if (more <= this.freeBytes) this.freeBytes -= more;
      else {
        this.#sizes.set(path, 0);
        throw new DOMException('It is full.', 'QuotaExceededError');
      }
    };
    this.files = {
      ...memory,
      create: async (path, size) => {
        take(path, size);
        return memory.create(path, size);
      },
      put: async (path, content) => {
        await memory.put(path, new Uint8Array(0));
        take(path, content.length);
        await memory.put(path, content);
      },
      move: async (from, to) => {
        await memory.move(from, to);
        this.#sizes.set(to, this.#sizes.get(from)!);
        this.#sizes.delete(from);
      },
      remove: async (path) => {
        await memory.remove(path);
        for (const [name, size] of this.#sizes) {
          if (name !== path && !name.startsWith(`${path}/`)) continue;
          this.#sizes.delete(name);
          this.freeBytes += size;
        }
      },
    };
  }

  /** Bytes of all that is on it. */
  get usedBytes(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}

/** What a record and the notes of uses take at the most. */
const recordBytes = 4096;

const change: RecordChange = { name: 'model.tar.gz', url: undefined, validators: {}, freshUntil: undefined };

let roots = 0;

/** A store of its own, which has locks of its own. */
function storeOn(disk: Pick<SmallDisk, 'files'>): ModelStore {
  return new ModelStore(disk.files, `test/${++roots}`);
}

/** Writes a file into a job's folder, and tells what is to be committed. */
async function written(room: Room, job: Job, size: number, fill: number): Promise<KeptVersion> {
  const blob = new Blob([new Uint8Array(size).fill(fill)]);
  const writer = await room.files.create(pieceIn(job.folder, 0), size);
  await writer.write(new Uint8Array(await blob.arrayBuffer()));
  await writer.finish();
  const digest = await digestFile(blob);
  return {
    digest: `${fill}`.repeat(64),
    storedAt: Date.now(),
    downloadedBytes: size,
    integrity: undefined,
    packed: undefined,
    pieces: [{ ...digest, address: await addressOf(digest) }],
    files: [{ path: 'model.onnx', size, piece: 0, at: 0 }],
  };
}

/** Keeps a model of one file under a key, and gives the keys of those that made room for it. */
async function keep(store: ModelStore, key: string, size: number, fill: number): Promise<string[]> {
  const evicted: string[] = [];
  await store.work(key, async (job) => {
    const room = new Room(store, job, (record) => evicted.push(record.key));
    await room.plan(size);
    const version = await written(room, job, size, fill);
    await room.retried(recordBytes, () => store.commit(job, version, change));
    await store.touch(key);
  });
  return evicted;
}

async function keysOf(store: ModelStore): Promise<string[]> {
  return (await store.records()).map(({ record }) => record.key);
}

test('Room takes the models that were used longest ago, and no more than it needs', async () => {
  const disk = new SmallDisk(10e6);
  const store = storeOn(disk);
  for (const [index, key] of ['a', 'b', 'c'].entries()) await keep(store, key, 3e6, index);
  expect(await keep(store, 'd', 5e6, 3)).toEqual(['a', 'b']);
  expect(await keysOf(store)).toEqual(['d', 'c']);
});

test('Room takes the version before the current one first', async () => {
  const disk = new SmallDisk(10e6);
  const store = storeOn(disk);
  for (const [index, key] of ['a', 'b', 'b'].entries()) await keep(store, key, 3e6, index);
  expect(await keep(store, 'c', 3e6, 3)).toEqual([]);
  expect(await keysOf(store)).toEqual(['c', 'b', 'a']);
});

test('Room leaves all models where not even all of them would do, and says so', async () => {
  const disk = new SmallDisk(10e6);
  const store = storeOn(disk);
  for (const [index, key] of ['a', 'b'].entries()) await keep(store, key, 3e6, index);
  const refused = await keep(store, 'c', 20e6, 2).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(QuotaError);
  expect((refused as QuotaError).neededBytes).toBe(20e6);
  expect((refused as QuotaError).message).toMatch(
    /Other models were left, since removing all of them would free only 6/,
  );
  expect(await keysOf(store)).toEqual(['b', 'a']);
});

test('Room takes models where a disk without any room takes no record that forgets a version', async () => {
  const disk = new SmallDisk(10e6);
  const store = storeOn(disk);
  for (const [index, key] of ['a', 'a', 'b'].entries()) await keep(store, key, 3e6, index);
  const filler = await disk.files.create('filler', disk.freeBytes);
  await filler.abandon();
  expect(await keep(store, 'c', 3e6, 3)).toEqual(['a']);
  expect(await keysOf(store)).toEqual(['c', 'b']);
});

test('ModelStore.commit() without room for its record can be made again once there is', async () => {
  const disk = new SmallDisk(6e6 + 2 * recordBytes);
  const store = storeOn(disk);
  await keep(store, 'a', 3e6, 0);
  await store.work('b', async (job) => {
    const room = new Room(store, job, () => {});
    const version = await written(room, job, 3e6, 1);
    await disk.files.create('filler', disk.freeBytes);
    await room.retried(recordBytes, () => store.commit(job, version, change));
    expect(await disk.files.read(placeOf(version.pieces[0]!))).toBeDefined();
  });
  expect(await keysOf(store)).toEqual(['b']);
});

test('ModelStore.commit() without room for its record leaves nothing once its folder is gone', async () => {
  const disk = new SmallDisk(3e6);
  const store = storeOn(disk);
  await store.work('a', async (job) => {
    const room = new Room(store, job, () => {});
    const version = await written(room, job, 3e6, 0);
    const committed = room.retried(recordBytes, () => store.commit(job, version, change));
    await expect(committed).rejects.toBeInstanceOf(QuotaError);
    await disk.files.remove(job.folder);
  });
  expect(disk.usedBytes).toBe(0);
});

test('ModelStore.remove() says that there was something where it was unfinished', async () => {
  const store = storeOn(new SmallDisk(10e6));
  await store.work('a', async (job) => void (await written(new Room(store, job, () => {}), job, 1e6, 0)));
  expect(await store.remove('a')).toBe(true);
  expect(await store.remove('a')).toBe(false);
});

/** Files of a disk for a tab that is ended when it moves one to a place whose path begins so. */
function endedAt(to: string, { files }: SmallDisk): FileStore {
  return {
    ...files,
    move: async (from, place) => {
      if (place.startsWith(to)) throw tabEnded;
      await files.move(from, place);
    },
  };
}

const tabEnded = new Error('The tab was ended.');

/** Has a tab end in the middle of its commit of a model of one file. */
async function endInCommit(disk: SmallDisk, root: string, fill: number, to: string): Promise<KeptVersion> {
  const store = new ModelStore(endedAt(to, disk), root);
  return store.work('a', async (job) => {
    const version = await written(new Room(store, job, () => {}), job, 1e6, fill);
    await expect(store.commit(job, version, change)).rejects.toBe(tabEnded);
    return version;
  });
}

test.each(['files/', 'models/'])(
  'ModelStore.finishCommit() has count what a tab had moved that was ended before it moved to %s',
  async (to) => {
    const disk = new SmallDisk(10e6);
    const root = `test/${++roots}`;
    const version = await endInCommit(disk, root, 1, to);
    const store = new ModelStore(disk.files, root);
    await store.work('a', async (job) => {
      expect((await store.finishCommit(job))?.current.digest).toBe(version.digest);
      expect(await store.finishCommit(job)).toBeUndefined();
      expect(await store.unfinished(job)).toEqual([]);
    });
    expect((await store.find('a'))?.current).toEqual(version);
    expect(await disk.files.read(placeOf(version.pieces[0]!))).toBeDefined();
  },
);

test('ModelStore.finishCommit() leaves the version before where the new one is not as it was written', async () => {
  const disk = new SmallDisk(10e6);
  const root = `test/${++roots}`;
  const store = new ModelStore(disk.files, root);
  await keep(store, 'a', 1e6, 0);
  const kept = await store.find('a');
  const version = await endInCommit(disk, root, 1, 'models/');
  await disk.files.put(placeOf(version.pieces[0]!), new Uint8Array(1e6));
  await store.work('a', async (job) => {
    expect(await store.finishCommit(job)).toBeUndefined();
    // It is not asked about again, even if the same place is written anew.
    await disk.files.put(placeOf(version.pieces[0]!), new Uint8Array(1e6).fill(1));
    expect(await store.finishCommit(job)).toBeUndefined();
  });
  expect(await store.find('a')).toEqual(kept);
});

test.each<[what: string, remove: (store: ModelStore) => Promise<unknown>]>([
  ['a commit of another key', (store) => keep(store, 'b', 10, 0)],
  ['ModelStore.removeAbandoned()', (store) => store.removeAbandoned()],
])('what a tab had moved that was ended in its commit goes with what it had not, by %s', async (_, remove) => {
  const disk = new SmallDisk(10e6);
  const root = `test/${++roots}`;
  const { pieces } = await endInCommit(disk, root, 1, 'models/');
  expect(await disk.files.read(placeOf(pieces[0]!))).toBeDefined();
  await remove(new ModelStore(disk.files, root));
  expect(await disk.files.read(placeOf(pieces[0]!))).toBeUndefined();
  expect(await disk.files.list('incoming')).toEqual([]);
});

test('ModelStore.commit() that found no room in its middle is made again when other models have gone', async () => {
  // Where moving is copying, as in Cache Storage, it needs room, too.
  const disk = new SmallDisk(10e6);
  const store = storeOn({
    files: {
      ...disk.files,
      move: async (from, to) => {
        if (to.startsWith('models/') && (await store.find('old'))) throw new DOMException('', 'QuotaExceededError');
        await disk.files.move(from, to);
      },
    },
  });
  const before = new ModelStore(disk.files, `test/${roots}`);
  await keep(before, 'old', 1e6, 0);
  expect(await keep(store, 'new', 1e6, 1)).toEqual(['old']);
  const { pieces } = (await store.find('new'))!.current;
  expect(await disk.files.read(placeOf(pieces[0]!))).toBeDefined();
});
