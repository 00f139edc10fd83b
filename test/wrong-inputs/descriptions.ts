import { archives, type WrongArchive } from './row.ts';

const resample = { step: 'resample', rate: 16_000 };
const scale = (json: object): object => ({
  step: 'standard-scale',
  columns: ['rooms'],
  mean: [0],
  scale: [1],
  ...json,
});
const table = (...preprocess: object[]): { json: Record<string, unknown> } => ({ json: { preprocess } });
const stages = (...list: object[]): { json: Record<string, unknown> } => ({ json: { stages: list } });
const lights = { name: 'lights', from: 'detector/' };
const colors = { name: 'colors', from: 'classifier/', each: 'lights.objects', crop: {} };

/** What `inference.json` can say wrong, and files that do not keep what it says. */
/** A tokenizer without a token of Whisper. */
const otherTokens = JSON.stringify({
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' },
});

export const descriptions: readonly WrongArchive[] = [
  ...archives('text-classification--words', [
    ['no JSON', { files: { 'inference.json': '{ "task": ' } }, 'file-invalid', /"inference.json" is not JSON/],
    ['an empty file', { files: { 'inference.json': '' } }, 'file-invalid', /"inference.json" is not JSON/],
    [
      'YAML',
      { files: { 'inference.json': 'task: text-classification' } },
      'file-invalid',
      /"inference.json" is not JSON/,
    ],
    [
      'a comment in JSON',
      { files: { 'inference.json': '{} // done' } },
      'file-invalid',
      /"inference.json" is not JSON/,
    ],
    [
      'bytes',
      { files: { 'inference.json': new Uint8Array([0xff, 0xfe, 0, 1]) } },
      'file-invalid',
      /"inference.json" is not JSON/,
    ],
    ['a list', { files: { 'inference.json': '[]' } }, 'file-invalid', /is not a JSON object/],
    ['a string', { files: { 'inference.json': '"text-classification"' } }, 'file-invalid', /is not a JSON object/],
    ['null', { files: { 'inference.json': 'null' } }, 'file-invalid', /is not a JSON object/],
    [
      'a thousand lists in each other',
      { files: { 'inference.json': `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}` } },
      'file-invalid',
      /nested more than 100 levels/,
    ],
    [
      'a hundred thousand lists in each other',
      { files: { 'inference.json': `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}` } },
      'file-invalid',
      /nested more than 100 levels|not JSON/,
    ],
    [
      'an unknown task',
      { json: { task: 'sentiment' } },
      'task-unsupported',
      /no task "sentiment". There are text-classification/,
    ],
    [
      'a task in capitals',
      { json: { task: 'Text-Classification' } },
      'task-unsupported',
      /no task "Text-Classification"/,
    ],
    ['a task by number', { json: { task: 3 } }, 'task-unsupported', /no task 3/],
    [
      'tasks in a list',
      { json: { task: ['text-classification'] } },
      'task-unsupported',
      /no task \["text-classification"\]/,
    ],
    ['a task of the prototype', { json: { task: 'constructor' } }, 'task-unsupported', /no task "constructor"/],
    ['another format', { json: { format: 2 } }, 'file-invalid', /2 at format where 1 belongs/],
    ['an unknown field', { json: { label: ['a'] } }, 'file-invalid', /a field label that is not known for the task/],
    ['a megabyte for a field', { json: { ['x'.repeat(1e6)]: 1 } }, 'file-invalid', /not known for the task/],
    ['a field of another task', { json: { columns: [] } }, 'file-invalid', /a field columns that is not known/],
    [
      'a model that is not there',
      { json: { model: 'other.onnx' } },
      'model-missing',
      /no file "other.onnx". Its models are: "model.onnx"/,
    ],
    ['a model outside', { json: { model: '../model.onnx' } }, 'model-missing', /no file "..\/model.onnx"/],
    ['a model by number', { json: { model: 1 } }, 'file-invalid', /1 at model where/],
    ['no models in the list', { json: { model: [] } }, 'file-invalid', /at model/],
    ['a model without its file', { json: { model: [{ dtype: 'fp32' }] } }, 'file-invalid', /no model\[0\]\.file/],
    [
      'an unknown dtype',
      { json: { model: [{ file: 'model.onnx', dtype: 'fp8' }] } },
      'file-invalid',
      /"fp8" at model\[0\]\.dtype/,
    ],
    [
      'external data that are not there',
      { json: { model: [{ file: 'model.onnx', externalData: ['weights.bin'] }] } },
      'file-missing',
      /no "weights.bin"/,
    ],
    [
      'external data outside',
      { json: { model: [{ file: 'model.onnx', externalData: ['../../etc/passwd'] }] } },
      'file-invalid',
      /at model\[0\]\.externalData\[0\]/,
    ],
    ['no model', { files: { 'model.onnx': null } }, 'model-missing', /model/],
    ['an empty model', { files: { 'model.onnx': '' } }, 'model-invalid', /model/],
    [
      'a model that is text',
      { files: { 'model.onnx': 'version https://git-lfs.github.com/spec/v1\n' } },
      'model-invalid',
      /LFS|ONNX/,
    ],
    ['a model that is cut', { cut: { path: 'model.onnx', bytes: 200 } }, 'model-invalid', /model/],
    ['a caller who names no model', { options: { model: 'nope.onnx' } }, 'model-missing', /no file "nope.onnx"/],
    [
      'a caller who names no dtype',
      { options: { dtype: 'fp8' as never } },
      'model-missing',
      /no model of the dtype fp8/,
    ],
    ['a caller who names no task', { options: { task: 'chat' as never } }, 'task-unsupported', /no task "chat"/],
    ['labels that are no list', { json: { labels: 'a, b, c' } }, 'file-invalid', /at labels/],
    ['labels by number', { json: { labels: ['a', 1, 'c'] } }, 'file-invalid', /1 at labels\[1\] where string belongs/],
    [
      'more labels than the model gives',
      { json: { labels: ['a', 'b', 'c', 'd'] } },
      'file-invalid',
      /There are 4 labels, and the model gives 3 numbers \("probabilities"\)/,
    ],
    ['a name that is a number', { json: { name: 5 } }, 'file-invalid', /5 at name where string/],
    [
      'an unknown step',
      { json: { preprocess: [{ step: 'stem' }] } },
      'file-invalid',
      /"stem" at preprocess\[0\]\.step/,
    ],
    ['a step without its name', { json: { preprocess: [{ pattern: 'x' }] } }, 'file-invalid', /preprocess\[0\]\.step/],
    [
      'a step that is a string',
      { json: { preprocess: ['lowercase'] } },
      'file-invalid',
      /"lowercase" at preprocess\[0\]/,
    ],
    ['steps in an object', { json: { preprocess: { step: 'lowercase' } } }, 'file-invalid', /at preprocess/],
    [
      'a step of images',
      { json: { preprocess: [{ step: 'resize', size: { width: 8, height: 8 } }] } },
      'file-invalid',
      /"resize" at preprocess\[0\]\.step/,
    ],
    [
      'a step after the last',
      { json: { preprocess: [{ step: 'words', pattern: '\\w+' }, { step: 'lowercase' }] } },
      'file-invalid',
      /preprocess\[1\] comes after it. Put it last/,
    ],
    [
      'words without a pattern',
      { json: { preprocess: [{ step: 'words' }] } },
      'file-invalid',
      /no preprocess\[0\]\.pattern/,
    ],
    [
      'a pattern that is not closed',
      { json: { preprocess: [{ step: 'words', pattern: '(' }] } },
      'file-invalid',
      /preprocess\[0\]\.pattern.*not a regular expression/,
    ],
    [
      'a pattern that may never come to an end',
      { json: { preprocess: [{ step: 'words', pattern: '(a+)+$' }] } },
      'file-invalid',
      /preprocess\[0\]\.pattern.*repetition within a repetition/,
    ],
    [
      'a megabyte of pattern',
      { json: { preprocess: [{ step: 'words', pattern: '('.repeat(1e6) }] } },
      'file-invalid',
      /preprocess\[0\]\.pattern.*not a regular expression/,
    ],
    [
      'unknown flags',
      { json: { preprocess: [{ step: 'words', pattern: 'x', flags: 'q' }] } },
      'file-invalid',
      /preprocess\[0\]\.(flags|pattern).*not a regular expression/,
    ],
    [
      'a replacement of a broken pattern',
      { json: { preprocess: [{ step: 'lowercase' }, { step: 'replace', pattern: '[z-a]', with: '' }] } },
      'file-invalid',
      /preprocess\[1\]\.pattern.*not a regular expression/,
    ],
    [
      'an unknown form of Unicode',
      { json: { preprocess: [{ step: 'unicode-normalize', form: 'NFX' }] } },
      'file-invalid',
      /"NFX" at preprocess\[0\]\.form/,
    ],
    [
      'a tokenizer that is not there',
      { json: { preprocess: [{ step: 'tokenize' }] } },
      'file-missing',
      /no "tokenizer.json"/,
    ],
    [
      'a tokenizer outside',
      { json: { preprocess: [{ step: 'tokenize', tokenizer: '/etc/passwd' }] } },
      'file-invalid',
      /preprocess\[0\]\.tokenizer.*relative path/,
    ],
    [
      'a tokenizer that is none',
      { json: { preprocess: [{ step: 'tokenize', tokenizer: 'golden.json' }] } },
      'file-invalid',
      /"golden.json", which preprocess\[0\]\.tokenizer names, is not a tokenizer/,
    ],
    [
      'a threshold in words',
      { json: { postprocess: [{ step: 'threshold', min: 'half' }] } },
      'file-invalid',
      /"half" at postprocess\[0\]\.min where number/,
    ],
    ['top-k of 0', { json: { postprocess: [{ step: 'top-k', k: 0 }] } }, 'file-invalid', /0 at postprocess\[0\]\.k/],
    [
      'a complement of three numbers',
      { json: { postprocess: [{ step: 'complement' }] } },
      'file-invalid',
      /"complement" under "postprocess".*makes two scores of one number, and the model gives 3/,
    ],
    [
      'a feed of an unknown input',
      { json: { feeds: { ids: 'words' } } },
      'file-invalid',
      /feeds\["ids"\].*no such input; it has "words"/,
    ],
    [
      'a feed of an unknown role',
      { json: { feeds: { words: 'sentences' } } },
      'task-unsupported',
      /"sentences", which a text does not give.*"words"/,
    ],
    ['a feed by number', { json: { feeds: { words: 3 } } }, 'file-invalid', /at feeds\.words/],
    [
      'a constant without data',
      { json: { feeds: { words: { constant: { type: 'string', dims: [1] } } } } },
      'file-invalid',
      /feeds\.words\.constant\.data/,
    ],
    [
      'a constant of too few values',
      { json: { feeds: { words: { constant: { type: 'string', dims: [1, 3], data: ['a'] } } } } },
      'file-invalid',
      /feeds\["words"\].*ask for 3 values, and data has 1/,
    ],
    [
      'a constant of numbers for strings',
      { json: { feeds: { words: { constant: { type: 'string', dims: [1, 1], data: [1] } } } } },
      'file-invalid',
      /feeds\["words"\].*not all strings/,
    ],
    [
      'a constant of another type',
      { json: { feeds: { words: { constant: { type: 'float32', dims: [1, 1], data: [1] } } } } },
      'file-invalid',
      /feeds\["words"\].*string/,
    ],
    [
      'results that name no output',
      { json: { results: { logits: 'scores' } } },
      'file-invalid',
      /results\.logits.*no output "scores"; it has "probabilities"/,
    ],
    ['results in a list', { json: { results: ['probabilities'] } }, 'file-invalid', /at results/],
    ['golden samples outside', { json: { golden: '../golden.json' } }, 'file-invalid', /golden.*relative path/],
    [
      'a digest that is none',
      { json: { files: { 'model.onnx': { size: 1, chunks: ['abc'] } } } },
      'file-invalid',
      /files\["model.onnx"\]\.chunks\[0\]/,
    ],
  ]),
  ...archives('text-classification', [
    [
      'a tokenizer that is cut',
      { cut: { path: 'tokenizer.json', bytes: 100 } },
      'file-invalid',
      /"tokenizer.json" is not JSON/,
    ],
    [
      'a tokenizer without a model',
      { files: { 'tokenizer.json': '{}' } },
      'file-invalid',
      /"tokenizer.json".*is not a tokenizer that is known/,
    ],
    ['no tokenizer', { files: { 'tokenizer.json': null } }, 'file-missing', /no "tokenizer.json"/],
    ['a config that is no JSON', { files: { 'config.json': '<html>' } }, 'file-invalid', /"config.json" is not JSON/],
    [
      'maxTokens of 0',
      { json: { preprocess: [{ step: 'tokenize', maxTokens: 0 }] } },
      'file-invalid',
      /0 at preprocess\[0\]\.maxTokens/,
    ],
    [
      'maxTokens of half',
      { json: { preprocess: [{ step: 'tokenize', maxTokens: 1.5 }] } },
      'file-invalid',
      /1\.5 at preprocess\[0\]\.maxTokens/,
    ],
    [
      'padTo beyond all memory',
      { json: { preprocess: [{ step: 'tokenize', padTo: 9e15 }] } },
      'file-invalid',
      /at preprocess\[0\]\.padTo/,
    ],
    [
      'two steps that tokenize',
      { json: { preprocess: [{ step: 'tokenize' }, { step: 'tokenize' }] } },
      'file-invalid',
      /preprocess\[1\] comes after it/,
    ],
  ]),
  ...archives('token-classification', [
    [
      'an unknown strategy',
      { json: { postprocess: [{ step: 'aggregate', strategy: 'best' }] } },
      'file-invalid',
      /"best" at postprocess\[0\]\.strategy/,
    ],
    [
      'no step that tokenizes',
      { json: { preprocess: [{ step: 'lowercase' }] } },
      'task-unsupported',
      /add a step "tokenize" to preprocess/,
    ],
  ]),
  ...archives('zero-shot-classification', [
    [
      'no label of entailment',
      { json: { labels: ['yes', 'no', 'maybe'] } },
      'task-unsupported',
      /begins with "entail"/,
    ],
  ]),
  ...archives('feature-extraction', [
    [
      'an unknown pooling',
      { json: { postprocess: [{ step: 'pool', by: 'max' }] } },
      'file-invalid',
      /"max" at postprocess\[0\]\.by/,
    ],
    [
      'a step of scores',
      { json: { postprocess: [{ step: 'softmax' }] } },
      'file-invalid',
      /"softmax" at postprocess\[0\]\.step/,
    ],
  ]),
  ...archives('image-classification--bare', [
    [
      'a step on pixels after one on numbers',
      {
        json: {
          preprocess: [
            { step: 'rescale', factor: 1 },
            { step: 'resize', size: { width: 8, height: 8 } },
          ],
        },
      },
      'file-invalid',
      /preprocess\[1\]\.step "resize" works on pixels/,
    ],
    [
      'a mean of two numbers',
      { json: { preprocess: [{ step: 'normalize', mean: [0, 0], std: [1] }] } },
      'file-invalid',
      /preprocess\[0\]\.mean holds 2 numbers, and the image has 3 channels/,
    ],
    [
      'a std of 0',
      { json: { preprocess: [{ step: 'normalize', mean: [0], std: [0] }] } },
      'file-invalid',
      /preprocess\[0\]\.std holds a 0/,
    ],
    [
      'a size without height',
      { json: { preprocess: [{ step: 'resize', size: { width: 8 } }] } },
      'file-invalid',
      /preprocess\[0\]\.size/,
    ],
    [
      'a size of 0',
      { json: { preprocess: [{ step: 'resize', size: { width: 0, height: 8 } }] } },
      'file-invalid',
      /0 at preprocess\[0\]\.size\.width/,
    ],
    [
      'a size beyond all memory',
      { json: { preprocess: [{ step: 'resize', size: { width: 1e9, height: 1e9 } }] } },
      'file-invalid',
      /1000000000 at preprocess\[0\]\.size/,
    ],
    [
      'an unknown filter',
      { json: { preprocess: [{ step: 'resize', size: { width: 8, height: 8 }, filter: 'cubic' }] } },
      'file-invalid',
      /"cubic" at preprocess\[0\]\.filter/,
    ],
    [
      'another size than the model takes',
      { json: { preprocess: [{ step: 'resize', size: { width: 7, height: 9 } }] } },
      'task-unsupported',
      /give an image of 7 × 9, and the model takes/,
    ],
    [
      'one grey channel for three',
      { json: { preprocess: [{ step: 'grayscale' }] } },
      'file-invalid',
      /preprocess\[0\].*"grayscale" leaves one channel/,
    ],
    [
      'more labels than the model gives',
      { json: { labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } },
      'file-invalid',
      /There are 7 labels, and the model gives 6 numbers/,
    ],
    ['a model of texts', { files: { 'model.onnx': null } }, 'model-missing', /model/],
  ]),
  ...archives('image-segmentation', [
    [
      'a step of detectors',
      { json: { postprocess: [{ step: 'detr' }] } },
      'file-invalid',
      /"detr" at postprocess\[0\]\.step/,
    ],
    [
      'a share above 1',
      { json: { postprocess: [{ step: 'foreground', min: 2 }] } },
      'file-invalid',
      /2 at postprocess\[0\]\.min/,
    ],
  ]),
  ...archives('object-detection--anchors', [
    ['anchors that are not there', { files: { 'anchors.json': null } }, 'file-missing', /no "anchors.json"/],
    ['anchors that are none', { files: { 'anchors.json': '{ "anchors": 5 }' } }, 'file-invalid', /"anchors.json"/],
    [
      'anchors of three numbers',
      { files: { 'anchors.json': '{ "anchors": [[1, 2, 3]] }' } },
      'file-invalid',
      /"anchors.json"/,
    ],
    [
      'one variance',
      { json: { postprocess: [{ step: 'anchors', file: 'anchors.json', variances: [0.1] }] } },
      'file-invalid',
      /at postprocess\[0\]\.variances/,
    ],
    [
      'two heads',
      { json: { postprocess: [{ step: 'anchors', file: 'anchors.json' }, { step: 'yolo' }] } },
      'file-invalid',
      /postprocess\[1\]/,
    ],
    [
      'an overlap above 1',
      { json: { postprocess: [{ step: 'nms', iou: 1.5 }] } },
      'file-invalid',
      /1\.5 at postprocess\[0\]\.iou/,
    ],
    [
      'anchors outside',
      { json: { postprocess: [{ step: 'anchors', file: 'a/../../b.json' }] } },
      'file-invalid',
      /postprocess\[0\]\.file.*relative path/,
    ],
  ]),
  ...archives('image-to-image--grey', [
    [
      'two channels of the answer',
      { json: { postprocess: [{ step: 'denormalize', mean: [1, 2], std: [1] }] } },
      'file-invalid',
      /postprocess\[0\]\.mean/,
    ],
  ]),
  ...archives('audio-classification--mfcc', [
    [
      'no resample',
      { json: { preprocess: [{ step: 'normalize' }] } },
      'file-invalid',
      /preprocess\[0\].*is not "resample"/,
    ],
    ['no steps at all', { json: { preprocess: [] } }, 'file-invalid', /preprocess\[0\].*is not "resample"/],
    ['two rates', { json: { preprocess: [resample, resample] } }, 'file-invalid', /preprocess\[1\].*second "resample"/],
    [
      'a rate of 0',
      { json: { preprocess: [{ step: 'resample', rate: 0 }] } },
      'file-invalid',
      /0 at preprocess\[0\]\.rate/,
    ],
    [
      'a rate too high',
      { json: { preprocess: [{ step: 'resample', rate: 1e9 }] } },
      'file-invalid',
      /preprocess\[0\].*1000000000 samples a second/,
    ],
    [
      'samples beyond all memory',
      { json: { preprocess: [resample, { step: 'pad-or-trim', samples: 9e15 }] } },
      'file-invalid',
      /preprocess\[1\].*samples/,
    ],
    [
      'a step after the spectrum',
      { json: { preprocess: [resample, { step: 'mfcc' }, { step: 'normalize' }] } },
      'file-invalid',
      /preprocess\[2\].*after "mfcc"/,
    ],
    [
      'a window longer than its transform',
      { json: { preprocess: [resample, { step: 'mfcc', fftLength: 400, windowLength: 512 }] } },
      'file-invalid',
      /preprocess\[1\].*windowLength of 512/,
    ],
    [
      'a transform beyond all memory',
      { json: { preprocess: [resample, { step: 'log-mel', fftLength: 1e9 }] } },
      'file-invalid',
      /preprocess\[1\].*fftLength/,
    ],
    [
      'a step of 0 samples',
      { json: { preprocess: [resample, { step: 'log-mel', hopLength: 0 }] } },
      'file-invalid',
      /0 at preprocess\[1\]\.hopLength/,
    ],
    [
      'frequencies the wrong way round',
      { json: { preprocess: [resample, { step: 'mfcc', minFrequency: 4000, maxFrequency: 100 }] } },
      'file-invalid',
      /preprocess\[1\].*from 4000 to 100 Hz/,
    ],
    [
      'more coefficients than bins',
      { json: { preprocess: [resample, { step: 'mfcc', coefficients: 41, bins: 40 }] } },
      'file-invalid',
      /preprocess\[1\].*41 coefficients/,
    ],
  ]),
  ...archives('audio-classification--vad', [
    [
      'a state of an unknown output',
      { json: { feeds: { state: { state: 'state2', dims: [2, 1, 16] } } } },
      'file-invalid',
      /feeds\["state"\].*no output "state2"; it has "output", "stateN"/,
    ],
    [
      'a state whose dims do not fit',
      { json: { feeds: { state: { state: 'stateN', dims: [2, 1, 17] }, sr: sampleRate() } } },
      'file-invalid',
      /feeds\["state"\].*\[2, 1, 17\].*\[2, 1, 16\]/,
    ],
    [
      'a state beyond all memory',
      { json: { feeds: { state: { state: 'stateN', dims: [9e9, 9e9, 16] }, sr: sampleRate() } } },
      'file-invalid',
      /feeds\["state"\]/,
    ],
    [
      'a constant of too many dims',
      {
        json: {
          feeds: {
            state: { constant: { type: 'float32', dims: [1, 1, 1], data: [0] } },
            sr: sampleRate(),
          },
        },
      },
      'file-invalid',
      /feeds\["state"\].*dims are \[1, 1, 1\], and the model takes \[2, 1, 16\]/,
    ],
    [
      'a whole constant that is none',
      {
        json: {
          feeds: {
            state: { state: 'stateN', dims: [2, 1, 16] },
            sr: { constant: { type: 'int64', dims: [], data: [0.5] } },
          },
        },
      },
      'file-invalid',
      /feeds\["sr"\].*0\.5/,
    ],
    [
      'a state that no feed is',
      { json: { feeds: {} } },
      'task-unsupported',
      /wants an input "input", which sound does not give/,
    ],
  ]),
  ...archives('automatic-speech-recognition--whisper', [
    ['no encoder', { files: { 'onnx/encoder_model.onnx': null } }, 'file-missing', /no "onnx\/encoder_model.onnx"/],
    ['no tokenizer', { files: { 'tokenizer.json': null } }, 'file-missing', /no "tokenizer.json"/],
    ['no features', { files: { 'preprocessor_config.json': null } }, 'file-missing', /no "preprocessor_config.json"/],
    [
      'a decoder where its encoder belongs',
      { json: { encoder: 'onnx/decoder_model_merged.onnx' } },
      'task-unsupported',
      /The encoder takes "input_ids".*"input_features" \[1, 80, frames\]/,
    ],
    [
      'an encoder where its decoder belongs',
      { json: { model: 'onnx/encoder_model.onnx', encoder: 'onnx/encoder_model.onnx' } },
      'task-unsupported',
      /its input "input_features"/,
    ],
    [
      'more bins than it hears',
      {
        json: {
          preprocess: [
            { step: 'resample', rate: 16_000 },
            { step: 'pad-or-trim', samples: 16_000 },
            { step: 'log-mel', bins: 128 },
          ],
        },
      },
      'file-invalid',
      /takes 80 bins, and "log-mel" makes 128/,
    ],
    [
      'windows of no length',
      { json: { preprocess: [{ step: 'resample', rate: 16_000 }, { step: 'log-mel' }] } },
      'file-invalid',
      /no step "pad-or-trim" says/,
    ],
    [
      'no spectrogram',
      {
        json: {
          preprocess: [
            { step: 'resample', rate: 16_000 },
            { step: 'pad-or-trim', samples: 16_000 },
          ],
        },
      },
      'file-invalid',
      /no step "log-mel" makes/,
    ],
    [
      'another kind of model',
      {
        files: {
          'config.json': '{ "architectures": ["MoonshineForConditionalGeneration"], "is_encoder_decoder": true }',
        },
      },
      'task-unsupported',
      /"MoonshineForConditionalGeneration" writes its text token by token, and of such models Whisper is known/,
    ],
    [
      'tokens of another model',
      { files: { 'generation_config.json': '{}', 'tokenizer.json': otherTokens } },
      'file-invalid',
      /says which tokens a text begins and ends with/,
    ],
    [
      'a tokenizer that is none',
      { files: { 'tokenizer.json': '{ "model": {} }' } },
      'file-invalid',
      /"tokenizer.json" is not a tokenizer that is known/,
    ],
  ]),
  ...archives('automatic-speech-recognition--log-mel', [
    ['tokens that are not there', { files: { 'tokenizer.json': null } }, 'file-missing', /no "tokenizer.json"/],
    [
      'a blank below 0',
      { json: { postprocess: [{ step: 'ctc', blank: -1 }] } },
      'file-invalid',
      /-1 at postprocess\[0\]\.blank/,
    ],
    [
      'ids that are none',
      { files: { 'tokenizer.json': '{ "a": "first" }' } },
      'file-invalid',
      /"tokenizer.json".*id of the token "a"/,
    ],
    [
      'tokens without a blank',
      { files: { 'tokenizer.json': '{ "a": 0 }' } },
      'file-invalid',
      /no token "<pad>" or "\[PAD\]"/,
    ],
  ]),
  ...archives('tabular-regression', [
    ['no columns', { json: { columns: undefined, preprocess: [] } }, 'task-unsupported', /Nothing says which columns/],
    ['an empty list of columns', { json: { columns: [] } }, 'file-invalid', /at columns/],
    [
      'an unknown type of column',
      { json: { columns: [{ name: 'a', type: 'date' }] } },
      'file-invalid',
      /"date" at columns\[0\]\.type/,
    ],
    ['a column without a name', { json: { columns: [{ type: 'number' }] } }, 'file-invalid', /no columns\[0\]\.name/],
    [
      'two columns of one name',
      {
        json: {
          columns: [
            { name: 'a', type: 'number' },
            { name: 'a', type: 'number' },
          ],
          preprocess: [],
        },
      },
      'file-invalid',
      /Two columns are named "a": the second is columns\[1\]/,
    ],
    [
      'a step of an unknown column',
      table(scale({ columns: ['garden'] })),
      'file-invalid',
      /preprocess\[0\]\.columns\[0\].*"garden"/,
    ],
    ['means that do not agree', table(scale({ mean: [0, 1] })), 'file-invalid', /preprocess\[0\]\.mean.*2.*1/],
    ['a scale of 0', table(scale({ scale: [0] })), 'file-invalid', /preprocess\[0\]\.scale.*0/],
    ['a scale of a category', table(scale({ columns: ['heating'] })), 'file-invalid', /preprocess\[0\].*"heating"/],
    [
      'categories that do not agree',
      table({ step: 'one-hot', columns: ['heating'], categories: [] }),
      'file-invalid',
      /preprocess\[0\]\.categories/,
    ],
    [
      'a category dropped that is not there',
      table({ step: 'one-hot', columns: ['heating'], categories: [['gas']], drop: [5] }),
      'file-invalid',
      /preprocess\[0\]\.drop\[0\].*5/,
    ],
    [
      'edges that go down',
      table({ step: 'bin', columns: ['rooms'], edges: [[3, 2, 1]] }),
      'file-invalid',
      /preprocess\[0\]\.edges/,
    ],
    [
      'a clip the wrong way round',
      table({ step: 'clip', columns: ['rooms'], min: 5, max: 1 }),
      'file-invalid',
      /preprocess\[0\]/,
    ],
    [
      'features that are too few',
      table({ step: 'select', columns: ['rooms'] }),
      'task-unsupported',
      /takes 7 numbers, and the columns and steps of inference.json make 1/,
    ],
    [
      'a category that stays one',
      {
        json: {
          preprocess: [],
          columns: [1, 2, 3, 4, 5, 6]
            .map((n) => ({ name: `n${n}`, type: 'number' }))
            .concat({ name: 'c', type: 'category' }),
        },
      },
      'task-unsupported',
      /"c" is a category.*Add the step "one-hot"/,
    ],
    [
      'targets that do not agree',
      { json: { targets: ['rent', 'price', 'tax'] } },
      'file-invalid',
      /has 2 numbers, and there are 3 targets/,
    ],
    [
      'an inverse of three numbers',
      { json: { postprocess: [{ step: 'inverse-scale', mean: [1, 2, 3], scale: [1, 2, 3] }] } },
      'file-invalid',
      /postprocess\[0\]\.mean.*3.*2/,
    ],
    [
      'a number that JSON rounds to none',
      {
        files: {
          'inference.json':
            '{ "task": "tabular-regression", "columns": [{ "name": "a", "type": "number" }], "preprocess": [{ "step": "clip", "columns": ["a"], "min": 0, "max": 1e999 }] }',
        },
      },
      'file-invalid',
      /at preprocess\[0\]\.max/,
    ],
  ]),
  ...archives('tabular-classification--embeddings', [
    [
      'a group of an unknown feature',
      { json: { groups: { x_cat: ['colour', 'taste'], numbers: ['weight', 'width'] } } },
      'file-invalid',
      /groups\.x_cat\[1\].*"taste", which no step gives/,
    ],
    ['an empty group', { json: { groups: { x_cat: [] } } }, 'file-invalid', /at groups\.x_cat/],
    [
      'a feed of no group',
      { json: { feeds: { x_cont: 'amounts' } } },
      'task-unsupported',
      /"amounts", which the table does not give/,
    ],
  ]),
  ...archives('pipeline', [
    ['no stages', { json: { stages: undefined } }, 'file-invalid', /no stages, and needs one/],
    ['an empty list of stages', stages(), 'file-invalid', /at stages/],
    ['a stage without a name', stages({ from: 'detector/' }), 'file-invalid', /no stages\[0\]\.name/],
    ['a name that begins with a digit', stages({ ...lights, name: '1st' }), 'file-invalid', /at stages\[0\]\.name/],
    [
      'a name that is taken by the input',
      stages({ ...lights, name: 'input' }),
      'file-invalid',
      /stages\[0\]\.name.*"input" is taken/,
    ],
    [
      'a name that an option has',
      stages({ ...lights, name: 'signal' }),
      'file-invalid',
      /stages\[0\]\.name.*"signal" is taken/,
    ],
    [
      'a name twice',
      stages(lights, { ...colors, name: 'lights' }),
      'file-invalid',
      /stages\[1\]\.name.*"lights" is taken/,
    ],
    ['a folder that is not there', stages({ ...lights, from: 'detective/' }), 'file-missing', /detective/],
    [
      'a folder outside',
      stages({ ...lights, from: '../detector/' }),
      'file-missing',
      /"..\/detector\/" at stages\[0\]\.from, and the archive has no such folder/,
    ],
    [
      'a list of a later stage',
      stages({ ...colors }, lights),
      'file-invalid',
      /stages\[0\]\.each.*"lights.objects" begins with none of input/,
    ],
    [
      'a path that begins with no stage',
      stages(lights, { ...colors, crop: undefined, input: 'boxes.0' }),
      'file-invalid',
      /stages\[1\]\.input.*"boxes.0" begins with none of input, lights, item/,
    ],
    [
      'a crop without a list',
      stages(lights, { ...colors, each: undefined }),
      'file-invalid',
      /stages\[1\]\.crop.*only the items of a list/,
    ],
    [
      'a margin below 0',
      stages(lights, { ...colors, crop: { margin: -1 } }),
      'file-invalid',
      /-1 at stages\[1\]\.crop\.margin/,
    ],
    ['a limit of 0', stages(lights, { ...colors, limit: 0 }), 'file-invalid', /0 at stages\[1\]\.limit/],
    ['an unknown field of a stage', stages({ ...lights, model: 'x' }), 'file-invalid', /stages\[0\]\.model/],
    ['a stage without its model', { files: { 'detector/model.onnx': null } }, 'model-missing', /model/],
    [
      'a stage whose file is broken',
      { files: { 'detector/inference.json': '{' } },
      'file-invalid',
      /"inference.json" is not JSON/,
    ],
  ]),
];

function sampleRate(): object {
  return { constant: { type: 'int64', dims: [], data: [16_000] } };
}
