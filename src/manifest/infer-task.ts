import { ManifestError } from '../errors.ts';
import type { ArchiveReader } from './archive-reader.ts';
import { taskNames } from './inference-json.ts';
import type { TaskName } from './schema.ts';

/**
 * Tells the task from what Hugging Face libraries write: the architecture in `config.json`, else the files that are
 * there. A bare model is `tensor`.
 *
 * @throws {ManifestError} `task-unsupported` for an architecture of none of the tasks.
 */
export async function inferTask({ name, config, has, json }: ArchiveReader): Promise<TaskName> {
  const [architecture] = Array.isArray(config?.['architectures']) ? (config['architectures'] as unknown[]) : [];
  const forSound = has('preprocessor_config.json') && (await isForSound(json));
  if (typeof architecture === 'string') {
    const task = ofArchitecture(architecture, forSound, has);
    if (task) return task;
    throw new ManifestError(
      'task-unsupported',
      `Cannot serve ${JSON.stringify(name)}: its config.json says ${JSON.stringify(architecture)}, which is none of the tasks that are supported (${taskNames.join(', ')}). Deploy it with { task: 'tensor' } to send and receive its tensors.`,
    );
  }
  const forTables = (config?.['sklearn'] as { task?: unknown } | undefined)?.task;
  if (forTables === 'tabular-classification' || forTables === 'tabular-regression') return forTables;
  if (config?.['model_type'] === 'whisper' && has('tokenizer.json')) return 'automatic-speech-recognition';
  if (has('genai_config.json')) return 'text-generation';
  const classifies = config?.['id2label'] !== undefined;
  if (has('preprocessor_config.json')) {
    if (forSound) return classifies ? 'audio-classification' : 'tensor';
    if (classifies) return 'image-classification';
  }
  if (has('modules.json') && has('tokenizer.json')) return 'feature-extraction';
  if (classifies && has('tokenizer.json')) return 'text-classification';
  return 'tensor';
}

function ofArchitecture(architecture: string, forSound: boolean, has: (path: string) => boolean): TaskName | undefined {
  const task = endings.find(([ending]) => ending.test(architecture))?.[1];
  if (task === 'text-classification' && forSound) return 'audio-classification';
  if (task) return task;
  // A bare encoder: `BertModel`, `ViTModel`, `CLIPTextModelWithProjection`.
  if (!/(Model|Encoder)(WithProjection)?$/.test(architecture)) return undefined;
  if (/Text/.test(architecture) || (has('tokenizer.json') && !has('preprocessor_config.json')))
    return 'feature-extraction';
  if (has('tokenizer.json') || forSound) return undefined;
  return has('preprocessor_config.json') ? 'image-feature-extraction' : undefined;
}

const endings: readonly (readonly [RegExp, TaskName])[] = [
  [/ForSequenceClassification$/, 'text-classification'],
  [/ForTokenClassification$/, 'token-classification'],
  [/ForQuestionAnswering$/, 'question-answering'],
  [/ForMaskedLM$/, 'fill-mask'],
  [/ForCausalLM$|LMHeadModel$/, 'text-generation'],
  [/^(Marian|M2M100|MBart|NllbMoe).*(MTModel|ForConditionalGeneration)$/, 'translation'],
  [/^(U?MT5|T5|LongT5|Bart|Pegasus|PegasusX|LED).*ForConditionalGeneration$/i, 'text2text-generation'],
  [/ForImageClassification(WithTeacher)?$/, 'image-classification'],
  [/ForObjectDetection$/, 'object-detection'],
  [/For(Semantic|Instance|Universal|Image)?Segmentation$/, 'image-segmentation'],
  [/ForImageSuperResolution$/, 'image-to-image'],
  [/ForAudioClassification$/, 'audio-classification'],
  [/ForCTC$/, 'automatic-speech-recognition'],
  [
    /^(Whisper|Moonshine|SpeechEncoderDecoder|Speech2Text).*(ForConditionalGeneration|Model)$/,
    'automatic-speech-recognition',
  ],
];

async function isForSound(json: ArchiveReader['json']): Promise<boolean> {
  const saved = await json('preprocessor_config.json');
  return saved?.['sampling_rate'] !== undefined;
}
