import type { FbankStep } from '../manifest/index.ts';
import { createPowerSpectrum } from './fft.ts';
import type { Spectrogram } from './mel-spectrogram.ts';

/** Seconds of a window, and from one to the next, to which Kaldi's models are trained. */
const windowSeconds = 0.025;
const hopSeconds = 0.01;

/** The smallest energy that has a logarithm: float32's epsilon. */
const floor = 2 ** -23;

/** Samples of one window at a rate. */
export function fbankWindow(rate: number): number {
  return Math.floor(windowSeconds * rate);
}

/** Samples from one window to the next. */
export function fbankHop(rate: number): number {
  return Math.floor(hopSeconds * rate);
}

/**
 * Kaldi's filter bank (`compute-fbank-feats`, `torchaudio.compliance.kaldi.fbank` without dither): of each window of
 * 25 ms that lies wholly inside the sound, every 10 ms, the mean is taken away, `x[i] - 0.97 x[i - 1]` brings out the
 * high frequencies, and a window is laid over it; then the natural logarithm of its power in triangular filters on the
 * scale `1127 ln(1 + f / 700)`, whose flanks are straight in mels. With `frames`, cut or filled up with zeros; at last
 * `(x - mean) / std`.
 */
export function fbank(sound: Float32Array, rate: number, step: FbankStep): Spectrogram {
  const { bins = 80, amplitude = 1, frames: wanted, mean = 0, std = 1 } = step;
  const length = fbankWindow(rate);
  const hop = fbankHop(rate);
  const fftLength = 2 ** Math.ceil(Math.log2(length));
  const found = Math.max(0, Math.floor((sound.length - length) / hop) + 1);
  const frames = wanted ?? found;
  const data = new Float64Array(bins * frames);
  const window = windows[step.window ?? 'povey'](length);
  const filters = kaldiFilters(step, rate, fftLength);
  const transform = createPowerSpectrum(fftLength);
  const signal = new Float64Array(fftLength);
  const power = new Float64Array(fftLength / 2 + 1);
  for (let frame = 0; frame < Math.min(found, frames); frame++) {
    const part = sound.subarray(frame * hop, frame * hop + length);
    let middle = 0;
    for (const x of part) middle += x / length;
    let before = part[0]! - middle;
    for (let i = 0; i < length; i++) {
      const x = part[i]! - middle;
      signal[i] = (x - 0.97 * before) * window[i]! * amplitude;
      before = x;
    }
    transform(signal, power);
    for (let bin = 0; bin < bins; bin++) {
      let sum = 0;
      for (const [index, weight] of filters[bin]!) sum += power[index]! * weight;
      data[bin * frames + frame] = Math.log(Math.max(sum, floor));
    }
  }
  return { data: data.map((x) => (x - mean) / std), bins, frames };
}

const windows: Record<NonNullable<FbankStep['window']>, (length: number) => Float64Array> = {
  hann: (length) => hann(length),
  povey: (length) => hann(length).map((x) => x ** 0.85),
};

/** Symmetric: 0 at both ends. */
function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (length - 1)));
}

/** The frequencies of each filter with their weights; half the rate is none of them. */
function kaldiFilters(
  { bins = 80, minFrequency = 20, maxFrequency }: FbankStep,
  rate: number,
  fftLength: number,
): [index: number, weight: number][][] {
  const lowest = toMel(minFrequency);
  const step = (toMel(maxFrequency ?? rate / 2) - lowest) / (bins + 1);
  const mels = Array.from({ length: fftLength / 2 }, (_, index) => toMel((index * rate) / fftLength));
  return Array.from({ length: bins }, (_, bin) => {
    const middle = lowest + (bin + 1) * step;
    return mels
      .map((mel, index): [number, number] => [index, 1 - Math.abs(mel - middle) / step])
      .filter(([, weight]) => weight > 0);
  });
}

function toMel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}
