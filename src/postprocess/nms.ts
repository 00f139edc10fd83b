import type { Candidate, Corners } from './candidate.ts';

/**
 * Non-maximum suppression: of boxes that overlap, the best. Goes through `candidates`, the best first, and leaves out
 * those whose intersection over union with one that was kept is above `iou`. Counts in float32, as `torchvision.ops.nms`
 * does (`torchvision/csrc/ops/cpu/nms_kernel.cpp`), so that borderline cases come out alike.
 *
 * @param candidates the likeliest first
 * @param acrossLabels whether boxes of different labels suppress each other
 */
export function nms(candidates: readonly Candidate[], iou: number, acrossLabels: boolean): Candidate[] {
  const keptByLabel = new Map<number, KeptBoxes>();
  return candidates.filter(({ box, label }) => {
    const group = acrossLabels ? 0 : label;
    const kept = keptByLabel.get(group) ?? { corners: [], areas: [] };
    if (isSuppressed(box, kept, iou)) return false;
    kept.corners.push(...box);
    kept.areas.push(area(box));
    keptByLabel.set(group, kept);
    return true;
  });
}

/** One after the other, so that going through many of them is quick. */
interface KeptBoxes {
  /** Four a box. */
  readonly corners: number[];
  readonly areas: number[];
}

function isSuppressed(box: Corners, { corners, areas }: KeptBoxes, iou: number): boolean {
  const { fround } = Math;
  const [x1, y1, x2, y2] = box;
  const own = area(box);
  for (let i = 0, at = 0; i < areas.length; i++, at += 4) {
    const left = corners[at]!;
    const right = corners[at + 2]!;
    const width = (right < x2 ? right : x2) - (left > x1 ? left : x1);
    if (!(width > 0)) continue;
    const top = corners[at + 1]!;
    const bottom = corners[at + 3]!;
    const height = (bottom < y2 ? bottom : y2) - (top > y1 ? top : y1);
    if (!(height > 0)) continue;
    const overlap = fround(fround(width) * fround(height));
    if (fround(overlap / fround(fround(areas[i]! + own) - overlap)) > iou) return true;
  }
  return false;
}

/** The area of two boxes' overlap over the area of both together; 0 where they only touch. */
export function intersectionOverUnion(a: Corners, b: Corners): number {
  const { fround, max, min } = Math;
  const width = max(0, fround(min(a[2], b[2]) - max(a[0], b[0])));
  const height = max(0, fround(min(a[3], b[3]) - max(a[1], b[1])));
  const overlap = fround(width * height);
  return fround(overlap / fround(fround(area(a) + area(b)) - overlap));
}

function area([x1, y1, x2, y2]: Corners): number {
  return Math.fround(Math.fround(x2 - x1) * Math.fround(y2 - y1));
}
