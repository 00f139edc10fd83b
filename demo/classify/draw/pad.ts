/** A place on the canvas, in its pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A drawing: strokes of one pen, white on near-black, as the digits were that the model learned from. */
export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onChange: () => void;
  /** Every drawing there was, the one that is seen last. */
  #history: (readonly Stroke[])[] = [[]];
  #stroke: Point[] | undefined;

  constructor(canvas: HTMLCanvasElement, onChange: () => void) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false, willReadFrequently: true })!;
    this.#onChange = onChange;
    this.#paint();
  }

  get isEmpty(): boolean {
    return this.#strokes.length === 0;
  }

  get canUndo(): boolean {
    return this.#history.length > 1;
  }

  get isDrawing(): boolean {
    return this.#stroke !== undefined;
  }

  /** Lowers the pen. */
  begin(point: Point): void {
    this.#stroke = [point];
    this.#change([...this.#history, [...this.#strokes, this.#stroke]]);
  }

  /** Moves the pen; draws while it is lowered. */
  extend(points: readonly Point[]): void {
    if (!this.#stroke) return;
    this.#stroke.push(...points);
    this.#change(this.#history);
  }

  /** Lifts the pen. */
  end(): void {
    this.#stroke = undefined;
  }

  /** Takes back the last stroke, or the last clearing. */
  undo(): void {
    if (!this.canUndo) return;
    this.end();
    this.#change(this.#history.slice(0, -1));
  }

  clear(): void {
    this.end();
    if (!this.isEmpty) this.#change([...this.#history, []]);
  }

  get #strokes(): readonly Stroke[] {
    return this.#history.at(-1)!;
  }

  #change(history: (readonly Stroke[])[]): void {
    this.#history = history;
    this.#paint();
    this.#onChange();
  }

  #paint(): void {
    const { width, height } = this.#canvas;
    const context = this.#context;
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
    context.strokeStyle = ink;
    context.lineWidth = width * penWidth;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const stroke of this.#strokes) {
      context.beginPath();
      trace(context, stroke);
      context.stroke();
    }
  }
}

type Stroke = readonly Point[];

const paper = '#0b0f0e';
const ink = '#ffffff';

/** In parts of the canvas: 2.2 of the 28 pixels that the model sees. */
const penWidth = 0.08;

/** A curve from middle to middle of the points, which are its handles: corners of a fast pen become round. */
function trace(context: CanvasRenderingContext2D, [first, ...rest]: Stroke): void {
  if (!first) return;
  context.moveTo(first.x, first.y);
  let from = first;
  for (const point of rest) {
    context.quadraticCurveTo(from.x, from.y, (from.x + point.x) / 2, (from.y + point.y) / 2);
    from = point;
  }
  context.lineTo(from.x, from.y);
}
