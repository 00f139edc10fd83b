import { InferenceError } from '../errors.ts';

/** The error for a model that ONNX Runtime refuses: its words, what they mean, and what to do. */
export function refusal(said: string, cause: unknown): InferenceError {
  const known = reasons.find(({ matches }) => matches.test(said));
  const reason = known ? `${known.sentence} ONNX Runtime says: ${said}` : `ONNX Runtime says: ${said}`;
  return new InferenceError('model-invalid', `The model cannot be loaded. ${reason}`, { cause });
}

const reasons: { matches: RegExp; sentence: string }[] = [
  {
    matches: /protobuf parsing failed|failed to parse|INVALID_PROTOBUF/i,
    sentence: 'The file is not an ONNX model, or is damaged: export it again.',
  },
  {
    matches: /opset|ONNX Runtime only \*guarantees\*/i,
    sentence:
      'It does not say which operator set it uses, or needs one that is newer than this runtime: export it again with an opset of 7 to 22.',
  },
  {
    matches: /is not a registered function\/op|Could not find an implementation|No Op registered/i,
    sentence: 'It uses an operator that this runtime does not have: export it with standard operators only.',
  },
  {
    matches: /external data|external initializer|external file/i,
    sentence: 'Its weights are in a file of their own that is not there: put model.onnx_data beside it in the archive.',
  },
  {
    matches: /bad_alloc|out of memory|OrtMemoryInfo|Aborted\(OOM\)|memory access out of bounds/i,
    sentence: 'It is too large for the memory that this page has: try a quantized variant.',
  },
];

/** Whether a failure means that nothing the runtime gives from now on can be relied on. */
export function isBroken(cause: unknown): boolean {
  return (
    cause instanceof WebAssembly.RuntimeError ||
    /Aborted\(|bad_alloc|out of memory|memory access out of bounds|unreachable/i.test(messageOf(cause))
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
