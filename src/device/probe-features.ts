import type { FeatureFindings } from './device-report.ts';
import { tried } from './tried.ts';

/** Tries what else is used in workers: what a browser only names is not there. */
export async function probeFeatures(): Promise<FeatureFindings> {
  const has = (name: string): boolean => name in globalThis;
  const attempts: Record<keyof FeatureFindings, () => unknown> = {
    decompressionStream: () => has('DecompressionStream') && new DecompressionStream('deflate-raw'),
    webCrypto: () => (crypto.subtle as SubtleCrypto | undefined)?.digest('SHA-256', new Uint8Array(1)) ?? false,
    ed25519: () => (crypto.subtle as SubtleCrypto | undefined)?.generateKey('Ed25519', false, ['sign']) ?? false,
    broadcastChannel: () => has('BroadcastChannel') && new BroadcastChannel('inpoint-device').close(),
    offscreenCanvas: () => has('OffscreenCanvas') && new OffscreenCanvas(1, 1).getContext('2d') !== null,
    createImageBitmap: async () =>
      has('createImageBitmap') && (await createImageBitmap(new ImageData(1, 1), { premultiplyAlpha: 'none' })).close(),
    imageDecoder: () => has('ImageDecoder'),
    audioDecoder: () => has('AudioDecoder'),
    fileReaderSync: () => has('FileReaderSync'),
    float16Array: () => has('Float16Array'),
    abortSignalAny: () => 'any' in AbortSignal,
    toSorted: () => 'toSorted' in Array.prototype,
  };
  const found = await Promise.all(
    Object.entries(attempts).map(async ([name, attempt]) => [name, await tried(attempt)] as const),
  );
  return Object.fromEntries(found) as unknown as FeatureFindings;
}
