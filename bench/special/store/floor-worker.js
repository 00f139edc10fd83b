// The least that opening an archive takes: it is fetched, unpacked by the browser, and thrown away.
onmessage = async ({ data: url }) => {
  const start = performance.now();
  const response = await fetch(url, { cache: 'no-store' });
  const reader = response.body.pipeThrough(new DecompressionStream('gzip')).getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
  }
  postMessage({ ms: performance.now() - start, bytes });
};
