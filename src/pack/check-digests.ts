import type { ArtifactFile } from '../artifact/index.ts';
import { digestFile, type FileDigest } from './file-digest.ts';
import { manifestPath } from './index.ts';

/** How the files of an archive compare with what its `inference.json` says of them. */
export interface DigestReport {
  /** Files whose every chunk is as it was packed. */
  readonly sound: number;
  /** A sentence for each that is not: changed, cut, missing, or one that nobody packed. */
  readonly problems: readonly string[];
}

/** Compares every file with its digests; undefined where `inference.json` has none. */
export async function checkDigests(
  files: readonly ArtifactFile[],
  options: { readonly signal?: AbortSignal; readonly onChunk?: (bytes: number) => void } = {},
): Promise<DigestReport | undefined> {
  const manifest = files.find(({ path }) => path === manifestPath);
  const json = manifest && (JSON.parse(await manifest.blob.text()) as { files?: Record<string, FileDigest> });
  if (!json?.files) return undefined;
  const problems: string[] = [];
  let sound = 0;
  for (const { path, blob } of files) {
    if (path === manifestPath) continue;
    const shown = JSON.stringify(path);
    const expected = Object.hasOwn(json.files, path) ? json.files[path]! : undefined;
    if (!expected) {
      problems.push(`${shown} was put in after packing.`);
      continue;
    }
    const found = await digestFile(blob, options);
    const chunk = found.chunks.findIndex((digest, index) => digest !== expected.chunks[index]);
    if (found.size !== expected.size)
      problems.push(`${shown} has ${found.size} bytes, and was packed with ${expected.size}.`);
    else if (chunk >= 0 || found.chunks.length !== expected.chunks.length)
      problems.push(`${shown} is not what was packed: chunk ${Math.max(0, chunk)} of 4 MiB differs.`);
    else sound++;
  }
  for (const path of Object.keys(json.files)) {
    if (!files.some((file) => file.path === path)) problems.push(`${JSON.stringify(path)} is missing.`);
  }
  return { sound, problems };
}
