/**
 * The question of so many, the same for every rival: speed does not depend on what is in it.
 *
 * @param {import('../rivals/rival.ts').ServedModel} model
 */
export function questionOf(model, number) {
  if (model.task === 'feature-extraction') return `${number}: ${words}`;
  if (model.task === 'image-classification') return image(model.size, number);
  const { name, type, dims } = model.input;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data =
    type === 'int64'
      ? new BigInt64Array(count).fill(BigInt(number % 1000))
      : Float32Array.from({ length: count }, (_, i) => Math.sin(number + i));
  return { [name]: { type, dims, data } };
}

const words = 'the river was low that summer, and one could walk across it to the old mill on the other bank';

/** Colours that run into each other, each picture at a place of its own. */
function image(size, number) {
  const pixels = new ImageData(size, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = (y * size + x) * 4;
      pixels.data[at] = 128 + 127 * Math.sin((x + number * 7) / 11);
      pixels.data[at + 1] = 128 + 127 * Math.sin((y + number * 5) / 17);
      pixels.data[at + 2] = 128 + 127 * Math.sin((x + y + number * 3) / 23);
      pixels.data[at + 3] = 255;
    }
  }
  return pixels;
}
