import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackArtifact } from '../../src/artifact/index.ts';
import { fixtures, runHere, type Result } from './commands.ts';

let folder = '';
const { privateKey } = generateKeyPairSync('ed25519');
const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
const publicKey = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x!, 'base64url').toString('base64');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inpoint-sign-'));
  await mkdir(join(folder, 'model'));
  for (const path of ['model.onnx', 'model.onnx_data']) await cp(join(fixtures, path), join(folder, 'model', path));
  await writeFile(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(join(folder, 'public.pem'), publicPem);
});
afterAll(() => rm(folder, { recursive: true }));

const inpoint = (...args: string[]): Promise<Result> => runHere(args, folder);

describe('pack --sign', () => {
  test('signs inference.json, says what to trust, and leaves nothing beside the archive', async () => {
    const { code, out } = await inpoint('pack', 'model', '-o', 'signed.tar.gz', '--sign', 'key.pem');
    expect(code).toBe(0);
    expect(out).toContain(publicKey);
    expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
    const { files } = await unpackArtifact(await openAsBlob(join(folder, 'signed.tar.gz')), { trust: [publicKey] });
    const bytes = async (path: string): Promise<Buffer> =>
      Buffer.from(await files.find((file) => file.path === path)!.blob.arrayBuffer());
    const signature = await bytes('inference.json.sig');
    expect(verify(null, await bytes('inference.json'), createPublicKey(publicPem), signature)).toBe(true);
  });

  test('gives the same bytes twice, and a signature that was there makes way', async () => {
    await inpoint('pack', 'model', '-o', 'one.tar.gz', '--sign', 'key.pem');
    await mkdir(join(folder, 'again'));
    for (const path of await readdir(join(folder, 'model')))
      await cp(join(folder, 'model', path), join(folder, 'again', path));
    await writeFile(join(folder, 'again/inference.json.sig'), 'old');
    await inpoint('pack', 'again', '-o', 'two.tar.gz', '--sign', 'key.pem');
    expect((await readFile(join(folder, 'two.tar.gz'))).equals(await readFile(join(folder, 'one.tar.gz')))).toBe(true);
  });

  const keys: [string, () => string | Buffer, string][] = [
    ['a public key', () => publicPem, 'a public key, and signing takes the private one'],
    ['no key', () => 'hello', 'no private key in PEM'],
    [
      'a key of RSA',
      () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'of the kind rsa',
    ],
    [
      'a key behind a passphrase',
      () => privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
      'has a passphrase',
    ],
  ];
  test.each(keys)('refuses %s', async (_, content, said) => {
    await writeFile(join(folder, 'wrong.pem'), content());
    const { code, err } = await inpoint('pack', 'model', '-o', 'none.tar.gz', '--sign', 'wrong.pem');
    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(await readdir(folder)).not.toContain('none.tar.gz');
  });

  test('says that a key is not there', async () => {
    const { code, err } = await inpoint('pack', 'model', '-o', 'none.tar.gz', '--sign', 'nowhere.pem');
    expect(code).toBe(3);
    expect(err).toContain('Cannot read the key "nowhere.pem"');
  });
});

describe('verify --trust', () => {
  test.each(['public.pem', publicKey])('takes what %s signed', async (key) => {
    await inpoint('pack', 'model', '-o', 'signed.tar.gz', '--sign', 'key.pem');
    const { code, out } = await inpoint('verify', 'signed.tar.gz', '--trust', key);
    expect(out).toContain('signed by the key that is trusted');
    expect(code).toBe(0);
  });

  test('fails for another key, and for an archive without a signature', async () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(join(folder, 'other.pem'), other);
    const wrong = await inpoint('verify', 'signed.tar.gz', '--trust', 'other.pem');
    expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('not signed by a key that is trusted') });
    await inpoint('pack', 'model', '-o', 'unsigned.tar.gz');
    const none = await inpoint('verify', 'unsigned.tar.gz', '--trust', 'public.pem');
    expect(none).toMatchObject({ code: 1, out: expect.stringContaining('is not signed') });
  });

  test.each([
    ['nowhere.pem', 3, 'cannot be read'],
    ['key.pem', 0, 'signed by'],
    ['wrong.pem', 2, 'no Ed25519 public key'],
  ])('given %s, ends with %i', async (key, expected, said) => {
    await writeFile(join(folder, 'wrong.pem'), 'hello');
    const { code, out, err } = await inpoint('verify', 'signed.tar.gz', '--trust', key);
    expect(out + err).toContain(said);
    expect(code).toBe(expected);
  });
});
