import { ArtifactError } from '../errors.ts';

/**
 * Checks who signed an archive: an Ed25519 signature (RFC 8032) over the bytes of its `inference.json`, which holds the
 * digests of all other files.
 *
 * @param signature 64 bytes; undefined where the archive has none
 * @param trust public keys, each in PEM (SPKI) or as the base64 of its 32 bytes
 * @returns the one of `trust` that signed it
 * @throws {ArtifactError} `signature-missing`, `signature-invalid`, or `signature-unsupported` where the browser cannot
 * check it
 * @throws {TypeError} for a key that is none
 */
export async function verifySignature(
  manifest: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer> | undefined,
  trust: readonly string[],
): Promise<string> {
  if (trust.length === 0) throw new TypeError('trust is a list of public keys, and it is empty.');
  const keys = await Promise.all(trust.map(publicKey));
  if (!signature) {
    throw new ArtifactError(
      'signature-missing',
      'it is not signed, and only signed archives are trusted here. Pack it with inpoint pack --sign.',
    );
  }
  for (const [index, key] of keys.entries()) {
    if (await crypto.subtle.verify('Ed25519', key, signature, manifest)) return trust[index]!;
  }
  throw new ArtifactError(
    'signature-invalid',
    'it is not signed by a key that is trusted here, or was changed after signing. Check where it comes from.',
  );
}

async function publicKey(text: string): Promise<CryptoKey> {
  const isPem = text.includes('-----BEGIN PUBLIC KEY-----');
  const bytes = fromBase64(isPem ? text.replaceAll(/-----(BEGIN|END) PUBLIC KEY-----|\s/g, '') : text.trim());
  if (!bytes || (!isPem && bytes.length !== 32)) throw noKey(text);
  if (!globalThis.crypto?.subtle) throw unsupported('this page is not served securely');
  try {
    return await crypto.subtle.importKey(isPem ? 'spki' : 'raw', bytes, 'Ed25519', false, ['verify']);
  } catch (cause) {
    if ((cause as DOMException).name === 'NotSupportedError')
      throw unsupported('this browser is too old for it', cause);
    throw noKey(text);
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.codePointAt(0)!);
  } catch {
    return undefined;
  }
}

function noKey(text: string): TypeError {
  return new TypeError(
    `trust has ${JSON.stringify(text.slice(0, 60))}, which is no Ed25519 public key: neither PEM nor the base64 of 32 bytes. inpoint pack --sign prints it.`,
  );
}

function unsupported(reason: string, cause?: unknown): ArtifactError {
  return new ArtifactError(
    'signature-unsupported',
    `its signature cannot be checked, since ${reason}. Ed25519 needs Chrome 137, Firefox 129 or Safari 17, and https.`,
    { cause },
  );
}
