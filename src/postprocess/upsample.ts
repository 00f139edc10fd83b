import type { AxisGeometry, ImageGeometry } from '../image-geometry.ts';

/** Along one axis: each pixel of the original as a mean of two cells of what a model gave. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** How much of `high` there is, from 0 to 1. */
  readonly weight: Float64Array;
  /** 0 where the model did not see the pixel, as it was cropped away. */
  readonly seen: Uint8Array;
}

/** Values of one channel, `[height, width]`, from `start` on. */
export interface Channel {
  readonly values: ArrayLike<number>;
  readonly start: number;
  /** Between neighbours in a row; more than 1 where channels stand last. @default 1 */
  readonly stride?: number | undefined;
}

export interface Grid {
  readonly width: number;
  readonly height: number;
}

/**
 * Brings channels of what a model gave to the size of the original image, row by row: bilinear, as PyTorch's
 * `interpolate(mode='bilinear', align_corners=False)`, with crop and padding undone. Of padding nothing flows in.
 *
 * @param visit is given each channel of each row in turn: `row[x]`, to be read at once, and `seen[x]`, 0 for a pixel
 *   that the model did not see.
 */
export function upsample(
  channels: readonly Channel[],
  { width, height }: Grid,
  geometry: ImageGeometry,
  visit: (row: Float32Array, seen: Uint8Array, y: number, channel: number) => void,
): void {
  const across = tapsOf(geometry.x, width);
  const down = tapsOf(geometry.y, height);
  const between = new Float64Array(width);
  const row = new Float32Array(geometry.x.original);
  const nothing = new Uint8Array(geometry.x.original);
  for (let y = 0; y < geometry.y.original; y++) {
    const upper = down.low[y]! * width;
    const lower = down.high[y]! * width;
    const weight = down.weight[y]!;
    for (const [index, { values, start, stride = 1 }] of channels.entries()) {
      for (let x = 0; x < width; x++) {
        const above = values[start + (upper + x) * stride]!;
        const below = values[start + (lower + x) * stride]!;
        between[x] = above * (1 - weight) + below * weight;
      }
      for (let x = 0; x < row.length; x++) {
        const share = across.weight[x]!;
        row[x] = between[across.low[x]!]! * (1 - share) + between[across.high[x]!]! * share;
      }
      visit(row, down.seen[y] ? across.seen : nothing, y, index);
    }
  }
}

/** The cell that each pixel of the original lies in, along one axis; -1 for a pixel that the model did not see. */
export function nearestCells(axis: AxisGeometry, cells: number): Int32Array {
  return Int32Array.from({ length: axis.original }, (_, pixel) => {
    const place = placeOf(axis, pixel);
    if (!isSeen(axis, place)) return -1;
    return Math.min(cells - 1, Math.max(0, Math.floor((place * cells) / axis.input)));
  });
}

function tapsOf(axis: AxisGeometry, cells: number): Taps {
  const length = axis.original;
  const taps = {
    low: new Int32Array(length),
    high: new Int32Array(length),
    weight: new Float64Array(length),
    seen: new Uint8Array(length),
  };
  // The middles of the first and the last cell that show the image; less than a cell of it has one middle.
  let first = (axis.start * cells) / axis.input;
  let last = (axis.end * cells) / axis.input - 1;
  if (last < first) first = last = (first + last) / 2;
  for (let pixel = 0; pixel < length; pixel++) {
    const place = placeOf(axis, pixel);
    const cell = Math.min(cells - 1, Math.max(0, Math.min(last, Math.max(first, (place * cells) / axis.input - 0.5))));
    const low = Math.floor(cell);
    taps.low[pixel] = low;
    taps.high[pixel] = Math.min(cells - 1, low + 1);
    taps.weight[pixel] = cell - low;
    taps.seen[pixel] = isSeen(axis, place) ? 1 : 0;
  }
  return taps;
}

/** Where the middle of a pixel of the original lies in the model's input. */
function placeOf({ scale, offset }: AxisGeometry, pixel: number): number {
  return (pixel + 0.5 - offset) / scale;
}

function isSeen({ start, end }: AxisGeometry, place: number): boolean {
  return place >= start && place <= end;
}
