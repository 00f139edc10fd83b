import type { sha256 } from '@noble/hashes/sha2.js';
import { ArtifactError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';

/**
 * The digest in an `integrity`, in base64.
 *
 * @throws {TypeError} for another hash than SHA-256, and for what is no digest
 */
export function integrityDigest(integrity: string): string {
  const [, digest] = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(integrity) ?? [];
  if (digest) return digest;
  throw new TypeError(
    `integrity is "sha256-" and the SHA-256 of the archive in base64, not ${JSON.stringify(integrity)}: openssl dgst -sha256 -binary model.tar.gz | base64`,
  );
}

/** Takes the bytes of an archive as they come. */
export type Hasher = ReturnType<typeof sha256.create>;

/**
 * Reads an archive to its end, and compares its digest with the one that was asked for.
 *
 * @param expected in base64
 * @throws {ArtifactError} `integrity-mismatch`
 */
export async function checkIntegrity(reader: ByteReader, hasher: Hasher, expected: string): Promise<void> {
  while (await reader.some());
  const found = btoa(String.fromCharCode(...hasher.digest()));
  if (found === expected) return;
  throw new ArtifactError(
    'integrity-mismatch',
    `it is not the archive that was asked for: its digest is sha256-${found}, and not sha256-${expected}. Check what the address serves, and { integrity }.`,
  );
}
