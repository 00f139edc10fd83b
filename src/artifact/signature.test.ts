import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifySignature } from './signature.ts';

const manifest = new TextEncoder().encode('{"task":"tensor"}');

function keyPair(): { pem: string; raw: string; signature: Uint8Array<ArrayBuffer> } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    pem: String(publicKey.export({ type: 'spki', format: 'pem' })),
    raw: Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64'),
    signature: new Uint8Array(sign(null, manifest, privateKey)),
  };
}

const [mine, other] = [keyPair(), keyPair()];

test('verifySignature() takes a signature of Node by a key in PEM or as 32 bytes, whichever of several it is', async () => {
  expect(await verifySignature(manifest, mine.signature, [mine.pem])).toBe(mine.pem);
  expect(await verifySignature(manifest, mine.signature, [other.pem, mine.raw])).toBe(mine.raw);
  expect(await verifySignature(manifest, mine.signature, [` ${mine.raw}\n`])).toBe(` ${mine.raw}\n`);
});

test('verifySignature() refuses another key, a changed manifest, a changed signature, and none', async () => {
  const changed = mine.signature.slice();
  changed[7]! ^= 1;
  const invalid = { code: 'signature-invalid' };
  await expect(verifySignature(manifest, mine.signature, [other.raw])).rejects.toMatchObject(invalid);
  await expect(verifySignature(manifest.slice(1), mine.signature, [mine.raw])).rejects.toMatchObject(invalid);
  await expect(verifySignature(manifest, changed, [mine.raw])).rejects.toMatchObject(invalid);
  await expect(verifySignature(manifest, new Uint8Array(3), [mine.raw])).rejects.toMatchObject(invalid);
  await expect(verifySignature(manifest, undefined, [mine.raw])).rejects.toMatchObject({ code: 'signature-missing' });
});

const { publicKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 1024 });

test.each([[''], ['AAAA'], ['not base64!'], [String(rsa.export({ type: 'spki', format: 'pem' }))]])(
  'verifySignature() says that %j is no key',
  async (key) => {
    await expect(verifySignature(manifest, mine.signature, [key])).rejects.toThrow('no Ed25519 public key');
  },
);

test('verifySignature() wants somebody to trust', async () => {
  await expect(verifySignature(manifest, mine.signature, [])).rejects.toThrow(TypeError);
});
