import { ArtifactError } from '../errors.ts';
import { isGzip } from './gunzip.ts';
import { looksLike } from './looks-like.ts';
import { isTar } from './untar.ts';

/** Refuses what is no archive by its first bytes: web pages, most often. @throws {ArtifactError} */
export function checkStart(start: Uint8Array): void {
  if (start.length === 0) throw new ArtifactError('archive-empty', 'it has no bytes. Check the upload.');
  if (!isGzip(start) && !isTar(start)) throw notAnArchive('it is neither gzip nor tar', start);
}

/** What is in the place of an archive, as far as its first bytes tell. */
export function notAnArchive(reason: string, start: Uint8Array): ArtifactError {
  const kind = looksLike(start);
  const remedy = kind ? `: ${kind}` : '. Pass the archive that training left, a model.tar.gz.';
  return new ArtifactError('not-an-archive', reason + remedy);
}
