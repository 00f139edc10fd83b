import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onnxHead } from '../../models/onnx-head.ts';
import { packArtifact } from '../../../src/pack/index.ts';

/** An archive to measure with, and its digest. */
export interface BenchArchive {
  readonly file: string;
  readonly bytes: number;
  /** `sha256-…` */
  readonly integrity: string;
}

/**
 * Makes archives whose model is so many megabytes of weights, as 32-bit numbers of a normal distribution: deflate makes
 * them smaller by a tenth or so, as it does those of trained models. `packed` by `inpoint pack`, `plain` by tar and gzip.
 */
export async function makeArchive(folder: string, kind: 'packed' | 'plain', megabytes: number): Promise<BenchArchive> {
  await mkdir(folder, { recursive: true });
  const file = `${kind}-${megabytes}-v2.tar.gz`;
  const path = join(folder, file);
  if (!(await stat(path).catch(() => undefined))) {
    const model = join(folder, `model-${megabytes}.bin`);
    await writeWeights(model, megabytes);
    await (kind === 'packed' ? pack(model, path) : tar(folder, model, path));
    await rm(model);
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { file, bytes: (await stat(path)).size, integrity: `sha256-${hash.digest('base64')}` };
}

async function writeWeights(path: string, megabytes: number): Promise<void> {
  const file = await open(path, 'w');
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  try {
    await file.write(onnxHead(megabytes * 250_000));
    for (let written = 0; written < megabytes; written++) {
      // Box and Muller's.
      const weights = Float32Array.from(
        { length: 250_000 },
        () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()) * 0.02,
      );
      await file.write(new Uint8Array(weights.buffer));
    }
  } finally {
    await file.close();
  }
}

async function pack(model: string, path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    const files = [
      { path: 'config.json', blob: new Blob(['{}']) },
      { path: 'model.onnx', blob: await openAsBlob(model) },
    ];
    for await (const chunk of packArtifact(files, { manifest: { task: 'tensor' } })) await file.write(chunk);
  } finally {
    await file.close();
  }
}

async function tar(folder: string, model: string, path: string): Promise<void> {
  const name = model.slice(folder.length + 1);
  const args = ['-czf', path, '-C', folder, `--transform=s/${name}/model.onnx/`, name];
  await promisify(execFile)('tar', args);
}
