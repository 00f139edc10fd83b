import type { Dtype } from './schema.ts';

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
