import type { ImageGeometry } from '../image-geometry.ts';
import { sigmoid } from './softmax.ts';
import { nearestCells, upsample, type Channel, type Grid } from './upsample.ts';

/**
 * Which pixels of an image belong to something.
 *
 * @inline
 */
export interface Mask {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** A byte a pixel, row by row: 255 where it belongs, 0 where it does not. */
  data: Uint8Array;
}

/** A mask of the original's size with a label's number. */
export interface LabelledMask {
  readonly label: number;
  /** Undefined where the method gives none. */
  readonly score?: number | undefined;
  readonly mask: Mask;
}

/**
 * Gives each pixel of the original its likeliest label: `argmax` over the channels, resized as `upsample()` does, as
 * `post_process_semantic_segmentation` of Transformers. One mask for each label that is there, by its number.
 */
export function semanticMasks(channels: readonly Channel[], grid: Grid, geometry: ImageGeometry): LabelledMask[] {
  const { width, height } = sizeOf(geometry);
  const labels = new Int32Array(width * height).fill(-1);
  const best = new Float32Array(width);
  upsample(channels, grid, geometry, (row, seen, y, channel) => {
    if (channel === 0) best.fill(-Infinity);
    for (let x = 0; x < width; x++) {
      if (!seen[x] || !(row[x]! > best[x]!)) continue;
      best[x] = row[x]!;
      labels[y * width + x] = channel;
    }
  });
  return masksOf(labels, width, height);
}

/** Takes labels that the model has chosen itself, `[height, width]`, each pixel that of the cell it lies in. */
export function labelMasks(chosen: ArrayLike<number>, grid: Grid, geometry: ImageGeometry): LabelledMask[] {
  const { width, height } = sizeOf(geometry);
  const columns = nearestCells(geometry.x, grid.width);
  const rows = nearestCells(geometry.y, grid.height);
  const labels = new Int32Array(width * height).fill(-1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rows[y]! >= 0 && columns[x]! >= 0) labels[y * width + x] = chosen[rows[y]! * grid.width + columns[x]!]!;
    }
  }
  return masksOf(labels, width, height);
}

/** A pixel belongs where the channel, resized as `upsample()` does, is above `min`; with `isLogit`, its probability. */
export function foregroundMask(
  channel: Channel,
  grid: Grid,
  geometry: ImageGeometry,
  { isLogit, min }: { isLogit: boolean; min: number },
): Mask {
  const { width, height } = sizeOf(geometry);
  const data = new Uint8Array(width * height);
  upsample([channel], grid, geometry, (row, seen, y) => {
    for (let x = 0; x < width; x++) {
      const value = isLogit ? sigmoid(row[x]!) : row[x]!;
      if (seen[x] && value > min) data[y * width + x] = 255;
    }
  });
  return { width, height, data };
}

function masksOf(labels: Int32Array, width: number, height: number): LabelledMask[] {
  const masks = new Map<number, Uint8Array>();
  for (const [pixel, label] of labels.entries()) {
    if (label < 0) continue;
    let data = masks.get(label);
    if (!data) masks.set(label, (data = new Uint8Array(labels.length)));
    data[pixel] = 255;
  }
  return [...masks].toSorted(([a], [b]) => a - b).map(([label, data]) => ({ label, mask: { width, height, data } }));
}

function sizeOf({ x, y }: ImageGeometry): { width: number; height: number } {
  return { width: x.original, height: y.original };
}
