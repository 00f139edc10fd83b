import type { ArtifactFile } from '../artifact/index.ts';
import { readJson } from '../manifest/index.ts';
import { digestFile, isDigest } from '../artifact/file-digest.ts';
import { manifestPath, signaturePath } from '../artifact/packed-index.ts';

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
  const json = manifest && ((await readJson('the archive', manifest)) as { files?: unknown });
  if (json?.files === undefined) return undefined;
  const digests = json.files;
  if (typeof digests !== 'object' || digests === null || Array.isArray(digests)) {
    return { sound: 0, problems: [`"files" of ${JSON.stringify(manifestPath)} is no object of digests by path.`] };
  }
  const known = digests as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  let sound = 0;
  for (const { path, blob } of files) {
    if (path === manifestPath || path === signaturePath) continue;
    const shown = JSON.stringify(path);
    const expected = Object.hasOwn(known, path) ? known[path] : undefined;
    if (expected === undefined) {
      problems.push(`${shown} was put in after packing.`);
      continue;
    }
    if (!isDigest(expected)) {
      problems.push(`${shown} has digests that cannot be read: they want a size, and chunks of 64 hexadecimal digits.`);
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
  for (const path of Object.keys(known)) {
    if (!files.some((file) => file.path === path)) problems.push(`${JSON.stringify(path)} is missing.`);
  }
  return { sound, problems };
}
