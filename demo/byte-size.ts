/** A size for people: `12.4 MB`, in powers of 1000. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return value >= 999.95 && power < units.length ? `1.0 ${units[power]}` : `${value.toFixed(1)} ${units[power - 1]}`;
}

const units = ['kB', 'MB', 'GB', 'TB'];
