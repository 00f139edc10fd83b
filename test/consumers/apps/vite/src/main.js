import { deploy } from 'inpoint';

globalThis.result = run();

async function run() {
  const image = drawOne();

  const digits = await deploy('/model.tar.gz', { task: 'image-classification', threads: 2 });
  const { labels } = await digits.invoke(image, { topK: 10 });

  const worker = () => new Worker(new URL('./my-worker.js', import.meta.url), { type: 'module' });
  const own = await deploy('/model.tar.gz', { worker, threads: 2 });
  const likeliest = await own.invoke(image);

  const threads = [digits.report.threads, own.report.threads];
  await Promise.all([digits.close(), own.close()]);
  return { labels, likeliest, threads };
}

/** A 1, white on black. */
function drawOne() {
  const image = new ImageData(28, 28);
  for (let y = 0; y < 28; y++) {
    for (let x = 0; x < 28; x++) {
      const ink = x >= 13 && x <= 15 && y >= 4 && y <= 23 ? 255 : 0;
      image.data.set([ink, ink, ink, 255], 4 * (28 * y + x));
    }
  }
  return image;
}
