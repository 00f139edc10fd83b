import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openAsBlob } from 'node:fs';
import { cp, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unpackArtifact } from '../../src/artifact/index.ts';
import { packArtifact } from '../../src/pack/index.ts';
import type { ServedModel } from '../rivals/rival.ts';
import { onnxHead } from './onnx-head.ts';
import { perceptron } from './perceptron.ts';
import { recipes, type Origin, type Recipe } from './recipes.ts';

/** A model that is ready to be served, but for its site's address; or why it cannot be made here. */
export type PreparedModel =
  | { readonly kind: 'ready'; readonly bytes: number; serve(site: string, threads: number): ServedModel }
  | { readonly kind: 'missing'; readonly reason: string };

/**
 * Makes a model in all the layouts that the rivals read, once: the Hub's folder, an archive, and others where the recipe
 * says so. What it is made by is part of its name in the cache, so that a script that changed makes it anew.
 *
 * @param repository its root folder
 * @param cache a folder that is served as `/models/`
 */
export async function prepareModel(name: string, repository: string, cache: string): Promise<PreparedModel> {
  const recipe = recipes[name];
  if (!recipe) throw new Error(`No model is called ${name}. There are ${Object.keys(recipes).join(', ')}.`);
  const version = await versionOf(recipe, repository);
  if (version === undefined) return { kind: 'missing', reason: `${shownOrigin(recipe.origin)} is not there` };
  const folder = join(cache, name);
  const stamp = join(folder, 'version.txt');
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== version) {
    const fresh = `${folder}.${process.pid}`;
    try {
      await rm(fresh, { recursive: true, force: true });
      await mkdir(join(fresh, 'onnx'), { recursive: true });
      const reason = await write(recipe, fresh, repository);
      if (reason !== undefined) return { kind: 'missing', reason };
      await writeArchive(fresh, recipe, repository);
      await writeFile(join(fresh, 'version.txt'), version);
      await rm(folder, { recursive: true, force: true });
      await rename(fresh, folder);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  const file = modelFile(recipe);
  const { also, task, dtype, size, input, output, stacks } = recipe;
  return {
    kind: 'ready',
    bytes: (await stat(join(folder, file))).size,
    serve(site, threads) {
      const address = `${site}/models/${name}/`;
      return {
        name,
        task,
        dtype,
        threads,
        folder: address,
        onnx: address + file,
        archive: `${address}model.tar.gz`,
        ...(also === 'tfjs' && { tfjs: `${address}tfjs/model.json` }),
        ...(also === 'gguf' && existsSync(join(folder, 'model.gguf')) && { gguf: `${address}model.gguf` }),
        ...(size && { size }),
        ...(input && { input }),
        ...(output && { output }),
        ...(stacks && { stacks }),
      };
    },
  };
}

/** A digest of what the model is made from; undefined where that is not there. */
async function versionOf({ origin, also }: Recipe, repository: string): Promise<string | undefined> {
  const hash = createHash('sha256').update(JSON.stringify([layoutVersion, origin, also]));
  const folder = join(repository, 'bench/models');
  const sources = {
    archive: () => [sourceOf(origin, repository)],
    script: () => [
      sourceOf(origin, repository),
      join(folder, 'graph.py'),
      join(repository, 'training/chat/export_onnx.py'),
    ],
    folder: () => [join(sourceOf(origin, repository), 'config.json'), join(folder, 'gguf.py')],
    weights: () => [join(folder, 'onnx-head.ts')],
    perceptron: () => [join(folder, 'perceptron.ts')],
  };
  try {
    for (const file of sources[origin.kind]()) hash.update(await readFile(file));
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

/** Is raised when this file lays models out differently. */
const layoutVersion = 1;

function sourceOf(origin: Origin, repository: string): string {
  if (origin.kind === 'script') return resolve(repository, origin.script);
  return 'path' in origin ? resolve(repository, origin.path) : repository;
}

function shownOrigin(origin: Origin): string {
  if (origin.kind === 'script') return origin.script;
  return 'path' in origin ? origin.path : origin.kind;
}

const modelFile = ({ dtype }: Recipe): string => (dtype === 'int8' ? 'onnx/model_quantized.onnx' : 'onnx/model.onnx');

/** Writes the Hub's layout; gives the reason where that cannot be done here. */
async function write(recipe: Recipe, folder: string, repository: string): Promise<string | undefined> {
  const { origin } = recipe;
  if (origin.kind === 'weights') await writeWeights(join(folder, modelFile(recipe)), origin.megabytes);
  else if (origin.kind === 'perceptron') await writeFile(join(folder, modelFile(recipe)), perceptron());
  else if (origin.kind === 'archive') {
    const { files } = await unpackArtifact(await openAsBlob(sourceOf(origin, repository)));
    const { blob } = files.find(({ path }) => path.endsWith('.onnx'))!;
    await writeFile(join(folder, modelFile(recipe)), new Uint8Array(await blob.arrayBuffer()));
  } else if (origin.kind === 'folder') {
    const source = sourceOf(origin, repository);
    await cp(source, folder, { recursive: true, filter: (path) => !path.includes('golden') });
    if (recipe.also === 'gguf') {
      // Without it there is one rival less, and the model serves the others.
      const args = ['--model', source, '--out', join(folder, 'model.gguf')];
      await runPython(join(repository, 'bench/models/gguf.py'), args);
    }
  } else {
    const reason = await runPython(sourceOf(origin, repository), [...origin.args, '--out', folder]);
    if (reason !== undefined) return reason;
  }
  // Transformers.js opens a model of any kind by this name, and hands tensors through.
  if (recipe.task === 'tensor') await writeFile(join(folder, 'config.json'), '{"model_type":"custom"}\n');
  return undefined;
}

/** Runs a script with the first Python that has what it needs; gives the reason where there is none. */
async function runPython(script: string, args: readonly string[]): Promise<string | undefined> {
  const python = await findPython();
  if (!python) return 'no Python with the packages onnx and numpy is there (INPOINT_PYTHON may name one)';
  await mkdir(dirname(args.at(-1)!), { recursive: true });
  await execute(python, [script, ...args], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  return undefined;
}

const execute = promisify(execFile);

let foundPython: Promise<string | undefined> | undefined;

function findPython(): Promise<string | undefined> {
  return (foundPython ??= (async () => {
    for (const python of [process.env['INPOINT_PYTHON'], 'python3', '/usr/bin/python3']) {
      if (!python) continue;
      const works = await execute(python, ['-c', 'import onnx, numpy']).then(
        () => true,
        () => false,
      );
      if (works) return python;
    }
    return undefined;
  })());
}

/** Packs what is in the folder for Inpoint: by the CLI, which finds out what it is; tensors by what the recipe says. */
async function writeArchive(folder: string, recipe: Recipe, repository: string): Promise<void> {
  const path = join(folder, 'model.tar.gz');
  if (recipe.origin.kind === 'archive') {
    await cp(sourceOf(recipe.origin, repository), path);
    return;
  }
  if (recipe.task !== 'tensor') {
    const staged = `${folder}-archive`;
    try {
      const filter = (file: string): boolean => !/tfjs|\.gguf$/.test(file.slice(folder.length));
      await cp(folder, staged, { recursive: true, filter });
      await execute(process.execPath, [join(repository, 'dist/cli.js'), 'pack', staged, '-o', path]);
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
    return;
  }
  const file = await open(path, 'w');
  try {
    const files = [{ path: 'model.onnx', blob: await openAsBlob(join(folder, modelFile(recipe))) }];
    for await (const chunk of packArtifact(files, { manifest: { task: 'tensor' } })) await file.write(chunk);
  } finally {
    await file.close();
  }
}

/** 32-bit numbers of a normal distribution: deflate makes them smaller by a tenth or so, as it does trained ones. */
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
      const numbers = Float32Array.from(
        { length: 250_000 },
        () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()) * 0.02,
      );
      await file.write(new Uint8Array(numbers.buffer));
    }
  } finally {
    await file.close();
  }
}
