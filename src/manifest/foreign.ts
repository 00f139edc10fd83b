import type { ArtifactFile } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';

/**
 * The error for an archive without an ONNX model: it names the model that is there instead, and the command
 * that exports it. Run where the model was trained; nothing of the archive is run here.
 */
export async function foreignModelError(name: string, files: readonly ArtifactFile[]): Promise<ManifestError> {
  const shown = JSON.stringify(name);
  const paths = files.map((file) => file.path);
  for (const { matches, what, command } of foreign) {
    const file = files.find((candidate) => matches.test(candidate.path));
    if (!file) continue;
    const { path } = file;
    const [first] = new Uint8Array(await file.blob.slice(0, 1).arrayBuffer());
    return new ManifestError(
      'model-foreign',
      `Cannot serve ${shown}: ${JSON.stringify(path)} is ${what}, and a page runs ONNX. Export it where it was trained, then pack model.onnx instead:\n${command(forShell(path), first === pickleMagic)}`,
    );
  }
  const code = paths.filter((path) => /\.(py|ipynb|sh|r|js)$/i.test(path));
  if (code.length > 0) {
    return new ManifestError(
      'model-missing',
      `Cannot serve ${shown}: it holds code (${some(code)}) and no model. Code from an archive is never run; add the trained model as model.onnx. What inference.py does can be said in the page: see inpoint/worker.`,
    );
  }
  return new ManifestError(
    'model-missing',
    `Cannot serve ${shown}: it holds no model (${some(paths)}). Add the trained model as model.onnx.`,
  );
}

function some(paths: string[]): string {
  const rest = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return (
    paths
      .slice(0, 3)
      .map((path) => JSON.stringify(path))
      .join(', ') + rest
  );
}

const folder = (path: string): string => path.split('/').slice(0, -1).join('/') || '.';

const transformers = (path: string): string =>
  `pip install "optimum-onnx[onnxruntime]" && optimum-cli export onnx --model ${folder(path)} onnx/`;

const tf2onnx =
  (option: string) =>
  (path: string): string =>
    `pip install tensorflow tf2onnx && python -m tf2onnx.convert ${option} ${path} --output model.onnx`;

/** A path as it may stand in a command that people copy: names are the archive's, and may be meant to do harm. */
function forShell(path: string): string {
  return /^[\w.][\w./-]*$/.test(path) ? path : 'YOUR_MODEL_FILE';
}

/** The first byte of a pickle of protocol 2 or later. */
const pickleMagic = 0x80;

/** SageMaker's XGBoost up to 1.2 left pickles, which only a version of their time reads. */
function xgboost(path: string, isPickle: boolean): string {
  const convert = (file: string): string =>
    `python -c "import xgboost, onnxmltools; from onnxmltools.convert.common.data_types import FloatTensorType; b = xgboost.Booster(model_file='${file}'); n = b.num_features(); b.feature_names = ['f%d' % i for i in range(n)]; onnxmltools.utils.save_model(onnxmltools.convert_xgboost(b, initial_types=[('input', FloatTensorType([None, n]))]), 'model.onnx')"`;
  if (!isPickle) return `pip install xgboost onnxmltools && ${convert(path)}`;
  const save = `python -c "import pickle; pickle.load(open('${path}', 'rb')).save_model('xgboost.bin')"`;
  return `pip install "xgboost==0.90" "numpy<1.24" "scipy<1.12" && ${save} && pip install "xgboost==1.7.6" onnxmltools packaging && ${convert('xgboost.bin')}\nIt is a pickle: where it was trained with a later XGBoost than 0.90, put that version there.`;
}

/** Most telling first: a folder of Hugging Face weights also holds small files of other kinds. */
const foreign: { matches: RegExp; what: string; command: (path: string, isPickle: boolean) => string }[] = [
  {
    matches: /(^|\/)saved_model\.pb(txt)?$/,
    what: 'a TensorFlow SavedModel',
    command: (path) => tf2onnx('--saved-model')(folder(path)),
  },
  {
    matches: /(^|\/)xgboost-model[^/]*$|\.(ubj|xgb|bst)$/,
    what: 'an XGBoost model',
    command: xgboost,
  },
  {
    matches: /(^|\/)(model|pytorch_model)[^/]*\.safetensors$|(^|\/)pytorch_model[^/]*\.bin$/,
    what: 'a PyTorch model of the Hugging Face layout',
    command: transformers,
  },
  {
    matches: /\.(pt|pth|ckpt)$/,
    what: 'a PyTorch model',
    command: (path) =>
      `python -c "import torch; m = torch.load('${path}', map_location='cpu', weights_only=False).eval(); torch.onnx.export(m, torch.zeros(1, 3, 224, 224), 'model.onnx', input_names=['input'], output_names=['output'], dynamic_axes={'input': {0: 'batch'}})"\nPut your model's own input shape for (1, 3, 224, 224); a file of weights alone needs the model's class first.`,
  },
  { matches: /\.(h5|hdf5|keras)$/, what: 'a Keras model', command: tf2onnx('--keras') },
  { matches: /\.tflite$/, what: 'a TensorFlow Lite model', command: tf2onnx('--tflite') },
  {
    matches: /\.(pkl|pickle|joblib)$/,
    what: 'a pickled Python object, as scikit-learn leaves it',
    command: (path) =>
      `pip install skl2onnx && python -c "import joblib, numpy, skl2onnx; m = joblib.load('${path}'); x = numpy.zeros((1, m.n_features_in_), numpy.float32); o = {'zipmap': False} if hasattr(m, 'classes_') else None; open('model.onnx', 'wb').write(skl2onnx.to_onnx(m, x, options=o).SerializeToString())"`,
  },
  {
    matches: /(^|\/)lightgbm[^/]*\.(txt|model)$|\.lgb$/,
    what: 'a LightGBM model',
    command: (path) =>
      `pip install lightgbm onnxmltools && python -c "import lightgbm, onnxmltools; from onnxmltools.convert.common.data_types import FloatTensorType; b = lightgbm.Booster(model_file='${path}'); onnxmltools.utils.save_model(onnxmltools.convert_lightgbm(b, initial_types=[('input', FloatTensorType([None, b.num_feature()]))]), 'model.onnx')"`,
  },
  {
    matches: /\.cbm$/,
    what: 'a CatBoost model',
    command: (path) =>
      `python -c "import catboost; m = catboost.CatBoost(); m.load_model('${path}'); m.save_model('model.onnx', format='onnx')"`,
  },
  {
    matches: /\.gguf$/,
    what: 'a GGUF model of llama.cpp',
    command: () =>
      'pip install "optimum-onnx[onnxruntime]" && optimum-cli export onnx --model YOUR_ORIGINAL_WEIGHTS onnx/',
  },
  {
    matches: /\.(mlmodel|mlpackage\/Manifest\.json)$/,
    what: 'a Core ML model',
    command: (path) =>
      `pip install coremltools onnxmltools && python -c "import coremltools, onnxmltools; onnxmltools.utils.save_model(onnxmltools.convert_coreml(coremltools.utils.load_spec('${path}')), 'model.onnx')"`,
  },
  {
    matches: /\.(params|caffemodel|pdmodel|pdparams|pb)$/,
    what: 'a model of another framework',
    command: () => "Use the framework's own exporter to ONNX: see onnx.ai/supported-tools.",
  },
  {
    matches: /\.safetensors$/,
    what: 'a file of PyTorch weights',
    command: transformers,
  },
];
