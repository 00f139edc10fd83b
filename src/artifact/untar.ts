import { ArtifactError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import type { ByteReader } from './byte-reader.ts';
import { quotePath } from './entry-path.ts';
import type { Limits } from './limits.ts';

/** A file or directory of a tar. `body` is read, in part or not at all, before the next entry is asked for. */
export interface TarEntry {
  /** As the archive spells it. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Bytes of `body`. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar as GNU tar, bsdtar, Python's `tarfile` and their ancestors write it: v7, ustar, pax headers
 * (`x`, `g`), GNU long names, base-256 sizes, with or without the blocks of zeros at the end.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".
 *
 * @throws {ArtifactError} `archive-truncated`, `archive-corrupt`, `archive-unsafe` for links and devices,
 * `archive-unsupported` for sparse and multi-volume files, `archive-too-large`.
 */
export async function* untar(source: ByteReader, limits: Limits): AsyncGenerator<TarEntry> {
  const globals: Pax = {};
  let extended: Pax = {};
  let longPath: string | undefined;
  let entries = 0;
  for (;;) {
    const header = await readHeader(source);
    if (!header) return;
    if (++entries > limits.maxEntries) {
      throw tooLarge(
        `it has more than ${limits.maxEntries.toLocaleString('en')} entries. Raise limits.maxEntries if you trust it.`,
      );
    }
    switch (header.type) {
      case 'x':
      case 'X':
        extended = parsePax(await readMeta(source, header, 'an extended header (PAX)', maxPaxBytes));
        continue;
      case 'g':
        Object.assign(globals, parsePax(await readMeta(source, header, 'an extended header (PAX)', maxPaxBytes)));
        continue;
      case 'L':
        // Ends in one NUL; any other stays, to be refused with the path.
        longPath = new TextDecoder()
          .decode(await readMeta(source, header, 'a long name', limits.maxPathBytes + 512))
          .replace(/\0+$/, '');
        continue;
      case 'K':
        await readMeta(source, header, 'a long name of a link', maxPaxBytes);
        continue;
      case 'V':
        continue;
    }
    const path = extended.path ?? globals.path ?? longPath ?? header.path;
    const stated = extended.size ?? globals.size;
    const size = stated === undefined ? header.size : paxSize(stated, path);
    if (new TextEncoder().encode(path).length > limits.maxPathBytes) {
      throw tooLarge(
        `a path in it is longer than ${limits.maxPathBytes} bytes: ${quotePath(path)}. Raise limits.maxPathBytes if you trust it.`,
      );
    }
    if (globals.sparse || extended.sparse) throw sparse(path);
    const kind = entryKind(header.type, path);
    const bodyBytes = kind === 'file' ? size : 0;
    if (bodyBytes > limits.maxFileBytes) {
      throw tooLarge(
        `${quotePath(path)} says that it is ${formatBytes(bodyBytes)} large, over the limit of ${formatBytes(limits.maxFileBytes)}. Raise limits.maxFileBytes if you trust it.`,
      );
    }
    let left = bodyBytes;
    const body = (async function* () {
      while (left > 0) {
        const bytes = await source.some(left);
        if (!bytes) throw endsInside(path, bodyBytes - left, bodyBytes);
        left -= bytes.length;
        yield bytes;
      }
    })();
    yield { path, kind, size: bodyBytes, body };
    const skipped = await source.skip(left);
    if (skipped < left) throw endsInside(path, bodyBytes - left + skipped, bodyBytes);
    await source.skip(padding(bodyBytes));
    extended = {};
    longPath = undefined;
  }
}

/** True when `block`, the first 512 bytes of something, is meant as a tar header or is the end of an empty tar. */
export function isTar(block: Uint8Array): boolean {
  return block.length === blockBytes && (isZero(block) || isUstar(block) || checksumFits(block));
}

const blockBytes = 512;
const maxPaxBytes = 2 ** 20;

interface Header {
  path: string;
  size: number;
  type: string;
}

/** The records of extended headers that matter here; all others are passed over. */
interface Pax {
  path?: string | undefined;
  size?: string | undefined;
  /** A `GNU.sparse.…` record was there. */
  sparse?: boolean;
}

/** The next header; undefined at the end of the archive. */
async function readHeader(source: ByteReader): Promise<Header | undefined> {
  const block = await source.exactly(blockBytes);
  if (block.length === 0) return undefined;
  if (block.length < blockBytes) {
    if (isZero(block)) return undefined;
    throw new ArtifactError(
      'archive-truncated',
      'it ends inside a tar header. The download or the upload was cut short: try again.',
    );
  }
  if (isZero(block)) return undefined;
  if (!checksumFits(block)) {
    throw corrupt('the checksum of a tar header is wrong');
  }
  // Old GNU headers, whose magic has no NUL, keep times there.
  const prefix = isUstar(block) && block[262] === 0 ? decodeText(block.subarray(345, 500)) : '';
  const name = decodeText(block.subarray(0, 100));
  const type = String.fromCharCode(block[156]!);
  return { path: prefix ? `${prefix}/${name}` : name, size: readNumber(block.subarray(124, 136), name), type };
}

/** Entry kinds that are kept; all others are refused by name. */
function entryKind(type: string, path: string): 'file' | 'directory' {
  switch (type) {
    case '0':
    case '\0':
    case '7':
      // The first tars had no type for directories.
      return type !== '7' && path.endsWith('/') ? 'directory' : 'file';
    case '5':
      return 'directory';
    case '1':
      throw unsafe(path, 'a hard link');
    case '2':
      throw unsafe(path, 'a symbolic link');
    case '3':
    case '4':
      throw unsafe(path, 'a device');
    case '6':
      throw unsafe(path, 'a named pipe');
    case 'S':
      throw sparse(path);
    case 'M':
      throw unsupported(
        path,
        'the rest of a file from another volume',
        'Make one archive of it, without --multi-volume.',
      );
    default:
      throw unsupported(
        path,
        `an entry of the unknown type ${JSON.stringify(type)}`,
        'Make the archive again with GNU tar, bsdtar or Python.',
      );
  }
}

/** Reads the body of an entry that describes another one. */
async function readMeta(source: ByteReader, header: Header, what: string, maxBytes: number): Promise<Uint8Array> {
  if (header.size > maxBytes) {
    throw tooLarge(
      `${what} in it says that it is ${formatBytes(header.size)} large, over the limit of ${formatBytes(maxBytes)}.`,
    );
  }
  const bytes = await source.exactly(header.size);
  if (bytes.length < header.size) {
    throw new ArtifactError(
      'archive-truncated',
      `it ends inside ${what}. The download or the upload was cut short: try again.`,
    );
  }
  await source.skip(padding(header.size));
  return bytes;
}

/** Records of the form `<length> <key>=<value>\n`, the length counting all of it in bytes. */
function parsePax(bytes: Uint8Array): Pax {
  const pax: Pax = {};
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : decodeText(bytes.subarray(at, Math.min(space, at + 12)));
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    if (
      !/^[1-9][0-9]{0,8}$/.test(digits) ||
      end > bytes.length ||
      equals <= space + 1 ||
      equals >= end ||
      bytes[end - 1] !== 0x0a
    ) {
      // Some writers pad the records with zeros.
      if (at > 0 && isZero(bytes.subarray(at))) break;
      throw corrupt('an extended tar header (PAX) is malformed');
    }
    const key = decoder.decode(bytes.subarray(space + 1, equals));
    if (key.startsWith('GNU.sparse.')) pax.sparse = true;
    if (key === 'path' || key === 'size') {
      // An empty value takes back what was said before.
      pax[key] = decoder.decode(bytes.subarray(equals + 1, end - 1)) || undefined;
    }
    at = end;
  }
  return pax;
}

function paxSize(text: string, path: string): number {
  if (!/^[0-9]+$/.test(text)) throw corrupt(`the size of ${quotePath(path)} in its extended header (PAX) is malformed`);
  return Number(text);
}

/** A number field: octal digits, or base-256 where its first bit is set (GNU). */
function readNumber(field: Uint8Array, name: string): number {
  if (field[0]! & 0x80) {
    if (field[0] !== 0x80) throw corrupt(`the size of ${quotePath(name)} is negative or malformed`);
    return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  }
  const text = decodeText(field).trim();
  if (!/^[0-7]*$/.test(text)) throw corrupt(`the size of ${quotePath(name)} is malformed`);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function isUstar(block: Uint8Array): boolean {
  return decodeText(block.subarray(257, 262)) === 'ustar';
}

/** The sum of a header's bytes, its own field taken as spaces; some old tars summed signed bytes. */
function checksumFits(block: Uint8Array): boolean {
  const text = decodeText(block.subarray(148, 156)).trim();
  if (!/^[0-7]+$/.test(text)) return false;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockBytes; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : block[at]!;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stated = Number.parseInt(text, 8);
  return stated === unsigned || stated === signed;
}

/** Text up to the first NUL. */
function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function endsInside(path: string, got: number, size: number): ArtifactError {
  return new ArtifactError(
    'archive-truncated',
    `it ends inside ${quotePath(path)} (${formatBytes(got)} of ${formatBytes(size)}). The download or the upload was cut short: try again.`,
  );
}

function corrupt(reason: string): ArtifactError {
  return new ArtifactError('archive-corrupt', `${reason}. Download or make it again.`);
}

function tooLarge(reason: string): ArtifactError {
  return new ArtifactError('archive-too-large', reason);
}

function unsafe(path: string, what: string): ArtifactError {
  return new ArtifactError(
    'archive-unsafe',
    `${quotePath(path)} is ${what}. Links and devices are refused: make the archive again with plain files (tar --dereference).`,
  );
}

function sparse(path: string): ArtifactError {
  return unsupported(path, 'a sparse file', 'Make the archive again without --sparse.');
}

function unsupported(path: string, what: string, remedy: string): ArtifactError {
  return new ArtifactError('archive-unsupported', `${quotePath(path)} is ${what}, which is not supported. ${remedy}`);
}
