/** One side of a captured call, as Amazon SageMaker's data capture writes it. */
export interface CaptureData {
  readonly observedContentType: string;
  readonly mode: 'INPUT' | 'OUTPUT';
  readonly data: string;
  readonly encoding: 'JSON' | 'BASE64';
}

/**
 * Takes a value as it is now: what the caller does with it afterwards changes nothing. The rest, which may take longer, is
 * done by the function that it gives. Files and images stand for themselves, in Base64; images as PNG, with the alpha that a
 * canvas keeps. All else is JSON, with lists for typed arrays, null for what is no finite number, and `data:` addresses for
 * files and images inside.
 */
export function captureData(value: unknown, mode: CaptureData['mode']): () => Promise<CaptureData> {
  const taken = take(value);
  return async () => {
    const known = taken instanceof Later ? await taken.value : taken;
    if (known instanceof Blob) {
      const observedContentType = known.type || 'application/octet-stream';
      return { observedContentType, mode, data: await base64(known), encoding: 'BASE64' };
    }
    const data = JSON.stringify(await textual(known)) ?? 'null';
    return { observedContentType: 'application/json', mode, data, encoding: 'JSON' };
  };
}

/** An image that is being written as PNG. */
class Later {
  readonly value: Promise<Blob>;

  constructor(value: Promise<Blob>) {
    // Who asks for it is told of its failure.
    value.catch(() => {});
    this.value = value;
  }
}

function take(value: unknown): unknown {
  if (typeof value === 'bigint') return plainNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Blob) return value;
  if (value instanceof ArrayBuffer) return new Blob([value.slice(0)]);
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView)
    return new Blob([value as BlobPart]);
  if (ArrayBuffer.isView(value)) return plainList(value);
  if (Array.isArray(value)) return value.map(take);
  if (isImage(value)) return new Later(pngOf(value));
  const isTensor = 'type' in value && 'dims' in value && 'data' in value && ArrayBuffer.isView(value.data);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isTensor && key === 'data' ? plainList(item as ArrayBufferView) : take(item),
    ]),
  );
}

/** With text in the place of files and images. */
async function textual(value: unknown): Promise<unknown> {
  if (value instanceof Later) return textual(await value.value);
  if (value instanceof Blob) return `data:${value.type || 'application/octet-stream'};base64,${await base64(value)}`;
  if (Array.isArray(value)) return value.some(isObject) ? Promise.all(value.map(textual)) : value;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await textual(item)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

type Image = ImageData | ImageBitmap | VideoFrame;

function isImage(value: object): value is Image {
  return ['ImageData', 'ImageBitmap', 'VideoFrame'].includes(Object.prototype.toString.call(value).slice(8, -1));
}

/** The pixels are copied before it returns. */
function pngOf(image: Image): Promise<Blob> {
  const [width, height] =
    'displayWidth' in image ? [image.displayWidth, image.displayHeight] : [image.width, image.height];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  if (image instanceof ImageData) context.putImageData(image, 0, 0);
  else context.drawImage(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

function plainList(view: ArrayBufferView): (number | string | null)[] {
  const isSingle = view instanceof Float32Array;
  return Array.from(view as unknown as ArrayLike<number | bigint>, (value) =>
    isSingle && Number.isFinite(value) ? shortest(value as number) : plainNumber(value),
  );
}

/** The number with the fewest digits that is the same float32: nine are enough for any. */
function shortest(single: number): number {
  const short = Number(single.toPrecision(7));
  return Math.fround(short) === single ? short : Number(single.toPrecision(9));
}

/** Whole numbers that a double cannot hold become text. */
function plainNumber(value: number | bigint): number | string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Bytes at a time, in threes so that the pieces join. */
const piece = 3 * 8192;

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) text += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  return text;
}
