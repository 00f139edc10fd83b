import type { Endpoint, TaskName, TensorInfo } from 'inpoint';
import type { ComponentType } from 'preact';
import type { Served } from '../../endpoints/served.ts';
import type { Description } from '../description.ts';
import { ImageForm } from './image-form.tsx';
import { RecordForm } from './record-form.tsx';
import { SoundForm } from './sound-form.tsx';
import { TableForm } from './table-form.tsx';
import { TensorForm } from './tensor-form.tsx';
import { TextForm } from './text-form.tsx';

/** What a form asks, and what is known of its fields. */
export interface FormProps {
  readonly model: Served;
  readonly description: Description;
}

interface Form {
  readonly component: ComponentType<FormProps>;
  /** The lines that do what the form does, for an archive at an address or one that was chosen. */
  readonly code: (address: string | undefined) => string;
}

/** The form in which an endpoint is tried. */
export function formOf({ task, inputs }: Endpoint, { columns, fed }: Description): Form {
  const { component, input, field } = forms[task] ?? generic;
  // A table whose columns are not known has no fields to fill in.
  const isBare = component === TableForm && columns.length === 0;
  const given = task === 'tensor' ? tensorsOf(inputs.filter(({ name }) => !fed.has(name))) : input;
  return { component: isBare ? RecordForm : component, code: (address) => lines(task, given, field, address) };
}

const photo = "document.querySelector('img')";
const ranked = "{ query: 'How is the weather?', documents: ['It rains.', 'The train is late.'] }";
/** Numbers may come as text, and blank ones are missing. */
const row = "Object.fromEntries(new FormData(document.querySelector('form')))";
const generic = { component: RecordForm, input: 'input', field: 'answer' };

const forms: Partial<Record<TaskName, { component: ComponentType<FormProps>; input: string; field: string }>> = {
  'text-classification': { component: TextForm, input: "'I love it.'", field: 'labels' },
  'token-classification': { component: TextForm, input: "'Ada Lovelace was born in London.'", field: 'entities' },
  'feature-extraction': { component: TextForm, input: "'How is the weather?'", field: 'embedding' },
  'fill-mask': { component: TextForm, input: "'The capital of France is [MASK].'", field: 'masks' },
  'question-answering': {
    component: TextForm,
    input: "{ question: 'Where was she born?', context: 'She was born in London.' }",
    field: 'answers',
  },
  'zero-shot-classification': {
    component: TextForm,
    input: "{ text: 'They won two to one.', candidateLabels: ['sport', 'politics'] }",
    field: 'labels',
  },
  'text-similarity': { component: TextForm, input: ranked, field: 'results' },
  reranking: { component: TextForm, input: ranked, field: 'results' },
  'image-classification': { component: ImageForm, input: photo, field: 'labels' },
  'object-detection': { component: ImageForm, input: photo, field: 'objects' },
  'image-segmentation': { component: ImageForm, input: photo, field: 'segments' },
  'image-to-image': { component: ImageForm, input: photo, field: 'image' },
  'image-feature-extraction': { component: ImageForm, input: photo, field: 'embedding' },
  'audio-classification': { component: SoundForm, input: "'./sound.wav'", field: 'labels' },
  'automatic-speech-recognition': { component: SoundForm, input: "'./speech.wav'", field: 'text' },
  'tabular-classification': { component: TableForm, input: row, field: 'labels' },
  'tabular-regression': { component: TableForm, input: row, field: 'value' },
  'text-generation': { component: RecordForm, input: "'Once upon a time'", field: 'generatedText' },
  tensor: { component: TensorForm, input: '{}', field: 'answer' },
};

function lines(task: TaskName, input: string, field: string, address: string | undefined): string {
  const [given, source] = address
    ? [`const url = '${address.replaceAll(/[\\']/g, String.raw`\$&`)}';`, 'url']
    : ["const [file] = document.querySelector('input[type=file]').files;", 'file'];
  const answer = field === 'answer' ? 'answer' : `{ ${field} }`;
  return `import { deploy${task === 'tensor' ? ', tensor' : ''} } from 'inpoint';

${given}
const endpoint = await deploy(${source}, { task: '${task}' });
const ${answer} = await endpoint.invoke(${input});
console.log(${field});`;
}

/** Zeros for each input, in its shape; a dimension that is free is 1. */
function tensorsOf(inputs: readonly TensorInfo[]): string {
  const tensors = inputs.map(({ name, type = 'float32', shape }) => {
    const dims = shape.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : 1));
    const values = dims.reduce((product, dim) => product * dim, 1);
    const data = type === 'string' ? "['text']" : `new ${arrays[type]}(${values})`;
    return `${JSON.stringify(name)}: tensor('${type}', ${data}, [${dims.join(', ')}])`;
  });
  return `{ ${tensors.join(', ')} }`;
}

const arrays = {
  float32: 'Float32Array',
  float64: 'Float64Array',
  float16: 'Float16Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  int16: 'Int16Array',
  uint16: 'Uint16Array',
  int32: 'Int32Array',
  uint32: 'Uint32Array',
  int64: 'BigInt64Array',
  uint64: 'BigUint64Array',
  int4: 'Int8Array',
  uint4: 'Uint8Array',
  bool: 'Uint8Array',
} as const;
