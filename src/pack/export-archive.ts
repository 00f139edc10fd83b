import type { Artifact } from '../artifact/index.ts';
import { paddingOf, tarEndBytes, tarHeader } from './tar-header.ts';

/** An artifact's files as a `model.tar.gz`; as a bare tar, which is opened as well, where the browser has no gzip. */
export async function exportArchive({ files }: Artifact): Promise<Blob> {
  const parts = files.flatMap(({ path, size, blob }): BlobPart[] => [
    tarHeader(path, size) as BlobPart,
    blob,
    new Uint8Array(paddingOf(size)),
  ]);
  const tar = new Blob([...parts, new Uint8Array(tarEndBytes)]);
  if (typeof CompressionStream === 'undefined') return tar;
  const packed = await new Response(tar.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  return new Blob([packed], { type: 'application/gzip' });
}
