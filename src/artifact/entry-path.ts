import { ArtifactError } from '../errors.ts';

/**
 * The path of a tar entry as it is kept: without a leading `./`, empty segments or a trailing slash.
 * The root itself, written `/`, `./` or `.`, becomes the empty path.
 *
 * @throws {ArtifactError} `archive-unsafe` for a path that would leave the archive's folder or that reads
 * differently on another system.
 */
export function entryPath(path: string): string {
  const shown = JSON.stringify(path);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) throw unsafe(`the path ${shown} has a control character in it`);
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

function unsafe(reason: string): ArtifactError {
  return new ArtifactError('archive-unsafe', `${reason}. Such archives are refused: make it again with plain relative paths.`);
}
