import type { ArtifactFile } from '../../artifact/index.ts';
import { foreignModelError } from '../../manifest/foreign.ts';

/**
 * Explains, step by step, how a folder made for SageMaker, or a model of another framework, becomes one that can be
 * packed. Code is looked at as text and never run. Undefined where the folder is neither.
 */
export async function explainFolder(files: readonly ArtifactFile[]): Promise<string | undefined> {
  const steps = [await exportStep(files), await codeStep(files), pickleStep(files), await requirementsStep(files)];
  const known = steps.filter((step) => step !== undefined);
  if (known.length === 0 || !files.some(({ path }) => isForeign.test(path) || isCode.test(path))) return undefined;
  known.push(
    'Save a few inputs with the answers that the model gave where it was trained, as golden.json. They prove that the page answers the same.',
    'Pack it:\n  inpoint pack FOLDER -o model.tar.gz --golden golden.json\n  With --with-sagemaker-handler the archive still deploys in the cloud.',
  );
  return `How to get from here to an archive that a page can serve:\n\n${known
    .map((step, index) => `${index + 1}. ${step.replaceAll('\n', '\n   ').replaceAll(`   ${flush}`, '')}`)
    .join('\n\n')}`;
}

/** Begins a line that stays at the left: shells and Python care for what is before it. */
const flush = '\0';

const isForeign =
  /\.(joblib|pkl|pickle|pt|pth|bin|h5|keras|safetensors|cbm|lgb|ubj|bst)$|(^|\/)(xgboost-model[^/]*|saved_model\.pb)$/i;
const isCode = /(^|\/)(code\/)?(inference|predictor|handler|serve|custom_script|preprocessing|transforms?)\.py$/;
const isModelFile = /\.onnx$/i;

/** Pickles that hold steps of preprocessing, by the names that people give them. */
const isStep =
  /(scaler|encoder|imputer|vectorizer|tfidf|transformer|preprocess|columns|features?|label)[^/]*\.(pkl|pickle|joblib)$/i;

async function exportStep(files: readonly ArtifactFile[]): Promise<string | undefined> {
  if (files.some(({ path }) => isModelFile.test(path))) return undefined;
  // The model itself comes first among several pickles.
  const models = files.filter(({ path }) => isForeign.test(path) && !isStep.test(path));
  if (models.length === 0)
    return 'Export the model to ONNX where it was trained, and put it in the folder as model.onnx.';
  const { message } = await foreignModelError('the folder', models);
  const [what, ...command] = message.split('\n');
  const name = what?.match(/: (.*?), and a page runs ONNX/)?.[1] ?? 'The model is of another framework';
  return `Export the model: ${name}. Run where it was trained:\n${command.map((line) => `  ${line}`).join('\n')}\nPut the model.onnx that it writes in the folder, and leave the original out.`;
}

const functions = [
  { name: 'model_fn', to: 'loads the model: "model" of inference.json names the file, and nothing else is needed' },
  {
    name: 'input_fn',
    to: 'reads a request: that is what the task takes ("task"), with its columns ("columns") where it is a table',
  },
  {
    name: 'predict_fn',
    to: 'prepares the input and runs the model: what stands before the run becomes steps under "preprocess"',
  },
  {
    name: 'output_fn',
    to: 'makes the answer: what it does with the numbers becomes steps under "postprocess", and names become "labels"',
  },
  { name: 'transform_fn', to: 'does all of these at once: take it apart into "preprocess" and "postprocess"' },
];

async function codeStep(files: readonly ArtifactFile[]): Promise<string | undefined> {
  const code = files.filter(({ path }) => isCode.test(path) && !path.includes('._'));
  if (code.length === 0) return undefined;
  const lines: string[] = [];
  for (const { path, blob } of code) {
    const text = await blob.slice(0, maxCodeBytes).text();
    const found = functions.filter(({ name }) => new RegExp(`^\\s*(async\\s+)?def\\s+${name}\\s*\\(`, 'm').test(text));
    for (const { name, to } of found) lines.push(`  ${name}() of ${path} ${to}.`);
    for (const { pattern, step } of hints) if (pattern.test(text)) lines.push(`  ${path} uses ${step}`);
  }
  const list = lines.length > 0 ? `\n${lines.join('\n')}` : '';
  return `Say in inference.json what the code does. Code of an archive is never run in a page; its steps are data instead.${list}`;
}

const maxCodeBytes = 256 * 1024;

/** What code of such folders commonly does, and the step that does the same. */
const hints = [
  {
    pattern: /transforms\.Normalize|\/\s*255(\.0)?\b/,
    step: 'normalised pictures: { "step": "rescale", "factor": 0.00392156862745098 }, then { "step": "normalize", "mean": […], "std": […] }.',
  },
  {
    pattern: /transforms\.Resize|\.resize\(/,
    step: 'resized pictures: { "step": "resize", "size": { "width": 224, "height": 224 } }, or "shortestEdge", then "center-crop".',
  },
  {
    pattern: /AutoTokenizer|from_pretrained\(/,
    step: 'a tokenizer of Transformers: save it with tokenizer.save_pretrained(".") beside the model; it is found by itself.',
  },
  {
    pattern: /StandardScaler|scaler\.transform/,
    step: 'a scaler: { "step": "standard-scale", "columns": […], "mean": […], "scale": […] }.',
  },
  {
    pattern: /OneHotEncoder|get_dummies/,
    step: 'one-hot encoding: { "step": "one-hot", "columns": […], "categories": [[…]] }.',
  },
  {
    pattern: /LabelEncoder|inverse_transform/,
    step: 'encoded labels: write the names as "labels", in the order of classes_.',
  },
  { pattern: /softmax/i, step: 'a softmax: { "step": "softmax" } under "postprocess".' },
  { pattern: /sigmoid|expit/i, step: 'a sigmoid: { "step": "sigmoid" } under "postprocess".' },
  { pattern: /\.lower\(\)/, step: 'lower case: { "step": "lowercase" } under "preprocess".' },
];

/** Pickles are not read here: that would run them. */
function pickleStep(files: readonly ArtifactFile[]): string | undefined {
  const paths = files.map(({ path }) => path).filter((path) => isStep.test(path));
  if (paths.length === 0) return undefined;
  const shown = paths.map((path) => JSON.stringify(path)).join(', ');
  // Names are the archive's, and may be meant to do harm.
  const safe = paths.map((path) => (/^[\w.][\w./-]*$/.test(path) ? path : 'YOUR_FILE.pkl'));
  return `Turn ${shown} into steps. Where it was trained, this prints them; put them under "preprocess" in the order that the code applies them:\n${script(
    safe,
  )
    .split('\n')
    .map((line) => `${flush}${line}`)
    .join('\n')}`;
}

/** Prints scikit-learn's fitted numbers as the steps of `inference.json`. */
function script(paths: readonly string[]): string {
  return `python - <<'EOF'
import json, joblib, numpy as np
def columns_of(t, given): return list(given if given is not None else getattr(t, 'feature_names_in_', ['YOUR_COLUMN']))
def plain(a): return [None if isinstance(v, float) and np.isnan(v) else getattr(v, 'item', lambda: v)() for v in np.ravel(a)]
def steps_of(t, given=None):
    name, columns = type(t).__name__, columns_of(t, given)
    if name == 'Pipeline': return [s for _, one in t.steps for s in steps_of(one, given)]
    if name == 'ColumnTransformer': return [s for _, one, cols in t.transformers_ if not isinstance(one, str) for s in steps_of(one, cols)]
    if name == 'StandardScaler':
        mean = t.mean_ if t.with_mean else np.zeros(len(columns))
        scale = t.scale_ if t.with_std else np.ones(len(columns))
        return [{'step': 'standard-scale', 'columns': columns, 'mean': plain(mean), 'scale': plain(scale)}]
    if name == 'MinMaxScaler': return [{'step': 'min-max-scale', 'columns': columns, 'min': plain(t.min_), 'scale': plain(t.scale_)}]
    if name == 'SimpleImputer': return [{'step': 'impute', 'columns': columns, 'values': plain(t.statistics_)}]
    if name == 'OneHotEncoder':
        step = {'step': 'one-hot', 'columns': columns, 'categories': [plain(c) for c in t.categories_], 'unknown': 'error' if t.handle_unknown == 'error' else 'ignore'}
        return [{**step, 'drop': plain(t.drop_idx_)}] if t.drop_idx_ is not None else [step]
    if name == 'OrdinalEncoder': return [{'step': 'ordinal', 'columns': columns, 'categories': [plain(c) for c in t.categories_]}]
    if name == 'LabelEncoder': return [{'labels': [str(c) for c in t.classes_]}]
    raise SystemExit(f'{name} has no step of its own: export it into the ONNX model with skl2onnx.')
for path in ${JSON.stringify(paths)}: print(path, json.dumps(steps_of(joblib.load(path)), indent=2))
EOF`;
}

async function requirementsStep(files: readonly ArtifactFile[]): Promise<string | undefined> {
  const file = files.find(({ path }) => /(^|\/)requirements\.txt$/.test(path) && !path.includes('._'));
  if (!file) return undefined;
  const text = await file.blob.slice(0, maxCodeBytes).text();
  const packages = text
    .split('\n')
    .map(
      (line) =>
        line
          .replace(/#.*$/, '')
          .trim()
          .match(/^[A-Za-z0-9][\w.-]*/)?.[0] ?? '',
    )
    .filter((name) => name !== '');
  if (packages.length === 0) return undefined;
  const shown = packages.slice(0, 8).join(', ') + (packages.length > 8 ? ` and ${packages.length - 8} more` : '');
  return `Nothing of ${file.path} is needed: ${shown} are for training and for the cloud. A page has ONNX Runtime and the steps.`;
}
