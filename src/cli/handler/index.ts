import { readFile } from 'node:fs/promises';
import type { Artifact, ArtifactFile } from '../../artifact/index.ts';
import { ManifestError } from '../../errors.ts';
import type { ImageStep, Manifest, TableStep, TextStep } from '../../manifest/index.ts';
import type { Model } from '../../model.ts';

/**
 * The files that serve an archive's model in SageMaker's containers, by the steps of its `inference.json`.
 *
 * @param assets the folder that `sagemaker_handler.py` is in
 * @throws {ManifestError} `task-unsupported` for what the handler would not serve in the same way.
 */
export async function handlerFiles(model: Model, { files }: Artifact, assets: URL): Promise<ArtifactFile[]> {
  const { manifest } = model;
  const reason = refusal(manifest);
  if (reason) {
    throw new ManifestError(
      'task-unsupported',
      `Nothing was packed: --with-sagemaker-handler does not serve ${reason}. Pack without it, or write code/inference.py yourself.`,
    );
  }
  const taken = files.find(({ path }) => path === 'code/inference.py' || path === 'code/requirements.txt');
  if (taken) {
    throw new ManifestError(
      'file-invalid',
      `Nothing was packed: there is a ${taken.path} already, and --with-sagemaker-handler would write over it. Remove the one or leave out the other.`,
    );
  }
  const code = new Blob([await readFile(new URL('sagemaker_handler.py', assets))]);
  const requirements = new Blob([`${['onnxruntime', 'numpy', ...needs(manifest)].join('\n')}\n`]);
  return [
    { path: 'code/inference.py', size: code.size, blob: code },
    { path: 'code/requirements.txt', size: requirements.size, blob: requirements },
  ];
}

/** What of a manifest the handler does not know; undefined where it knows all. */
function refusal(manifest: Manifest): string | undefined {
  if (manifest.task === 'pipeline') return 'pipelines';
  const state = Object.entries(manifest.feeds).find(([, feed]) => typeof feed === 'object' && 'state' in feed);
  if (state) return `models with a state (the input ${JSON.stringify(state[0])})`;
  if (/\.ort$/i.test(manifest.model)) return 'models in the ORT format';
  switch (manifest.task) {
    case 'tensor':
      return undefined;
    case 'text-classification':
      return firstOf(manifest.preprocess, textRefusal);
    case 'image-classification':
      return manifest.preprocess === undefined
        ? 'pictures whose preparation is not stated ("preprocess" in inference.json)'
        : firstOf(manifest.preprocess, imageRefusal);
    case 'tabular-classification':
    case 'tabular-regression':
      return manifest.columns.length === 0
        ? 'tables whose columns are not stated ("columns" in inference.json)'
        : firstOf(manifest.preprocess, tableRefusal);
    default:
      return `the task ${manifest.task}; it serves tensor, text-classification, image-classification, tabular-classification and tabular-regression`;
  }
}

function firstOf<Step extends { step: string }>(
  steps: readonly Step[],
  refuse: (step: Step) => string | undefined,
): string | undefined {
  return steps.map(refuse).find((reason) => reason !== undefined);
}

/** Regular expressions that mean the same in Python, read as ASCII, as in JavaScript. */
const portable = /^(\\[wdb.\\*+?()[\]{}|-]|[\w ,;:'"!@#%&/<>=~`\-+*?|(){}[\]]|[\u0080-\uffff])*$/;

/** A letter, a digit or an underscore of any script: Python's own `\\w`, which the handler puts in its place. */
const wordCharacter = '[\\p{L}\\p{N}_]';

function textRefusal(step: TextStep): string | undefined {
  if (step.step !== 'replace' && step.step !== 'words') return undefined;
  const flags = step.flags ?? 'u';
  const ascii = step.pattern.replaceAll(wordCharacter, '\\w');
  const isPlain = portable.test(ascii) && !ascii.includes('(?') && /^[gu]*$/.test(flags);
  const isLiteral = step.step === 'words' || !step.with.includes('$');
  if (isPlain && isLiteral) return undefined;
  return `the step ${step.step} with the pattern ${JSON.stringify(step.pattern)}, which Python reads in another way`;
}

function imageRefusal(step: ImageStep): string | undefined {
  if (step.step === 'pad-to-multiple') return 'the step pad-to-multiple';
  if (step.step !== 'resize') return undefined;
  const known = Object.keys(step.size).toSorted().join();
  return known === 'height,width' || known === 'shortestEdge'
    ? undefined
    : `a resize to ${JSON.stringify(step.size)}; it knows { width, height } and { shortestEdge }`;
}

function tableRefusal(step: TableStep): string | undefined {
  return step.step === 'power' ? 'the step power' : undefined;
}

function needs(manifest: Manifest): string[] {
  if (manifest.task === 'image-classification') return ['pillow'];
  const tokenizes = 'preprocess' in manifest && manifest.preprocess?.some(({ step }) => step === 'tokenize');
  return tokenizes ? ['tokenizers'] : [];
}
