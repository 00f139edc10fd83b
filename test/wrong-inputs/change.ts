import type { Artifact, ArtifactFile } from '../../src/artifact/index.ts';
import type { Change } from './row.ts';

/**
 * A right archive made wrong.
 *
 * @param given what its `inference.json` says
 */
export function changed(artifact: Artifact, { json, files = {}, cut }: Change, given: object): Artifact {
  const replaced: Record<string, string | Uint8Array | Blob | null> = { ...files };
  if (json) replaced['inference.json'] = JSON.stringify({ ...given, ...json });
  if (cut) replaced[cut.path] = artifact.files.find(({ path }) => path === cut.path)!.blob.slice(0, cut.bytes);
  const kept = artifact.files.filter(({ path }) => !Object.hasOwn(replaced, path));
  const added = Object.entries(replaced).flatMap(([path, content]): ArtifactFile[] => {
    if (content === null) return [];
    const blob = new Blob([content as BlobPart]);
    return [{ path, size: blob.size, blob }];
  });
  return { ...artifact, files: [...added, ...kept] };
}
