import { ArtifactError } from '../errors.ts';
import type { ArtifactFile } from './artifact.ts';
import { quotePath } from './entry-path.ts';
import { digestsIn, manifestPath, signaturePath } from './packed-index.ts';
import { verifySignature } from './signature.ts';

/** What an archive says of itself, and who says so: as far as it is there. */
export interface Described {
  manifest?: Uint8Array<ArrayBuffer> | undefined;
  signature?: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * A signature stands for the files that `inference.json` lists with their digests, and for no others.
 *
 * @throws {ArtifactError} `signature-missing`, `signature-invalid`, `signature-unsupported`
 */
export async function checkTrust(
  { manifest = new Uint8Array(0), signature }: Described,
  files: readonly { readonly path: string }[],
  trust: readonly string[],
): Promise<void> {
  await verifySignature(manifest, signature, trust);
  const listed = digestsIn(manifest, '');
  for (const { path } of files) {
    if (listed.has(path) || path === manifestPath || path === signaturePath) continue;
    throw new ArtifactError(
      'signature-invalid',
      `${quotePath(path)} was put in after signing: inference.json does not list it. Pack and sign it again.`,
    );
  }
}

/** Checks files that are there in the same way. @throws {ArtifactError} as `checkTrust()` does */
export async function checkTrustOf(files: readonly ArtifactFile[], trust: readonly string[]): Promise<void> {
  const bytesOf = async (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const file = files.find((one) => one.path === path);
    return file && new Uint8Array(await file.blob.arrayBuffer());
  };
  const [manifest, signature] = await Promise.all([manifestPath, signaturePath].map(bytesOf));
  await checkTrust({ manifest, signature }, files, trust);
}
