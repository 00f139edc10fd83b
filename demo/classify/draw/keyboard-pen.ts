import type { Pad, Point } from './pad.ts';

/**
 * Draws with the keyboard while the canvas has the focus. `mark` shows where the pen is, above the canvas; `onPen` is
 * told when it is lowered or lifted.
 */
export function keyboardPen(
  canvas: HTMLCanvasElement,
  mark: HTMLElement,
  pad: Pad,
  onPen: (lowered: boolean) => void,
): void {
  const held = new Set<string>();
  let pen: Point = { x: canvas.width / 2, y: canvas.height / 4 };

  const show = (): void => {
    mark.hidden = document.activeElement !== canvas;
    mark.toggleAttribute('data-lowered', pad.isDrawing);
    mark.style.left = `${(pen.x / canvas.width) * 100}%`;
    mark.style.top = `${(pen.y / canvas.height) * 100}%`;
  };

  const move = (far: boolean): void => {
    const step = (canvas.width / stepsAcross) * (far ? 3 : 1);
    const x = pen.x + step * (Number(held.has('ArrowRight')) - Number(held.has('ArrowLeft')));
    const y = pen.y + step * (Number(held.has('ArrowDown')) - Number(held.has('ArrowUp')));
    pen = { x: Math.min(canvas.width, Math.max(0, x)), y: Math.min(canvas.height, Math.max(0, y)) };
    pad.extend([pen]);
  };

  const toggle = (): void => {
    if (pad.isDrawing) pad.end();
    else pad.begin(pen);
    onPen(pad.isDrawing);
  };

  canvas.addEventListener('keydown', (event) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey, repeat } = event;
    const undoes = key === 'Backspace' || ((ctrlKey || metaKey) && key === 'z');
    if (!undoes && (ctrlKey || metaKey || altKey)) return;
    if (undoes) pad.undo();
    else if (key in arrows) {
      held.add(key);
      move(shiftKey);
    } else if (key === ' ' || key === 'Enter') {
      if (!repeat) toggle();
    } else if (key === 'Escape' || key === 'Delete') pad.clear();
    else return;
    event.preventDefault();
    show();
  });
  canvas.addEventListener('keyup', ({ key }) => held.delete(key));
  canvas.addEventListener('focus', show);
  canvas.addEventListener('blur', () => {
    held.clear();
    pad.end();
    show();
  });
}

const arrows = { ArrowLeft: true, ArrowRight: true, ArrowUp: true, ArrowDown: true };
const stepsAcross = 32;
