import { logMel } from './log-mel.ts';
import type { Spectrogram } from './mel-spectrogram.ts';

/**
 * Cepstral coefficients of a mel spectrogram: the first `coefficients` of the orthonormal DCT-II over the bins, in
 * decibels, of each frame. Equal to `librosa.feature.mfcc`.
 *
 * @param coefficients @default 13
 * @param topDb how far under the loudest decibels are cut off @default 80
 */
export function mfcc(energies: Spectrogram, coefficients: number = 13, topDb: number = 80): Spectrogram {
  const { data, bins, frames } = logMel(energies, 'db', topDb);
  const cepstrum = new Float64Array(coefficients * frames);
  for (let k = 0; k < coefficients; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / bins);
    for (let bin = 0; bin < bins; bin++) {
      const weight = scale * Math.cos((Math.PI * k * (2 * bin + 1)) / (2 * bins));
      for (let frame = 0; frame < frames; frame++)
        cepstrum[k * frames + frame]! += weight * data[bin * frames + frame]!;
    }
  }
  return { data: cepstrum, bins: coefficients, frames };
}
