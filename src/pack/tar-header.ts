/**
 * The header of a file in a tar: one block of ustar, with a PAX extended header before it where ustar cannot say it
 * (a path that is long or not ASCII, 8 GiB or more). Owner, mode and time are the same for every file, so that the
 * same files give the same bytes.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header".
 *
 * @param size bytes of the file
 */
export function tarHeader(path: string, size: number): Uint8Array {
  const fitting = split(path);
  const records: string[] = [];
  if (!fitting) records.push(paxRecord('path', path));
  if (size > maxUstarSize) records.push(paxRecord('size', String(size)));
  const header = block(fitting ?? { prefix: '', name: plain(path) }, Math.min(size, maxUstarSize), '0');
  if (records.length === 0) return header;
  const body = encoder.encode(records.join(''));
  const pax = block({ prefix: '', name: plain(`PaxHeaders/${path}`) }, body.length, 'x');
  const bytes = new Uint8Array(blockBytes + body.length + paddingOf(body.length) + blockBytes);
  bytes.set(pax);
  bytes.set(body, blockBytes);
  bytes.set(header, bytes.length - blockBytes);
  return bytes;
}

/** Whether a file needs no extended header. */
export function isPlain(path: string, size: number): boolean {
  return size <= maxUstarSize && split(path) !== undefined;
}

/** Zeros that follow a file of so many bytes, up to the next block. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Bytes of the two empty blocks that end a tar. */
export const tarEndBytes = 1024;

const blockBytes = 512;

/** What eleven octal digits can say: 8 GiB less one byte. */
const maxUstarSize = 8 ** 11 - 1;

const encoder = new TextEncoder();

/** A path as ustar's two fields have it, parted at a slash; undefined where it does not fit. */
function split(path: string): { prefix: string; name: string } | undefined {
  if (!/^[\x20-\x7e]+$/.test(path)) return undefined;
  if (path.length <= 100) return { prefix: '', name: path };
  const slash = path.indexOf('/', path.length - 101);
  if (slash < 1 || slash > 155) return undefined;
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) };
}

/** What readers that know no PAX see: the end of the path, with what is not ASCII replaced. */
function plain(path: string): string {
  return path.replaceAll(/[^\x20-\x7e]/gu, '_').slice(-100);
}

/** `"<length> <key>=<value>\n"`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function block({ prefix, name }: { prefix: string; name: string }, size: number, kind: '0' | 'x'): Uint8Array {
  const bytes = new Uint8Array(blockBytes);
  const put = (at: number, text: string): void => bytes.set(encoder.encode(text), at);
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, ' '.repeat(8));
  put(156, kind);
  put(257, 'ustar');
  put(263, '00');
  put(329, '0000000\0');
  put(337, '0000000\0');
  put(345, prefix);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return bytes;
}
