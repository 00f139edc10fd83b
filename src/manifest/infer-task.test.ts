import { expect, test } from 'vitest';
import { readArchive } from './archive-reader.ts';
import { inferTask } from './infer-task.ts';

async function taskOf(files: Record<string, object>): Promise<string> {
  const list = Object.entries(files).map(([path, content]) => {
    const blob = new Blob([JSON.stringify(content)]);
    return { path, size: blob.size, blob };
  });
  return inferTask(await readArchive({ name: 'm', files: list }, undefined));
}

const text = { 'tokenizer.json': {} };
const image = { 'preprocessor_config.json': { image_mean: [0.5] } };
const sound = { 'preprocessor_config.json': { sampling_rate: 16000 } };

test.each<[string, Record<string, object>, string]>([
  ['BertForSequenceClassification', text, 'text-classification'],
  ['Wav2Vec2ForSequenceClassification', sound, 'audio-classification'],
  ['RobertaForTokenClassification', text, 'token-classification'],
  ['DistilBertForQuestionAnswering', text, 'question-answering'],
  ['BertForMaskedLM', text, 'fill-mask'],
  ['LlamaForCausalLM', text, 'text-generation'],
  ['GPT2LMHeadModel', text, 'text-generation'],
  ['T5ForConditionalGeneration', text, 'text2text-generation'],
  ['BartForConditionalGeneration', text, 'text2text-generation'],
  ['MarianMTModel', text, 'translation'],
  ['M2M100ForConditionalGeneration', text, 'translation'],
  ['ViTForImageClassification', image, 'image-classification'],
  ['DeiTForImageClassificationWithTeacher', image, 'image-classification'],
  ['DetrForObjectDetection', image, 'object-detection'],
  ['SegformerForSemanticSegmentation', image, 'image-segmentation'],
  ['MaskFormerForInstanceSegmentation', image, 'image-segmentation'],
  ['Swin2SRForImageSuperResolution', image, 'image-to-image'],
  ['WhisperForAudioClassification', sound, 'audio-classification'],
  ['Wav2Vec2ForCTC', sound, 'automatic-speech-recognition'],
  ['WhisperForConditionalGeneration', { ...sound, ...text }, 'automatic-speech-recognition'],
  ['BertModel', text, 'feature-extraction'],
  ['ViTModel', image, 'image-feature-extraction'],
  ['CLIPVisionModelWithProjection', image, 'image-feature-extraction'],
  ['CLIPTextModelWithProjection', { ...image, ...text }, 'feature-extraction'],
])('inferTask() tells the task of %s', async (architecture, files, task) => {
  expect(await taskOf({ ...files, 'config.json': { architectures: [architecture] } })).toBe(task);
});

test.each<[string, Record<string, object>, string]>([
  ['nothing at all', {}, 'tensor'],
  ['labels and a tokenizer', { ...text, 'config.json': { id2label: { 0: 'a' } } }, 'text-classification'],
  ['labels and an image processor', { ...image, 'config.json': { id2label: { 0: 'a' } } }, 'image-classification'],
  ['labels and a feature extractor', { ...sound, 'config.json': { id2label: { 0: 'a' } } }, 'audio-classification'],
  ['sentence-transformers', { ...text, 'modules.json': {} }, 'feature-extraction'],
  ['skops', { 'config.json': { sklearn: { task: 'tabular-regression' } } }, 'tabular-regression'],
])('inferTask() tells the task by its files: %s', async (_, files, task) => {
  expect(await taskOf(files)).toBe(task);
});

test.each(['CLIPModel', 'BertForPreTraining'])('inferTask() refuses %s by name', async (architecture) => {
  const files = { ...text, ...image, 'config.json': { architectures: [architecture] } };
  await expect(taskOf(files)).rejects.toMatchObject({ code: 'task-unsupported', message: /tensor/ });
});
