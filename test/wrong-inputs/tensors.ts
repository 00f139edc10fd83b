import { calls, type WrongCall } from './row.ts';

const samples = new Float32Array(512);
const right = { type: 'float32', data: samples, dims: [1, 512] };

export const tensors: readonly WrongCall[] = [
  ...calls('tensor--stateful', [
    ['nothing', undefined, 'feeds', /object of tensors by name; this model takes "input"/],
    ['null', null, 'feeds', /object of tensors by name/],
    ['a text', 'hello', 'feeds', /object of tensors by name/],
    ['a list of tensors', [right], 'feeds', /object of tensors by name/],
    ['an empty object', {}, 'feeds.input', /"input" is missing; this model takes "input"/],
    ['a tensor without a name', right, 'feeds.input', /"input" is missing/],
    ['a wrong name', { Input: right }, 'feeds.input', /"input" is missing/],
    ['an input too many', { input: right, extra: right }, 'feeds.extra', /no input "extra"; it takes "input"/],
    ['the state itself', { input: right, state: right }, 'feeds.state', /no input "state"/],
    ['a tensor that is null', { input: null }, 'feeds.input', /an object \{ type, data, dims \}/],
    ['bare numbers', { input: samples }, 'feeds.input.type', /type of a tensor is one of float32/],
    ['no type', { input: { ...right, type: undefined } }, 'feeds.input.type', /type of a tensor is one of/],
    [
      'an unknown type',
      { input: { ...right, type: 'float' } },
      'feeds.input.type',
      /one of float32.*not float$|one of float32.*not "?float"?\.$/,
    ],
    ['a type of the prototype', { input: { ...right, type: 'constructor' } }, 'feeds.input.type', /one of float32/],
    [
      'another type',
      { input: { type: 'float64', data: new Float64Array(512), dims: [1, 512] } },
      'feeds.input.type',
      /is float64, and the model takes float32/,
    ],
    [
      'whole numbers',
      { input: { type: 'int64', data: new BigInt64Array(4), dims: [1, 4] } },
      'feeds.input.type',
      /is int64, and the model takes float32/,
    ],
    [
      'strings',
      { input: { type: 'string', data: ['a'], dims: [1, 1] } },
      'feeds.input.type',
      /is string, and the model takes float32/,
    ],
    [
      'data of another type',
      { input: { ...right, data: new Float64Array(512) } },
      'feeds.input.data',
      /a Float32Array/,
    ],
    ['data in a list', { input: { ...right, data: Array.from(samples) } }, 'feeds.input.data', /a Float32Array/],
    ['strings in floats', { input: { ...right, data: ['a'] } }, 'feeds.input.data', /a Float32Array/],
    ['no data', { input: { type: 'float32', dims: [1, 0] } }, 'feeds.input.data', /a Float32Array/],
    ['numbers among strings', { input: { type: 'string', data: [1], dims: [1] } }, 'feeds.input.data', /strings only/],
    ['no dims', { input: { type: 'float32', data: samples } }, 'feeds.input.dims', /whole numbers of 0 or more/],
    ['dims below 0', { input: { ...right, dims: [-1, -512] } }, 'feeds.input.dims', /whole numbers of 0 or more/],
    ['half a dim', { input: { ...right, dims: [0.5, 1024] } }, 'feeds.input.dims', /whole numbers of 0 or more/],
    ['dims in quotes', { input: { ...right, dims: ['1', '512'] } }, 'feeds.input.dims', /whole numbers of 0 or more/],
    ['a dim of NaN', { input: { ...right, dims: [1, NaN] } }, 'feeds.input.dims', /whole numbers of 0 or more/],
    ['dims that are a number', { input: { ...right, dims: 512 } }, 'feeds.input.dims', /whole numbers of 0 or more/],
    [
      'more values than dims say',
      { input: { ...right, dims: [1, 256] } },
      'feeds.input.dims',
      /ask for 256 values, and data holds 512/,
    ],
    ['fewer values than dims say', { input: { ...right, dims: [1, 1024] } }, 'feeds.input.dims', /ask for 1024 values/],
    ['dims beyond all numbers', { input: { ...right, dims: [9e15, 9e15] } }, 'feeds.input.dims', /and data holds 512/],
    [
      'a dim too few',
      { input: { ...right, dims: [512] } },
      'feeds.input.dims',
      /shape \[512\], and the model takes \[1, samples\]/,
    ],
    [
      'a dim too many',
      { input: { ...right, dims: [1, 1, 512] } },
      'feeds.input.dims',
      /and the model takes \[1, samples\]/,
    ],
    [
      'a batch of two',
      { input: { ...right, dims: [2, 256] } },
      'feeds.input.dims',
      /shape \[2, 256\], and the model takes/,
    ],
    [
      'a thousand dims',
      { input: { ...right, dims: [...Array<number>(1000).fill(1), 512] } },
      'feeds.input.dims',
      /and the model takes/,
    ],
    [
      'a megabyte for a name',
      { input: right, ['x'.repeat(1_000_000)]: right },
      `feeds.${'x'.repeat(1_000_000)}`,
      /has no input/,
    ],
    ['a session by number', { input: right }, 'sessionId', /sessionId is a string/, { sessionId: 1 }],
    [
      'endSession by number',
      { input: right },
      'endSession',
      /endSession is true or false/,
      { sessionId: 'w', endSession: 1 },
    ],
    ['an option, though it has none', { input: right }, 'outputs', /no option "outputs"/, { outputs: ['output'] }],
  ]),
  ...calls('pipeline', [
    ['nothing', undefined, 'image', /Give a PNG|Pass an address/],
    ['a text in a Blob', new Blob(['hello']), 'image', /neither PNG nor JPEG|is not an image/],
    ['0 × 0 pixels', { data: new Uint8Array(0), width: 0, height: 0 }, 'image', /no pixels/],
    [
      'an option that is no stage',
      picture(),
      'topK',
      /no stage of this pipeline; its stages are lights, colors/,
      { topK: 1 },
    ],
    ['options that are a number', picture(), 'colors', /an object with the options of that stage/, { colors: 3 }],
    ['options that are null', picture(), 'lights', /an object with the options of that stage/, { lights: null }],
    [
      'a wrong option of a stage',
      picture(),
      'lights.threshold',
      /threshold is a number from 0 to 1/,
      { lights: { threshold: 7 } },
    ],
  ]),
  ...calls('pipeline--rows', [
    ['nothing', undefined, 'area.row.width', /"width" has no value/],
    ['a number', 5, 'area.row.width', /"width" has no value/],
    ['one side', { size: [1], rooms: 3 }, 'area.row.height', /"height" has no value/],
    ['a word for a side', { size: ['wide', 2], rooms: 3 }, 'area.row.width', /"wide".*is not a number/],
    ['no rooms', { size: [1, 2] }, 'price.row.rooms', /"rooms" has no value/],
  ]),
];

function picture(): object {
  return { data: new Uint8Array(64), width: 8, height: 8 };
}
