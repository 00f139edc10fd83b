import type { InferenceJson, ModelVariant } from './inference-json.ts';
import type { DescribeOptions, Dtype } from './schema.ts';

/** What exporters put at the end of a model's name. */
export const suffixes: Readonly<Record<Dtype, string>> = {
  fp32: '',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  fp16: '_fp16',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

/** Names that exporters give a model by default, full precision first; of one dtype, where one is wanted. */
export function usualModels(dtype?: Dtype): string[] {
  const wanted = dtype === undefined ? Object.values(suffixes) : [suffixes[dtype]];
  return wanted.flatMap((suffix) => [`onnx/model${suffix}.onnx`, `model${suffix}.onnx`]);
}

/**
 * The model that is asked for by its path, else the one that `inference.json` names: of several variants the first of the
 * dtype that is asked for, or the first that is not for WebGPU alone.
 */
export function statedModel(
  model: InferenceJson['model'],
  { model: wanted, dtype }: Pick<DescribeOptions, 'model' | 'dtype'>,
): ModelVariant | undefined {
  if (wanted !== undefined) return { file: wanted };
  if (typeof model === 'string') return dtype === undefined ? { file: model } : undefined;
  // What else stands in the list is said with its place when the rest of `inference.json` is checked.
  const list: readonly unknown[] = Array.isArray(model) ? model : [];
  const variants = list.filter((one): one is ModelVariant => typeof (one as ModelVariant | null)?.file === 'string');
  if (dtype !== undefined) return variants.find((one) => one.dtype === dtype);
  return variants.find((one) => one.device !== 'webgpu') ?? variants[0];
}

/** Whether a file holds a model or weights, by its name. */
export function isModelFile(path: string): boolean {
  return /\.(onnx|ort)$|\.onnx[_.]data(_\d+)?$/i.test(path);
}

/** Exporters name the files of external data after the model: `model.onnx_data`, `model.onnx.data`, `model.onnx_data_1`. */
export function isExternalData(path: string, model: string): boolean {
  return path !== model && (path.startsWith(`${model}_data`) || path.startsWith(`${model}.data`));
}
