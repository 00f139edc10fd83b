import { ManifestError } from '../../errors.ts';
import { maxSide, type ImageStep, type ResizeFilter, type SizeRule } from '../image.ts';
import type { Json } from '../read-json.ts';

/**
 * Reads what the image processors of Transformers save as `preprocessor_config.json`, for one image at a time. What asks
 * for a step that is not known here is refused: leaving it out would give wrong numbers, and nobody would see it.
 *
 * @param name the artifact's, for messages
 * @param config `config.json`
 * @throws {ManifestError} `file-invalid`
 */
export function readImageProcessor(name: string, saved: Json, config: Json | undefined): ImageStep[] {
  const wrong = (field: string, reason: string): ManifestError =>
    new ManifestError(
      'file-invalid',
      `Cannot serve ${JSON.stringify(name)}: ${field} in preprocessor_config.json ${reason}. Save it again with the model's image processor, say the steps under "preprocess" of inference.json, or deploy it with { task: 'tensor' } and prepare the pixels yourself.`,
    );
  for (const field of unknownSteps)
    if (saved[field] === true) throw wrong(field, 'asks for a step that is not supported');
  const isGrey = saved['do_grayscale'] === true || config?.['num_channels'] === 1;
  return [
    ...(isGrey ? [{ step: 'grayscale' } as const] : []),
    ...sizeSteps(saved, wrong),
    // Transformers flips after it has rescaled, which comes to the same.
    ...(saved['do_flip_channel_order'] === true ? [{ step: 'reverse-channels' } as const] : []),
    ...mirrorPadding(saved, wrong),
    ...numericSteps(saved, wrong),
    ...framePadding(saved, wrong),
  ];
}

type Wrong = (field: string, reason: string) => ManifestError;

const unknownSteps = [
  'do_thumbnail',
  'do_align_long_axis',
  'do_image_splitting',
  'do_crop_margin',
  'do_color_quantize',
  'keep_aspect_ratio',
];

/** By Pillow's number for them (`PIL.Image.Resampling`). */
const filtersOfPillow: readonly ResizeFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

function numericSteps(saved: Json, wrong: Wrong): ImageStep[] {
  const steps: ImageStep[] = [];
  const factor = saved['rescale_factor'] ?? 1 / 255;
  if (typeof factor !== 'number' || !Number.isFinite(factor)) throw wrong('rescale_factor', 'is not a number');
  // EfficientNet's and ViViT's offset is this number and no other.
  const offset = saved['rescale_offset'] === true ? { offset: -1 } : {};
  if (saved['do_rescale'] !== false) steps.push({ step: 'rescale', factor, ...offset });
  if (saved['do_normalize'] !== false && (saved['do_normalize'] === true || saved['image_mean'] !== undefined))
    steps.push({
      step: 'normalize',
      mean: numbers(saved, 'image_mean', wrong),
      std: numbers(saved, 'image_std', wrong),
    });
  // EfficientNet divides a second time for its top layer.
  if (saved['include_top'] === true)
    steps.push({ step: 'normalize', mean: [0], std: numbers(saved, 'image_std', wrong) });
  return steps;
}

/** Swin2SR's. */
function mirrorPadding(saved: Json, wrong: Wrong): ImageStep[] {
  if (!/^swin2sr/i.test(typeOf(saved)) || saved['do_pad'] === false) return [];
  const size = saved['pad_size'] ?? saved['size_divisor'] ?? 8;
  if (!isSide(size)) throw wrong('pad_size', 'is not a whole number above 0');
  return [{ step: 'pad-to-multiple', of: size, mode: 'symmetric', always: true }];
}

/** DETR's and its kin's: to a fixed size, with 0 in what the model is fed. Without one, an image alone is not padded. */
function framePadding(saved: Json, wrong: Wrong): ImageStep[] {
  const size = saved['pad_size'];
  if (saved['do_pad'] !== true || typeof size !== 'object' || size === null) return [];
  return [{ step: 'pad', ...square(size, 'pad_size', wrong), place: 'top-left', color: [0] }];
}

function sizeSteps(saved: Json, wrong: Wrong): ImageStep[] {
  const filter = filtersOfPillow[(saved['resample'] ?? 2) as number];
  if (!filter) throw wrong('resample', 'is none of the filters of Pillow (0 to 5)');
  const crops = saved['do_center_crop'] === true;
  const crop = (): ImageStep[] =>
    crops ? [{ step: 'center-crop', ...square(saved['crop_size'] ?? saved['size'], 'crop_size', wrong) }] : [];
  const resized = (size: SizeRule): ImageStep => ({ step: 'resize', size, filter });
  const asked = saved['size'] !== undefined || saved['size_divisor'] !== undefined;
  if (saved['do_resize'] === false || !asked || /^swin2sr/i.test(typeOf(saved))) return crop();
  const rule = sizeRule(saved, crops, wrong);
  if (!rule) throw wrong('size', 'is not a size that is known');
  const share = saved['crop_pct'];
  if (typeof share === 'number' && !/^poolformer/i.test(typeOf(saved))) {
    // ConvNeXt's own way: small sizes are resized larger by crop_pct and cropped, large ones are squeezed to a square.
    const edge = 'shortestEdge' in rule ? rule.shortestEdge : square(saved['size'], 'size', wrong).width;
    if (edge >= 384) return [resized({ width: edge, height: edge })];
    const size = { width: edge, height: edge };
    return [resized({ shortestEdge: Math.floor(edge / share) }), { step: 'center-crop', ...size }];
  }
  const scale = typeof share === 'number' ? 1 / share : /^levit/i.test(typeOf(saved)) ? 256 / 224 : 1;
  const enlarged =
    'shortestEdge' in rule && scale !== 1 ? { shortestEdge: Math.trunc(rule.shortestEdge * scale) } : rule;
  return [resized(enlarged), ...crop()];
}

/** Processors that fit the shorter side, and let no side pass 1333 where nothing else is said. */
const detectors = /^(detr|yolos|conditionaldetr|deformabledetr|deta|maskformer|mask2former|oneformer)/i;

const roundsUp = /^(maskformer|mask2former|oneformer)/i;

/** A bare number is the shorter side where a crop makes the square afterwards, but for processors that always squeeze. */
function sizeRule(saved: Json, cropped: boolean, wrong: Wrong): SizeRule | undefined {
  const type = typeOf(saved);
  const { size, max_size: limit, size_divisor: divisor } = saved;
  if (/^glpn/i.test(type)) return isSide(divisor) ? { multipleOf: divisor } : undefined;
  if (isSide(divisor) && !roundsUp.test(type)) throw wrong('size_divisor', 'asks for a rounding that is not supported');
  const multiple = saved['ensure_multiple_of'];
  if (multiple !== undefined && multiple !== 1) throw wrong('ensure_multiple_of', 'is not supported');
  const bounded = (shortestEdge: number, longest: unknown): SizeRule => ({
    shortestEdge,
    ...(isSide(longest) && { longestEdge: longest }),
    ...(roundsUp.test(type) && { multipleOf: isSide(divisor) ? divisor : 1 }),
  });
  if (isSide(size)) {
    if (detectors.test(type)) return bounded(size, limit ?? 1333);
    return cropped && !/^(vit|deit|beit|dpt)/i.test(type) ? { shortestEdge: size } : { width: size, height: size };
  }
  const fields = (size ?? {}) as Record<string, unknown>;
  const { width, height, shortest_edge: shortest, longest_edge: longest, max_height, max_width } = fields;
  if (isSide(width) && isSide(height)) return { width, height };
  if (isSide(shortest)) return bounded(shortest, longest ?? limit);
  if (isSide(max_height) && isSide(max_width)) return { maxHeight: max_height, maxWidth: max_width };
  return isSide(longest) ? { longestEdge: longest } : undefined;
}

function typeOf(saved: Json): string {
  return String(saved['image_processor_type'] ?? saved['feature_extractor_type'] ?? '');
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
