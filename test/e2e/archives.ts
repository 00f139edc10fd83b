import { readFile } from 'node:fs/promises';
import { pack } from '../browser/pack.ts';

/** A file to be chosen in a page. */
export interface Upload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Packs files into a `model.tar.gz` to be chosen. */
export async function archive(files: Parameters<typeof pack>[0], name: string = 'model.tar.gz'): Promise<Upload> {
  const packed = await pack(files, name);
  return { name, mimeType: 'application/gzip', buffer: Buffer.from(await packed.arrayBuffer()) };
}

/** One of the small models of `test/fixtures/models`. */
export function onnx(name: string): Promise<Buffer> {
  return readFile(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
}

/** Says of an image which of red, green and blue it has most of. */
export async function colours(name?: string): Promise<Upload> {
  return archive(
    {
      'colours/config.json': {
        architectures: ['MeanForImageClassification'],
        id2label: { 0: 'red', 1: 'green', 2: 'blue' },
      },
      'colours/preprocessor_config.json': {
        do_resize: true,
        size: { height: 8, width: 8 },
        do_rescale: true,
        do_normalize: false,
      },
      'colours/onnx/model.onnx': await onnx('image-nchw'),
      'colours/README.md': '# Colours\n\n<img src=x onerror="alert(1)">',
    },
    name,
  );
}

/** Adds up the words `a` (1) and `b` (2) of a text into the logit of `ids`; that of `types` is 0. */
export async function words(): Promise<Upload> {
  return archive({
    'config.json': { architectures: ['SumForSequenceClassification'], id2label: { 0: 'ids', 1: 'types' } },
    'tokenizer_config.json': {},
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: null,
      decoder: null,
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: { '[UNK]': 0, a: 1, b: 2 },
      },
    },
    'model.onnx': await onnx('text-types'),
  });
}
