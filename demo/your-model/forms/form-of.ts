import type { Artifact, TaskName } from 'inpoint';
import type { ComponentType } from 'preact';
import type { Served } from '../../endpoints/served.ts';
import { ImageForm } from './image-form.tsx';
import { RecordForm } from './record-form.tsx';
import { SoundForm } from './sound-form.tsx';
import { TableForm } from './table-form.tsx';
import { TensorForm } from './tensor-form.tsx';
import { TextForm } from './text-form.tsx';

/** What a form asks, and whose columns or labels it shows. */
export interface FormProps {
  readonly model: Served;
  readonly artifact: Artifact;
}

interface Form {
  readonly component: ComponentType<FormProps>;
  /** The lines that do what the form does, for an archive at an address or one that was chosen. */
  readonly code: (address: string | undefined) => string;
}

/** The form in which a task is tried. */
export function formOf(task: TaskName): Form {
  const { component, input, field } = forms[task] ?? { component: RecordForm, input: 'input', field: 'answer' };
  return { component, code: (address) => lines(task, input, field, address) };
}

const photo = "document.querySelector('img')";

const forms: Partial<Record<TaskName, { component: ComponentType<FormProps>; input: string; field: string }>> = {
  'text-classification': { component: TextForm, input: "'I love it.'", field: 'labels' },
  'token-classification': { component: TextForm, input: "'Ada Lovelace was born in London.'", field: 'entities' },
  'feature-extraction': { component: TextForm, input: "'How is the weather?'", field: 'embedding' },
  'fill-mask': { component: TextForm, input: "'The capital of France is [MASK].'", field: 'masks' },
  'question-answering': { component: TextForm, input: '{ question, context }', field: 'answers' },
  'zero-shot-classification': { component: TextForm, input: '{ text, candidateLabels }', field: 'labels' },
  'text-similarity': { component: TextForm, input: '{ query, documents }', field: 'results' },
  reranking: { component: TextForm, input: '{ query, documents }', field: 'results' },
  'image-classification': { component: ImageForm, input: photo, field: 'labels' },
  'object-detection': { component: ImageForm, input: photo, field: 'objects' },
  'image-segmentation': { component: ImageForm, input: photo, field: 'segments' },
  'image-to-image': { component: ImageForm, input: photo, field: 'image' },
  'image-feature-extraction': { component: ImageForm, input: photo, field: 'embedding' },
  'audio-classification': { component: SoundForm, input: "'./sound.wav'", field: 'labels' },
  'automatic-speech-recognition': { component: SoundForm, input: "'./speech.wav'", field: 'text' },
  'tabular-classification': { component: TableForm, input: 'row', field: 'labels' },
  'tabular-regression': { component: TableForm, input: 'row', field: 'value' },
  tensor: { component: TensorForm, input: 'tensors', field: 'answer' },
};

function lines(task: TaskName, input: string, field: string, address: string | undefined): string {
  const [given, source] = address
    ? [`const url = '${address.replaceAll(/[\\']/g, String.raw`\$&`)}';`, 'url']
    : ["const [file] = document.querySelector('input[type=file]').files;", 'file'];
  const answer = field === 'answer' ? 'answer' : `{ ${field} }`;
  return `import { deploy } from 'inpoint';

${given}
const endpoint = await deploy(${source}, { task: '${task}' });
const ${answer} = await endpoint.invoke(${input});
console.log(${field});`;
}
