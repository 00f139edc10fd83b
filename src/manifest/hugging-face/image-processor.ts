import { ManifestError } from '../errors.ts';
import type { Json } from './read-json.ts';
import type { ImageProcessing, ResizeFilter, SizeRule } from './schema.ts';

/**
 * Reads what the image processors of Transformers save as `preprocessor_config.json`. A step that is named there and
 * not known here is refused: leaving it out would give wrong numbers, and nobody would see it.
 *
 * @param name the artifact's, for messages
 * @throws {ManifestError} `file-invalid`
 */
export function readImageProcessor(name: string, saved: Json, config: Json | undefined): ImageProcessing {
  const wrong = (field: string, reason: string): ManifestError =>
    new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: ${field} in preprocessor_config.json ${reason}. Save it again with the model's image processor, or deploy it with { task: 'tensor' } and prepare the pixels yourself.`,
    );
  for (const field of unknownSteps)
    if (saved[field] === true) throw wrong(field, 'asks for a step that is not supported');
  const filter = filtersOfPillow[(saved['resample'] ?? 2) as number];
  if (!filter) throw wrong('resample', 'is none of the filters of Pillow (0 to 5)');
  const { resize, crop } = sizes(saved, wrong);
  const scale = saved['rescale_factor'] ?? 1 / 255;
  if (typeof scale !== 'number' || !Number.isFinite(scale)) throw wrong('rescale_factor', 'is not a number');
  const normalises =
    saved['do_normalize'] !== false && (saved['do_normalize'] === true || saved['image_mean'] !== undefined);
  return {
    channels: saved['do_grayscale'] === true || config?.['num_channels'] === 1 ? 1 : undefined,
    resize: resize && { size: resize, filter },
    crop,
    scale: saved['do_rescale'] === false ? 1 : scale,
    mean: normalises ? numbers(saved, 'image_mean', wrong) : undefined,
    std: normalises ? numbers(saved, 'image_std', wrong) : undefined,
  };
}

type Wrong = (field: string, reason: string) => ManifestError;

const unknownSteps = [
  'do_flip_channel_order',
  'do_thumbnail',
  'do_align_long_axis',
  'rescale_offset',
  'include_top',
  'do_image_splitting',
];

/** By Pillow's number for them (`PIL.Image.Resampling`). */
const filtersOfPillow: readonly ResizeFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

/** Pixels of a side beyond which a model is not for images. */
const maxSide = 8192;

function sizes(saved: Json, wrong: Wrong): { resize: SizeRule | undefined; crop: ImageProcessing['crop'] } {
  const resizes = saved['do_resize'] !== false && saved['size'] !== undefined;
  const crops = saved['do_center_crop'] === true;
  const crop = crops ? square(saved['crop_size'] ?? saved['size'], 'crop_size', wrong) : undefined;
  if (!resizes) return { resize: undefined, crop };
  const rule = sizeRule(saved, crops);
  if (!rule) throw wrong('size', 'is not a size that is known');
  if (typeof saved['crop_pct'] !== 'number') return { resize: rule, crop };
  // ConvNeXt's own way: small sizes are resized larger by crop_pct and cropped, large ones are squeezed to a square.
  const edge = 'shortest_edge' in rule ? rule.shortest_edge : square(saved['size'], 'size', wrong).width;
  if (edge >= 384) return { resize: { width: edge, height: edge }, crop: undefined };
  return { resize: { shortest_edge: Math.floor(edge / saved['crop_pct']) }, crop: { width: edge, height: edge } };
}

/** A bare number is the shorter side where a crop makes the square afterwards, but for processors that always squeeze. */
function sizeRule(saved: Json, cropped: boolean): SizeRule | undefined {
  const size = saved['size'];
  const squeezes = /^(vit|deit|beit|dpt)/i.test(
    String(saved['image_processor_type'] ?? saved['feature_extractor_type']),
  );
  if (isSide(size)) return cropped && !squeezes ? { shortest_edge: size } : { width: size, height: size };
  const { width, height, shortest_edge, longest_edge } = (size ?? {}) as Record<string, unknown>;
  if (isSide(width) && isSide(height)) return { width, height };
  if (isSide(shortest_edge)) return { shortest_edge, ...(isSide(longest_edge) && { longest_edge }) };
  return isSide(longest_edge) ? { longest_edge } : undefined;
}

function square(size: unknown, field: string, wrong: Wrong): { width: number; height: number } {
  if (isSide(size)) return { width: size, height: size };
  const { width, height, shortest_edge } = (size ?? {}) as Record<string, unknown>;
  if (isSide(width) && isSide(height)) return { width, height };
  if (isSide(shortest_edge)) return { width: shortest_edge, height: shortest_edge };
  throw wrong(field, 'is not a size { height, width }');
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= maxSide;
}

/** One number, or one a channel. */
function numbers(saved: Json, field: string, wrong: Wrong): number[] {
  const value = saved[field];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((item) => typeof item === 'number' && Number.isFinite(item)))
    return list as number[];
  throw wrong(field, 'is not a list of numbers');
}
