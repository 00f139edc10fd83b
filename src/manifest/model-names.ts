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

/**
 * Names that exporters give a model by default: of one dtype, where one is wanted, else full precision first; on WebGPU that
 * computes in half precision, that one.
 */
export function usualModels({ dtype, device, shaderF16 }: Omit<DescribeOptions, 'task' | 'model'> = {}): string[] {
  const all: string[] = Object.values(suffixes);
  if (device === 'webgpu' && shaderF16) all.unshift(suffixes.fp16);
  const wanted = dtype === undefined ? all : [suffixes[dtype]];
  const names = ['model', 'decoder_model_merged'];
  return names.flatMap((name) => wanted.flatMap((suffix) => [`onnx/${name}${suffix}.onnx`, `${name}${suffix}.onnx`]));
}

/** Dtypes that WebGPU computes in half precision, which not every adapter does. */
const halfPrecision: ReadonlySet<Dtype | undefined> = new Set<Dtype | undefined>(['fp16', 'q4f16']);

/**
 * The model that is asked for by its path, else the one that `inference.json` names: of several variants the first of the
 * dtype that is asked for; else the first for this device, the first for none in particular, or the first of all.
 */
export function statedModel(
  model: InferenceJson['model'],
  { model: wanted, dtype, device = 'wasm', shaderF16 = false }: Omit<DescribeOptions, 'task'>,
): ModelVariant | undefined {
  if (wanted !== undefined) return { file: wanted };
  if (typeof model === 'string') return dtype === undefined ? { file: model } : undefined;
  // What else stands in the list is said with its place when the rest of `inference.json` is checked.
  const list: readonly unknown[] = Array.isArray(model) ? model : [];
  const variants = list.filter((one): one is ModelVariant => typeof (one as ModelVariant | null)?.file === 'string');
  if (dtype !== undefined) return variants.find((one) => one.dtype === dtype);
  const fits = variants.filter((one) => device === 'wasm' || shaderF16 || !halfPrecision.has(one.dtype));
  const ofDevice = fits.find((one) => one.device === device) ?? fits.find((one) => one.device === undefined);
  return ofDevice ?? variants.find((one) => one.device !== 'webgpu') ?? variants[0];
}

/** Whether a file holds a model or weights, by its name. */
export function isModelFile(path: string): boolean {
  return /\.(onnx|ort)$|\.onnx[_.]data(_\d+)?$/i.test(path);
}

/** Exporters name the files of external data after the model: `model.onnx_data`, `model.onnx.data`, `model.onnx_data_1`. */
export function isExternalData(path: string, model: string): boolean {
  return path !== model && (path.startsWith(`${model}_data`) || path.startsWith(`${model}.data`));
}

/**
 * Where the encoder of a merged decoder may be by the names that Optimum gives, that of the same dtype first: some folders
 * have it in full precision alone. None of any other model.
 */
export function encodersOf(model: string): readonly string[] {
  const [, folder, suffix] = /^(.*\/)?decoder_model_merged([^/]*)\.onnx$/.exec(model) ?? [];
  if (suffix === undefined) return [];
  return [...new Set([suffix, suffixes.fp32])].map((one) => `${folder ?? ''}encoder_model${one}.onnx`);
}
