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
  const keptByLabel = new Map<number, Candidate[]>();
  return candidates.filter((candidate) => {
    const group = acrossLabels ? 0 : candidate.label;
    const kept = keptByLabel.get(group) ?? [];
    if (kept.some(({ box }) => intersectionOverUnion(box, candidate.box) > iou)) return false;
    kept.push(candidate);
    keptByLabel.set(group, kept);
    return true;
  });
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
