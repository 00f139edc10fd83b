import { canReadAtOnce, FileBytes } from './file-bytes.ts';
import { tooLarge } from './failures.ts';
import { liftWeights } from './lift-weights.ts';
import type { ModelFiles } from './model-files.ts';

/** A file of weights as ONNX Runtime takes it. */
export interface Mounted {
  readonly path: string;
  readonly data: Uint8Array;
}

/**
 * Gives a model to `create` as the runtime takes it: the graph at once, and its weights one by one from their files,
 * where this thread can wait for them. So the most that is in memory is the weights, and the largest of them once more.
 *
 * @throws what a file could not be read for, as the platform says it; what `create` throws; {InferenceError}
 * `model-too-large` for a model of 2 GiB that has to be read in one piece
 */
export async function mountModel<T>(
  { model, externalData }: ModelFiles,
  create: (graph: Uint8Array, externalData: readonly Mounted[]) => Promise<T>,
): Promise<T> {
  const mounted = await Promise.all(
    externalData.map(async ({ path, blob }) => ({
      path,
      data: canReadAtOnce ? new FileBytes(blob) : await whole(blob),
    })),
  );
  const graph = canReadAtOnce && model.size >= leastLiftedBytes ? await lifted(model) : undefined;
  if (!graph) return read(mounted, async () => create(await wholeModel(model), mounted));
  const all = [...mounted, { path: liftedName, data: new FileBytes(model) }];
  try {
    return await read(all, () => create(graph, all));
  } catch (error) {
    if (failureOf(all)) throw error;
    // Should there be a model which the runtime takes in one piece only, or whose fault it then names better.
    return read(mounted, async () => create(await wholeModel(model), mounted));
  }
}

/** Smaller models are read in one piece. */
const leastLiftedBytes = 2 ** 20;

/** As the runtime knows the file that the weights are lifted from; no file of an archive has such a name. */
const liftedName = 'the model itself';

async function read<T>(mounted: readonly Mounted[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(mounted) ?? error;
  } finally {
    for (const { data } of mounted) if (data instanceof FileBytes) data.release();
  }
}

function failureOf(mounted: readonly Mounted[]): unknown {
  return mounted.map(({ data }) => (data instanceof FileBytes ? data.failure : undefined)).find(Boolean);
}

/** A model in one piece is one protobuf message, and those end at 2 GiB; browsers read no larger file at once, too. */
function wholeModel(blob: Blob): Promise<Uint8Array> {
  if (blob.size >= 2 ** 31) throw tooLarge(blob.size, 'its weights are not kept apart from its graph');
  return whole(blob);
}

async function whole(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Undefined of what is no ONNX model, too: the runtime says so in its own words. */
async function lifted(model: Blob): Promise<Uint8Array | undefined> {
  try {
    return await liftWeights(model, liftedName);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
