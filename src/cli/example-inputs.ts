import { encode } from 'fast-png';
import type { Column, Manifest, TableStep } from '../manifest/index.ts';
import type { TensorInfo } from '../runtime/session.ts';

/** Inputs made up for a task, in the words of golden samples, with the files that they name. */
export interface Examples {
  readonly inputs: readonly unknown[];
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/**
 * Makes up inputs for a model, always the same ones, to record its answers to. Undefined where nothing sensible can be
 * made up.
 *
 * @param inputs those of the model that the task feeds
 * @param length of free dimensions of tensors, but for the first, the batch
 * @param mask the tokenizer's mask token, where it has one
 * @param free gives a path for a file near to the one wished for
 */
export function exampleInputs(
  manifest: Manifest,
  inputs: readonly TensorInfo[],
  length: number,
  mask: string | undefined,
  free: (path: string) => string,
): Examples | undefined {
  const plain = (...made: unknown[]): Examples => ({ inputs: made, files: {} });
  const file = (wished: string, bytes: Uint8Array): Examples => {
    const path = free(wished);
    return { inputs: [{ $file: path }], files: { [path]: bytes } };
  };
  const [first, second] = texts;
  switch (manifest.task) {
    case 'text-classification':
    case 'token-classification':
    case 'feature-extraction':
      return plain(first, second);
    case 'text-similarity':
    case 'reranking':
      return plain({ query: 'How do I get my money back?', documents: texts });
    case 'question-answering':
      return plain({ question: 'Where was the parcel left?', context: second });
    case 'zero-shot-classification':
      return plain({ text: first, candidateLabels: ['shopping', 'sports', 'politics'] });
    case 'fill-mask':
      return mask === undefined ? undefined : plain(`The parcel was ${mask} at the door.`);
    case 'image-classification':
    case 'image-feature-extraction':
    case 'object-detection':
    case 'image-segmentation':
    case 'image-to-image':
      return file('golden/picture.png', picture(96, 64));
    case 'automatic-speech-recognition':
      // The library's next version may choose another of two tokens that are as likely.
      return manifest.tokenizer === undefined ? file('golden/sound.wav', sound(16_000, 1.5)) : undefined;
    case 'audio-classification':
      return file('golden/sound.wav', sound(16_000, 1.5));
    case 'tabular-classification':
    case 'tabular-regression':
      return manifest.columns.length === 0
        ? undefined
        : plain(...[0, 1, 2].map((row) => tableRow(manifest.columns, manifest.preprocess, row)));
    case 'text-generation':
    case 'text2text-generation':
    case 'translation':
    case 'summarization':
      // As above.
      return undefined;
    case 'tensor':
      return inputs.some(({ type }) => type === undefined)
        ? undefined
        : plain(tensors(inputs, length, 1), tensors(inputs, length, 2));
    default:
      return undefined;
  }
}

const texts = [
  'I love these shoes! They fit well and arrived on time.',
  'Terrible: the parcel was left in the rain at the back door, and nobody from support ever answered.',
];

/** Numbers from 0 to 1, the same ones at each run (mulberry32, public domain). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Soft colours with a darker disc, as a PNG. */
function picture(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isDisc = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2;
      const shade = isDisc ? 0.4 : 1;
      data.set(
        [(x * 255 * shade) / width, (y * 255 * shade) / height, (255 - (x * 255) / width) * shade],
        (y * width + x) * 3,
      );
    }
  }
  return encode({ width, height, data, channels: 3, depth: 8 });
}

/** Two tones that swell and fade over a little noise, as a WAV of 16 bits. */
function sound(rate: number, seconds: number): Uint8Array {
  const count = Math.round(rate * seconds);
  const bytes = new Uint8Array(44 + count * 2);
  const view = new DataView(bytes.buffer);
  const name = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  name(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  name(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  name(36, 'data');
  view.setUint32(40, count * 2, true);
  const noise = random(1);
  for (let i = 0; i < count; i++) {
    const swell = 1 - Math.abs((2 * i) / count - 1);
    // Triangles, since sines may differ in their last digit from machine to machine.
    const wave = triangle((i * 220) / rate) + triangle((i * 554) / rate);
    view.setInt16(44 + 2 * i, Math.round((wave * 0.3 * swell + (noise() - 0.5) * 0.02) * 32_000), true);
  }
  return bytes;
}

function triangle(turns: number): number {
  return 4 * Math.abs(turns - Math.floor(turns + 0.5)) - 1;
}

/** A row near to what the steps say of the training data; categories from the first on. */
function tableRow(columns: readonly Column[], steps: readonly TableStep[], row: number): Record<string, unknown> {
  const next = random(row + 1);
  return Object.fromEntries(
    columns.map(({ name, type, values }) => {
      const near = nearOf(name, steps);
      if (type === 'category') {
        const choice = values ?? near.categories ?? ['a'];
        return [name, choice[row % choice.length]];
      }
      const spread = near.spread * (next() * 2 - 1);
      return [name, Math.round((near.middle + (row === 0 ? 0 : spread)) * 1000) / 1000];
    }),
  );
}

function nearOf(
  name: string,
  steps: readonly TableStep[],
): { middle: number; spread: number; categories?: readonly unknown[] } {
  for (const step of steps) {
    const at = step.columns.indexOf(name);
    if (at < 0) continue;
    if (step.step === 'standard-scale') return { middle: step.mean[at] ?? 0, spread: step.scale[at] ?? 1 };
    if (step.step === 'min-max-scale') {
      const scale = step.scale[at] || 1;
      return { middle: (0.5 - (step.min[at] ?? 0)) / scale, spread: 0.5 / scale };
    }
    if (step.step === 'one-hot' || step.step === 'ordinal') {
      const categories = step.categories[at];
      if (categories) return { middle: 0, spread: 1, categories: categories.filter((one) => one !== null) };
    }
  }
  return { middle: 1, spread: 1 };
}

/** Tensors of a model's inputs; a free first dimension is 1, other free ones are of a length. */
function tensors(inputs: readonly TensorInfo[], freeLength: number, seed: number): object {
  const next = random(seed);
  return Object.fromEntries(
    inputs.map(({ name, type, shape }) => {
      const dims = shape.map((dim, axis) => (typeof dim === 'number' && dim >= 0 ? dim : axis === 0 ? 1 : freeLength));
      const length = dims.reduce((product, dim) => product * dim, 1);
      const value = (): number | string => {
        if (type === 'string') return 'text';
        if (type?.startsWith('float')) return Math.round(next() * 1e4) / 1e4;
        return Math.floor(next() * 2);
      };
      return [name, { $tensor: { type, dims, data: Array.from({ length }, value) } }];
    }),
  );
}
