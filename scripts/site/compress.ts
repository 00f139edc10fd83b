import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

/** The runtimes for WebGPU are larger: of them Brotli's best takes more than a minute, and this a second. */
const thoroughBytes = 15_000_000;
const quickQuality = 6;

/**
 * Compresses as far as Brotli goes (RFC 7932), off the main thread. What has been compressed before is read from
 * `node_modules/.cache`: ONNX Runtime's 14 MB take half a minute of one core.
 */
export async function compress(bytes: Uint8Array): Promise<Uint8Array> {
  const file = join(cache, `${createHash('sha256').update(bytes).digest('hex')}.br`);
  const known = await readFile(file).catch(() => undefined);
  if (known) return known;
  const compressed = await promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > thoroughBytes ? quickQuality : constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  await mkdir(cache, { recursive: true });
  // Another build may look for it meanwhile: it is there as a whole, or not at all.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, compressed);
  await rename(draft, file);
  return compressed;
}

const cache = fileURLToPath(new URL('../../node_modules/.cache/inpoint-brotli', import.meta.url));
