import { InputError } from '../errors.ts';
import { readGolden } from '../golden.ts';

/**
 * An input as JSON writes it, with the files, tensors and typed arrays that golden samples have words for.
 *
 * @param open gives the file of a `{ "$file": path }`
 * @throws {InputError} for a file that is not there, or values that cannot be what they are called.
 */
export async function reviveJson(json: unknown, open: (path: string) => Promise<Blob>): Promise<unknown> {
  const paths = new Set<string>();
  collectFiles(json, paths);
  // One sample, read as golden samples are: what is written for them is written here in the same way.
  const sample = new Blob([JSON.stringify({ samples: [{ input: json, answer: null }] })]);
  const files = [{ path: sampleName, size: sample.size, blob: sample }];
  for (const path of paths) {
    const blob = await open(path).catch((cause: unknown) => {
      throw new InputError('input', `There is no file ${JSON.stringify(path)}.`, { cause });
    });
    files.push({ path, size: blob.size, blob });
  }
  try {
    const golden = await readGolden({ name: 'the input', files, downloadedBytes: 0 }, { golden: sampleName });
    return golden!.samples[0]!.input;
  } catch (cause) {
    throw new InputError('input', (cause as Error).message, { cause });
  }
}

/** No path of a file can be this. */
const sampleName = '\0';

/** The paths that a JSON value names with `{ "$file": path }`. */
export function collectFiles(json: unknown, paths: Set<string>): void {
  if (typeof json !== 'object' || json === null) return;
  const { $file } = json as { $file?: unknown };
  if (typeof $file === 'string') paths.add($file);
  for (const item of Object.values(json)) collectFiles(item, paths);
}
