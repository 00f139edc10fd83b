/** How frequencies become mels, and how filters are weighed. */
export interface MelScale {
  /** Samples a second. */
  readonly rate: number;
  readonly fftLength: number;
  readonly bins: number;
  /** Hz. */
  readonly minFrequency: number;
  /** Hz. */
  readonly maxFrequency: number;
  readonly scale: 'slaney' | 'htk';
  /** `slaney` gives each filter an area of 1, `none` a peak of 1. */
  readonly norm: 'slaney' | 'none';
}

/** One triangular filter: its weights, and the index of the frequency that the first of them is for. */
export interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Triangular filters with their corners equally far apart in mels, as `librosa.filters.mel` makes them.
 *
 * `slaney`: linear up to 1000 Hz (15 mels), then `15 + 27 ln(f / 1000) / ln 6.4` (Slaney, Auditory Toolbox, 1998).
 * `htk`: `2595 log10(1 + f / 700)` (Young et al., The HTK Book).
 */
export function melFilters({ rate, fftLength, bins, minFrequency, maxFrequency, scale, norm }: MelScale): MelFilter[] {
  const { toMel, toHertz } = scales[scale];
  const lowest = toMel(minFrequency);
  const step = (toMel(maxFrequency) - lowest) / (bins + 1);
  const corners = Array.from({ length: bins + 2 }, (_, index) => toHertz(lowest + index * step));
  const frequencies = Math.floor(fftLength / 2) + 1;
  return Array.from({ length: bins }, (_, bin) => {
    const [left, middle, right] = corners.slice(bin, bin + 3) as [number, number, number];
    const height = norm === 'slaney' ? 2 / (right - left) : 1;
    const weights = Array.from({ length: frequencies }, (__, index) => {
      const frequency = (index * rate) / fftLength;
      const rising = (frequency - left) / (middle - left);
      const falling = (right - frequency) / (right - middle);
      return Math.max(0, Math.min(rising, falling)) * height;
    });
    const first = Math.max(
      0,
      weights.findIndex((weight) => weight > 0),
    );
    const last = weights.findLastIndex((weight) => weight > 0);
    return { first, weights: Float64Array.from(weights.slice(first, last + 1)) };
  });
}

const scales: Record<MelScale['scale'], { toMel(hertz: number): number; toHertz(mel: number): number }> = {
  slaney: {
    toMel: (hertz) => (hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4)),
    toHertz: (mel) => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27)),
  },
  htk: {
    toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
    toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
  },
};
