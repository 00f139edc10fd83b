import { ArtifactError } from '../errors.ts';

/**
 * The path of a tar entry as it is kept: without a leading `./`, empty segments or a trailing slash.
 * The root itself, written `/`, `./` or `.`, becomes the empty path.
 *
 * @throws {ArtifactError} `archive-unsafe` for a path that would leave the archive's folder or that reads
 * differently on another system.
 */
export function entryPath(path: string): string {
  const shown = quotePath(path);
  if (controlCharacters.test(path)) throw unsafe(`the path ${shown} has a control character in it`);
  if (path.includes('\\')) throw unsafe(`the path ${shown} has a backslash in it`);
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0) return '';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) throw unsafe(`the path ${shown} is absolute`);
  if (segments.includes('..')) throw unsafe(`the path ${shown} leads out of the archive`);
  return segments.join('/');
}

/** True for what macOS, Jupyter and Finder leave in archives and nobody meant to ship. */
export function isJunk(path: string): boolean {
  return path
    .split('/')
    .some((name) => name.startsWith('._') || ['.DS_Store', '__MACOSX', '.ipynb_checkpoints'].includes(name));
}

/** Refuses a path that is taken: the later of two files would silently replace the earlier. */
export function claimPath(kinds: Map<string, 'file' | 'directory'>, path: string, kind: 'file' | 'directory'): void {
  const known = kinds.get(path);
  const shown = quotePath(path);
  if (known && (kind === 'file' || known === 'file')) {
    const reason = known === kind ? `${shown} is in it twice` : `${shown} is both a file and a folder`;
    throw new ArtifactError('archive-unsafe', `${reason}. Make it again.`);
  }
  kinds.set(path, kind);
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash);
    if (kinds.get(folder) === 'file') {
      throw new ArtifactError('archive-unsafe', `${quotePath(folder)} is both a file and a folder. Make it again.`);
    }
    if (kinds.has(folder)) break;
    kinds.set(folder, 'directory');
  }
}

/** A path for a message: in quotes, control characters spelt out, and no longer than a line. */
export function quotePath(path: string): string {
  const short = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  return `"${short.replaceAll(new RegExp(controlCharacters, 'gu'), (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}

const controlCharacters = /\p{Cc}/u;

function unsafe(reason: string): ArtifactError {
  return new ArtifactError(
    'archive-unsafe',
    `${reason}. Such archives are refused: make it again with plain relative paths.`,
  );
}
