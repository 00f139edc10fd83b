import type { Pad, Point } from './pad.ts';

/** Draws with a mouse, a finger or a pen; of several fingers, with the first. */
export function pointerPen(canvas: HTMLCanvasElement, pad: Pad): void {
  let drawing: number | undefined;
  canvas.addEventListener('pointerdown', (event) => {
    if (drawing !== undefined || event.button !== 0) return;
    drawing = event.pointerId;
    canvas.setPointerCapture(event.pointerId);
    pad.begin(pointOf(event, canvas));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drawing) return;
    const events = event.getCoalescedEvents?.() ?? [];
    pad.extend((events.length > 0 ? events : [event]).map((step) => pointOf(step, canvas)));
  });
  const lift = (event: PointerEvent): void => {
    if (event.pointerId !== drawing) return;
    drawing = undefined;
    pad.end();
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  // The arrow keys go on scrolling the page for those who draw by hand: the keyboard's pen is for those who tab here.
  canvas.addEventListener('mousedown', (event) => event.preventDefault());
}

function pointOf({ clientX, clientY }: PointerEvent, canvas: HTMLCanvasElement): Point {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return { x: ((clientX - left) / width) * canvas.width, y: ((clientY - top) / height) * canvas.height };
}
