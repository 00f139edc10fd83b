import type { Spectrogram } from './mel-spectrogram.ts';

/**
 * Logarithms of energies of at least 1e-10:
 *
 * - `whisper`: `max(log10 x, highest - 8) / 4 + 1`, the last frame left out (openai/whisper, `log_mel_spectrogram`).
 * - `log10`, `ln`: just that.
 * - `db`: `10 log10 x`, but not lower than `topDb` under the highest (`librosa.power_to_db`).
 *
 * @param topDb for `db` @default no limit
 */
export function logMel(
  energies: Spectrogram,
  log: 'whisper' | 'log10' | 'ln' | 'db' = 'whisper',
  topDb: number = Infinity,
): Spectrogram {
  if (log === 'ln') return mapped(energies, Math.log);
  if (log === 'log10') return mapped(energies, Math.log10);
  if (log === 'db') {
    const decibels = mapped(energies, (x) => 10 * Math.log10(x));
    return floored(decibels, topDb);
  }
  const { data, bins, frames } = floored(mapped(withoutLastFrame(energies), Math.log10), 8);
  return { data: data.map((x) => x / 4 + 1), bins, frames };
}

function mapped({ data, bins, frames }: Spectrogram, log: (x: number) => number): Spectrogram {
  return { data: data.map((x) => log(Math.max(x, 1e-10))), bins, frames };
}

/** Nothing lower than `range` under the highest. */
function floored({ data, bins, frames }: Spectrogram, range: number): Spectrogram {
  const floor = data.reduce((highest, x) => Math.max(highest, x), -Infinity) - range;
  return { data: data.map((x) => Math.max(x, floor)), bins, frames };
}

function withoutLastFrame({ data, bins, frames }: Spectrogram): Spectrogram {
  const kept = Math.max(0, frames - 1);
  return {
    data: Float64Array.from({ length: bins * kept }, (_, index) => {
      const bin = Math.floor(index / kept);
      return data[bin * frames + (index % kept)]!;
    }),
    bins,
    frames: kept,
  };
}
