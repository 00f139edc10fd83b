import { InferenceError } from '../errors.ts';
import { formatBytes } from '../format-bytes.ts';
import { isBroken, isOutOfMemory } from './is-broken.ts';
import type { ModelFiles } from './model-files.ts';
import { said } from './said.ts';

/** The error for a runtime that did not start: what it said, what that means, and what to do. */
export function startFailure(cause: unknown, files: { readonly mjs: string; readonly wasm: string }): InferenceError {
  const words = startWords(cause);
  const reason = reasonOf(words, startReasons);
  if (reason.code === 'out-of-memory') {
    const message = `ONNX Runtime did not start: ${words}. ${reason.sentence}`;
    return new InferenceError('out-of-memory', message, { cause });
  }
  const { sentence = unknownStart } = reason;
  const places = `Its files are ${files.mjs} and ${files.wasm}: say where they are with { assets: { wasm } }.`;
  return new InferenceError('runtime-failed', `ONNX Runtime did not start: ${words}. ${sentence} ${places}`, { cause });
}

/** The error for a model that the runtime does not load. What is an error of Inpoint already stays as it is. */
export function loadFailure(cause: unknown, files: ModelFiles): InferenceError {
  if (cause instanceof InferenceError) return cause;
  const words = said(cause);
  const bytes = [files.model, ...files.externalData.map(({ blob }) => blob)].reduce((sum, { size }) => sum + size, 0);
  if (bytes >= heapBytes || (isOutOfMemory(words) && bytes > heapBytes / 2)) return tooLarge(bytes, words, cause);
  const { code = 'model-invalid', sentence } = reasonOf(words, [...loadReasons, ...brokenReasons(cause)]);
  return new InferenceError(code, `The model cannot be loaded. ${join(sentence, `ONNX Runtime says: ${words}.`)}`, {
    cause,
  });
}

/** The error for a model that has more bytes than there can be memory for. */
export function tooLarge(bytes: number, words: string, cause?: unknown): InferenceError {
  return new InferenceError(
    'model-too-large',
    `The model cannot be loaded: it has ${formatBytes(bytes)}, and WebAssembly no more than 4 GB for it and all that it computes. Take a quantized variant ({ dtype }), or a smaller model. ONNX Runtime says: ${words}.`,
    { cause },
  );
}

/** The error for a run that failed. */
export function runFailure(cause: unknown): InferenceError {
  if (cause instanceof InferenceError) return cause;
  const words = said(cause);
  const { code = 'inference-failed', sentence } = reasonOf(words, [...runReasons, ...brokenReasons(cause)]);
  return new InferenceError(code, join(`The model failed on this input: ${words}.`, sentence), { cause });
}

const unknownStart =
  "Its files must be served as JavaScript and application/wasm, and a Content-Security-Policy must allow 'wasm-unsafe-eval'.";

/** What the runtime's words stand for. */
interface Reason {
  readonly matches: { test(words: string): boolean };
  readonly sentence: string;
  readonly code?: 'out-of-memory';
}

function reasonOf(words: string, reasons: readonly Reason[]): Partial<Reason> {
  return reasons.find(({ matches }) => matches.test(words)) ?? {};
}

function join(...sentences: readonly (string | undefined)[]): string {
  return sentences.filter(Boolean).join(' ');
}

/** Bytes that WASM can address with 32 bits. */
const heapBytes = 2 ** 32;

/** Every backend that was tried is named, and only the first had a reason of its own. */
function startWords(cause: unknown): string {
  return said(cause)
    .replace(/^no available backend found\. ERR: \[\w+\] /, '')
    .replace(/, \[\w+\] Error: previous call to '\w+\(\)' failed\.?$/, '')
    .replace(/^RuntimeError: Aborted\((.*?)\.?\)(?:\. Build with .*)?$/, '$1')
    .replace(/\.+$/, '');
}

const memory: Reason['matches'] = { test: isOutOfMemory };

const startReasons: readonly Reason[] = [
  {
    matches: /Content Security|unsafe-eval|wasm-eval|call to WebAssembly|blocked by CSP/i,
    sentence: "The page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src.",
  },
  {
    matches: memory,
    sentence: 'This page or this device has no memory left for it: close other endpoints and tabs, and try again.',
    code: 'out-of-memory',
  },
  {
    matches: /a thread/i,
    sentence:
      "A page that is cross-origin isolated starts threads from its script, which must be served from the same origin with the header Cross-Origin-Embedder-Policy, under a Content-Security-Policy that allows worker-src 'self'. { threads: 1 } does without.",
  },
  {
    matches: /LinkError|Import #|is not a function|is not an? object|does not provide an export/i,
    sentence: 'Its two files are of different versions, or not its own: serve both from the same build, and reload.',
  },
  {
    matches: /found 3c |doctype|Unexpected token '<'/i,
    sentence: 'A web page came instead of its .wasm: the address is wrong, and the server answered with its own page.',
  },
  {
    matches: /CompileError|WebAssembly\.(instantiate|compile)|BufferSource/i,
    sentence:
      'What came as its .wasm is not there, empty, cut short or something else: look at the answer of the server.',
  },
  {
    matches: /dynamically imported module|Importing a module script failed|error loading dynamically/i,
    sentence: 'Its script is not there, has no JavaScript type, or may not be read from another origin.',
  },
  { matches: /SyntaxError/, sentence: 'Its script is damaged or something else: look at the answer of the server.' },
  {
    matches: /SIMD is not supported/,
    sentence: 'This browser is too old for it: WebAssembly with SIMD came in 2021, to Safari in 2023.',
  },
  {
    matches: /NetworkError|network error|XMLHttpRequest|Load failed|timeout/i,
    sentence: 'The connection broke off: try again.',
  },
];

const loadReasons: readonly Reason[] = [
  {
    matches: memory,
    sentence:
      'There is no memory left for it: close other endpoints, or take a quantized variant ({ dtype }) or a smaller model.',
    code: 'out-of-memory',
  },
  {
    matches:
      /protobuf parsing failed|failed to parse|INVALID_PROTOBUF|No graph was found|ModelProto does not have a graph/i,
    sentence: 'The file is not an ONNX model, or is damaged: export it again.',
  },
  {
    matches: /Missing opset|No opset import for domain ''/i,
    sentence: 'It does not say which operator set it uses: export it again, with opset 7 or newer.',
  },
  {
    matches: /ONNX Runtime only \*guarantees\*|Unsupported model IR version|under development/i,
    sentence: 'It is of a newer ONNX than this runtime knows: export it again with an older opset, such as 17.',
  },
  {
    matches: /No opset import for domain|is not a registered function\/op|No Op registered/i,
    sentence: 'It uses an operator that this runtime does not have: export it with operators of ONNX itself only.',
  },
  {
    matches: /Could not find an implementation|NOT_IMPLEMENTED/i,
    sentence:
      'It uses an operator with a type of number that this runtime has no code for: export it in float32, or with another opset.',
  },
  {
    matches: /external data|external initializer|external file|MountedFiles/i,
    sentence:
      'Its weights are in a file of their own that is not there or too short: put that, such as model.onnx_data, beside the model in the archive, under the name it had when it was exported.',
  },
  {
    matches: /raw_data|data size|Initializer '|TensorProto|tensorprotoutils|valid data type/,
    sentence:
      'Its weights do not fit their shapes or types: the file is damaged, or was changed by hand. Export it again.',
  },
  {
    matches:
      /acyclic|Duplicate definition|not a graph input|invalid model|does not exist in the graph|not output of any/i,
    sentence: 'Its graph contradicts itself: it is damaged, or was changed by hand. Export it again.',
  },
  {
    matches: /ShapeInferenceError|Type Error|attribute|input size|output size|expected type|axis|perm/i,
    sentence: 'Its operators do not fit each other, as of a damaged file or a faulty exporter. Export it again.',
  },
];

const runReasons: readonly Reason[] = [
  {
    matches: memory,
    sentence: 'There is no memory left for it: give a smaller input or fewer at once, or close other endpoints.',
    code: 'out-of-memory',
  },
  {
    matches: /is missing in 'feeds'|invalid input '|Invalid input name|Missing Input/i,
    sentence: 'An input of the model was left out or has another name: look at inputs of the endpoint.',
  },
  {
    matches: /Unexpected input data type|invalid data location|data type/i,
    sentence: 'A tensor has another type than the model takes: look at inputs of the endpoint.',
  },
  {
    matches: /Invalid rank|Got invalid dimensions/i,
    sentence: 'A tensor has another shape than the model takes: look at inputs of the endpoint.',
  },
  {
    matches: /out of (data )?bounds, idx|indices element/i,
    sentence: 'A number of the input is beyond what the model knows, as an id beyond its vocabulary is.',
  },
];

/** Behind all others: they say what is wrong with the model, this one only what came of it. */
function brokenReasons(cause: unknown): readonly Reason[] {
  return isBroken(cause)
    ? [
        {
          matches: /(?:)/,
          sentence:
            'It broke the runtime itself, which a sound model does not: export it again, or take another version of it.',
        },
      ]
    : [];
}
