import type { Artifact } from '../../artifact/index.ts';
import type { Golden } from '../../golden.ts';
import type { Manifest } from '../../manifest/index.ts';
import type { OnnxFile } from '../../manifest/onnx-file.ts';

/** What would make an archive better, or work at all. */
export interface Missing {
  readonly what: string;
  readonly how: string;
}

/**
 * What an archive lacks, the most important first.
 *
 * @param golden its samples, or why they cannot be used
 */
export function missingParts(
  { files }: Pick<Artifact, 'files'>,
  manifest: Manifest,
  model: OnnxFile | undefined,
  golden: Golden | string | undefined,
): Missing[] {
  const has = (path: string): boolean => files.some((file) => file.path === path);
  const found: Missing[] = [];
  if (model) {
    for (const path of model.externalData) {
      if (files.some((file) => file.path === path || file.path.endsWith(`/${path}`))) continue;
      found.push({
        what: `The weights ${JSON.stringify(path)}, which the model keeps in a file of their own, are not there.`,
        how: 'Put that file beside the model, with the name that it was exported with.',
      });
    }
  }
  if (manifest.task === 'tensor' && model) found.push(...untold(model, has));
  if ('labels' in manifest && manifest.labels.length === 0 && manifest.task !== 'zero-shot-classification') {
    found.push({
      what: 'The labels have no names: answers say LABEL_0, LABEL_1, …',
      how: 'Write them into inference.json, in the order of the model’s outputs: { "labels": ["cat", "dog"] }; or into config.json as "id2label".',
    });
  }
  if (/^(image-|object-)/.test(manifest.task) && 'preprocess' in manifest && manifest.preprocess?.length === 0) {
    found.push({
      what: 'Nothing says how pictures are prepared: they are fed at their own size, with values from 0 to 255.',
      how: 'Add the preprocessor_config.json that the model was saved with, or the steps in inference.json: { "preprocess": [{ "step": "resize", "size": { "width": 224, "height": 224 } }, { "step": "rescale", "factor": 0.00392156862745098 }, { "step": "normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] }] }.',
    });
  }
  if (typeof golden === 'string') {
    found.push({
      what: `Its golden samples cannot be used: ${golden.replace(/\.$/, '')}.`,
      how: 'Write them as inpoint pack --help says, and pack with --golden golden.json.',
    });
  } else if (!golden) {
    found.push({
      what: 'There are no golden samples: nobody can tell whether it answers as it did in training.',
      how: 'Save some inputs with the answers of the training framework and pack with --golden golden.json (see inpoint pack --help).',
    });
  } else if (golden.recorded) {
    found.push({
      what: 'Its golden samples are recorded from the model itself: they show that answers changed, not that they are right.',
      how: 'Save some inputs with the answers of the training framework and pack with --golden golden.json.',
    });
  }
  const { license, description } = manifest.card;
  if (!license) found.push({ what: 'It has no license.', how: 'Pack with --license, such as --license Apache-2.0.' });
  if (!description && !manifest.card.readme) {
    found.push({ what: 'It does not say what it is.', how: 'Pack with --description, or add a README.md.' });
  }
  return found;
}

/** What a bare model might be, by its inputs. */
function untold({ inputs, outputs }: OnnxFile, has: (path: string) => boolean): Missing[] {
  const ids = inputs.find(({ name }) => /input_ids/.test(name));
  if (ids && !has('tokenizer.json')) {
    return [
      {
        what: `The model takes token ids (${JSON.stringify(ids.name)}), and there is no tokenizer.json to make them of a text.`,
        how: `Save it where the model was trained: python -c "from transformers import AutoTokenizer, AutoConfig; AutoTokenizer.from_pretrained('YOUR_MODEL').save_pretrained('.'); AutoConfig.from_pretrained('YOUR_MODEL').save_pretrained('.')"`,
      },
    ];
  }
  const picture = inputs.find(
    ({ shape }) => shape?.length === 4 && [1, 3].some((channels) => shape[1] === channels || shape[3] === channels),
  );
  const classes = outputs[0]?.shape?.at(-1);
  if (picture && inputs.length === 1) {
    const nchw = picture.shape![1] === 1 || picture.shape![1] === 3;
    const [height, width] = nchw ? picture.shape!.slice(2) : picture.shape!.slice(1, 3);
    const size =
      typeof width === 'number' && typeof height === 'number' ? { width, height } : { width: 224, height: 224 };
    const grey = picture.shape![nchw ? 1 : 3] === 1 ? '{ "step": "grayscale" }, ' : '';
    const task = outputs[0]?.shape?.length === 2 ? 'image-classification' : 'image-to-image';
    const labels =
      task === 'image-classification'
        ? `, "labels": [${typeof classes === 'number' ? `${classes} names` : 'names'} in the order of the outputs]`
        : '';
    return [
      {
        what: `The model takes a picture (${JSON.stringify(picture.name)}), and nothing says how one is prepared: it is served as bare tensors.`,
        how: `Say so in inference.json: { "task": "${task}", "preprocess": [${grey}{ "step": "resize", "size": ${JSON.stringify(size)} }, { "step": "rescale", "factor": 0.00392156862745098 }]${labels} }. Use the size, scale, mean and std of training.`,
      },
    ];
  }
  if (inputs.some(({ type }) => type === 'string')) {
    return [
      {
        what: 'The model takes texts as they are, and nothing says what its numbers mean: it is served as bare tensors.',
        how: 'Say so in inference.json: { "task": "text-classification", "labels": ["…", "…"], "postprocess": [] }, with a "words" step under "preprocess" where it wants words.',
      },
    ];
  }
  const row = inputs.find(({ shape }) => shape?.length === 2 && typeof shape[1] === 'number');
  if (row && inputs.length === 1) {
    return [
      {
        what: `The model takes rows of ${row.shape![1]} numbers (${JSON.stringify(row.name)}), and nothing says which columns they are: it is served as bare tensors.`,
        how: 'Say so in inference.json: { "task": "tabular-classification", "columns": [{ "name": "age", "type": "number" }, …], "labels": ["no", "yes"], "postprocess": [] }.',
      },
    ];
  }
  return [];
}
