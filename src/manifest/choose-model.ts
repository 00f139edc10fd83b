import type { ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { foreignModelError } from './foreign.ts';
import type { InferenceJson } from './inference-json.ts';
import { isExternalData, statedModel, usualModels } from './model-names.ts';
import type { DescribeOptions } from './schema.ts';

/** The file to load, and those that hold its weights. */
export interface ModelFiles {
  readonly model: string;
  readonly externalData: readonly string[];
}

/**
 * Chooses the model of an archive: the one that the caller or `inference.json` names, else the only one, else the one
 * with the name that exporters give by default, full precision first.
 *
 * @throws {ManifestError} `model-missing`, `model-ambiguous`, or `model-foreign` where it is of another framework.
 */
export async function chooseModel(
  name: string,
  files: readonly ArtifactFile[],
  stated: InferenceJson['model'],
  options: DescribeOptions,
): Promise<ModelFiles> {
  const { dtype } = options;
  const models = files.filter((file) => /\.(onnx|ort)$/i.test(file.path));
  const shown = JSON.stringify(name);
  const list = models.map((file) => JSON.stringify(file.path)).join(', ');
  const named = (path: string): ModelFiles => {
    if (files.some((file) => file.path === path)) return { model: path, externalData: externalDataOf(path, files) };
    throw new ManifestError(
      'model-missing',
      `${shown} has no file ${JSON.stringify(path)}. Its models are: ${list || 'none'}.`,
    );
  };
  // Of a folder by its address, only the files of one variant were fetched.
  const there = Array.isArray(stated) ? stated.filter(({ file }) => has(files, file)) : [];
  const variant = statedModel(there.length > 0 ? there : stated, options);
  if (variant) return { ...named(variant.file), ...(variant.externalData && { externalData: variant.externalData }) };
  if (models.length === 0) throw await foreignModelError(name, files);
  if (dtype !== undefined) {
    const path = usualModels({ dtype }).find((one) => has(models, one));
    if (path) return named(path);
    throw new ManifestError('model-missing', `${shown} has no model of the dtype ${dtype}. Its models are: ${list}.`);
  }
  const usual = models.length === 1 ? models[0]!.path : usualModels(options).find((path) => has(models, path));
  if (usual) return named(usual);
  throw new ManifestError(
    'model-ambiguous',
    `${shown} holds several models: ${list}. Say which one with { model: '…' }, or as "model" in inference.json.`,
  );
}

function has(files: readonly ArtifactFile[], path: string): boolean {
  return files.some((file) => file.path === path);
}

function externalDataOf(model: string, files: readonly ArtifactFile[]): string[] {
  return files.filter(({ path }) => isExternalData(path, model)).map(({ path }) => path);
}
