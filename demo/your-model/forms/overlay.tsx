import type { Tasks } from 'inpoint';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What a model may see in a picture: boxes, masks, or another picture. */
export type Seen = Partial<
  Tasks['object-detection']['answer'] & Tasks['image-segmentation']['answer'] & Tasks['image-to-image']['answer']
>;

/** Draws over the picture before it what was seen there. */
export function Overlay({ seen }: { seen: Seen | undefined }): JSX.Element | null {
  if (!seen?.objects && !seen?.segments && !seen?.image) return null;
  return <Painted {...seen} />;
}

function Painted({ objects, segments, image }: Seen): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const picture = canvas.current!.parentElement!.querySelector('img')!;
    const paint = (): void => {
      const { naturalWidth, naturalHeight } = picture;
      canvas.current!.width = image?.width ?? naturalWidth;
      canvas.current!.height = image?.height ?? naturalHeight;
      const context = canvas.current!.getContext('2d')!;
      if (image) context.putImageData(new ImageData(image.data, image.width, image.height), 0, 0);
      if (segments) paintMasks(context, segments);
      if (objects) paintBoxes(context, objects);
    };
    if (picture.complete) paint();
    else picture.addEventListener('load', paint, { once: true });
    return () => picture.removeEventListener('load', paint);
  }, [objects, segments, image]);
  return <canvas ref={canvas} class="overlay" aria-hidden="true" />;
}

/** In turn; each stands out from most pictures. */
const colours = ['#0b6e61', '#d1495b', '#3066be', '#edae49', '#7b4b94', '#00798c'] as const;

function paintBoxes(context: CanvasRenderingContext2D, objects: NonNullable<Seen['objects']>): void {
  const unit = Math.max(context.canvas.width, context.canvas.height) / 100;
  context.font = `600 ${4 * unit}px system-ui`;
  context.lineWidth = unit;
  context.textBaseline = 'top';
  for (const [index, { label, box }] of objects.entries()) {
    const colour = colours[index % colours.length]!;
    context.strokeStyle = colour;
    context.strokeRect(box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin);
    context.fillStyle = colour;
    context.fillRect(box.xmin, box.ymin, context.measureText(label).width + 2 * unit, 5 * unit);
    context.fillStyle = '#ffffff';
    context.fillText(label, box.xmin + unit, box.ymin + unit / 2);
  }
}

function paintMasks(context: CanvasRenderingContext2D, segments: NonNullable<Seen['segments']>): void {
  const { width, height } = context.canvas;
  const pixels = context.createImageData(width, height);
  for (const [index, { mask }] of segments.entries()) {
    const colour = Number.parseInt(colours[index % colours.length]!.slice(1), 16);
    for (let at = 0; at < Math.min(mask.data.length, width * height); at++) {
      if (mask.data[at] === 0) continue;
      pixels.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 150], at * 4);
    }
  }
  context.putImageData(pixels, 0, 0);
}
