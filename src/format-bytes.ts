/** A size for people: `12.4 MB`. Powers of 1000, as browsers and operating systems show downloads. */
export function formatBytes(bytes: number): string {
  if (bytes > Number.MAX_SAFE_INTEGER) return 'more than 9 PB';
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let power = 0;
  let value = bytes;
  while (value >= 999.95 && power < units.length - 1) {
    value /= 1000;
    power++;
  }
  return power === 0 ? `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}` : `${value.toFixed(1)} ${units[power]}`;
}
