/**
 * Runs an animation while something is done, and tells how it went: frames of 1/60 s that were not drawn, and how long the
 * page's own thread was held at a stretch. The latter is seen from within, by messages to itself, so that it says the same
 * in every browser; Chromium's trace is more exact.
 */
export async function besideAnimation(work) {
  const square = document.createElement('div');
  square.style.cssText = 'width:40px;height:40px;background:teal';
  document.body.append(square);
  let frames = 0;
  let isOver = false;
  let longestGapMs = 0;
  const draw = (now) => {
    if (isOver) return;
    frames++;
    square.style.transform = `translateX(${(now / 5) % 200}px)`;
    requestAnimationFrame(draw);
  };
  const channel = new MessageChannel();
  let last = performance.now();
  channel.port1.onmessage = () => {
    const now = performance.now();
    longestGapMs = Math.max(longestGapMs, now - last);
    last = now;
    // Not at once, or the messages themselves would be the load.
    if (!isOver) setTimeout(() => channel.port2.postMessage(0), 1);
  };
  await new Promise(requestAnimationFrame);
  const start = performance.now();
  last = start;
  requestAnimationFrame(draw);
  channel.port2.postMessage(0);
  // By these a trace is cut.
  performance.mark('inpoint-bench-start');
  try {
    const value = await work();
    performance.mark('inpoint-bench-end');
    const now = performance.now();
    const ms = now - start;
    // What held the thread until now had no message after it.
    longestGapMs = Math.max(longestGapMs, now - last);
    return { value, droppedFrames: Math.max(0, Math.floor(ms / frameMs) - frames), longestGapMs, ms };
  } finally {
    isOver = true;
    channel.port1.close();
    square.remove();
  }
}

const frameMs = 1000 / 60;
