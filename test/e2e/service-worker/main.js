import { deploy } from 'inpoint';
import { keepInpointOffline } from 'inpoint/service-worker';

globalThis.keepInpointOffline = keepInpointOffline;
globalThis.result = run();

async function run() {
  await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
  const offline = await keepInpointOffline({ waitMs: 10_000 });
  const digits = await deploy(await archive('/model.tar.gz'), { task: 'image-classification', threads: 2 });
  const { labels } = await digits.invoke(drawOne());
  const { threads } = digits.report;
  await digits.close();
  return { label: labels[0].label, threads, isControlled: offline.isControlled, reason: offline.reason };
}

/** An archive that the page keeps itself. */
async function archive(address) {
  const cache = await caches.open('my-archives');
  if (!(await cache.match(address))) await cache.add(address);
  return (await cache.match(address)).blob();
}

/** A 1, white on black. */
function drawOne() {
  const image = new ImageData(28, 28);
  for (let y = 4; y <= 23; y++) {
    for (let x = 13; x <= 15; x++) image.data.fill(255, 4 * (28 * y + x), 4 * (28 * y + x) + 4);
  }
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  return image;
}
