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
