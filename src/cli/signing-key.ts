import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UnreadableError, UsageError } from './exit-code.ts';
import { reasonOf } from './open-file.ts';

/** What signs archives. */
export interface SigningKey {
  /** The base64 of the public key's 32 bytes, as `trust` takes it. */
  readonly publicKey: string;
  /** An Ed25519 signature of 64 bytes (RFC 8032). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * Reads an Ed25519 private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it.
 *
 * @throws {UnreadableError} @throws {UsageError} for another kind of key, and for one behind a passphrase
 */
export async function readSigningKey(path: string, cwd: string): Promise<SigningKey> {
  const pem = await readFile(resolve(cwd, path), 'utf8').catch((cause: unknown) => {
    throw new UnreadableError(`Cannot read the key ${JSON.stringify(path)}: ${reasonOf(cause)}.`, { cause });
  });
  const make = 'Make one with: openssl genpkey -algorithm ed25519 -out key.pem';
  if (/ENCRYPTED/.test(pem)) {
    throw new UsageError(
      `The key ${JSON.stringify(path)} has a passphrase. Take it off for packing: openssl pkey -in ${path} -out plain.pem`,
    );
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    const isPublic = /PUBLIC KEY/.test(pem);
    const what = isPublic ? 'a public key, and signing takes the private one' : 'no private key in PEM';
    throw new UsageError(`${JSON.stringify(path)} is ${what}. ${make}`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new UsageError(
      `The key ${JSON.stringify(path)} is of the kind ${key.asymmetricKeyType}, and archives are signed with Ed25519. ${make}`,
    );
  }
  return { publicKey: rawPublicKey(key), sign: async (bytes) => sign(null, bytes, key) };
}

/** A public key for `trust`, given as it is, or as a file that holds it in PEM. */
export async function readTrust(given: string, cwd: string): Promise<string> {
  if (/^[A-Za-z0-9+/]{43}=$/.test(given)) return given;
  const pem = await readFile(resolve(cwd, given), 'utf8').catch((cause: unknown) => {
    throw new UnreadableError(
      `--trust takes a public key: a file in PEM, or the base64 that pack --sign prints. ${JSON.stringify(given)} cannot be read: ${reasonOf(cause)}.`,
      { cause },
    );
  });
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return rawPublicKey(key);
  } catch {
    // Told below.
  }
  throw new UsageError(
    `${JSON.stringify(given)} is no Ed25519 public key in PEM. Make one with: openssl pkey -in key.pem -pubout`,
  );
}

function rawPublicKey(key: KeyObject): string {
  const { x } = createPublicKey(key.type === 'private' ? key : key.export({ format: 'pem', type: 'spki' })).export({
    format: 'jwk',
  });
  return Buffer.from(x!, 'base64url').toString('base64');
}
