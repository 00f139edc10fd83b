import * as inpoint from '../../../dist/index.js';

globalThis.inpoint = inpoint;

/** All workers of the page. */
globalThis.workers = [];
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    workers.push(this);
  }
};

/** Reads a stream to its end: what its pieces say, and the last of them. */
globalThis.read = async (stream, onPiece = () => {}) => {
  let text = '';
  let count = 0;
  let end;
  for await (const piece of stream) {
    text += piece.text;
    count++;
    if (piece.done) end = piece;
    else onPiece(piece, text);
  }
  return { text, count, end };
};
document.title = 'ready';
