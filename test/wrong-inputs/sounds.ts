import { calls, fileOf, patched, type WrongCall } from './row.ts';

const pass = /Give a WAV file|Pass an address, a File or Blob/;
const unknown = /not sound that is known|not sound that this browser can decode/;
const cut = /cut off|says \d+ bytes|missing|cannot be read/;
const rate = /Pass the samples a second as a whole number|not between 100 and 768000/;
const second = new Float32Array(16_000).fill(0.1);

export const sounds: readonly WrongCall[] = [
  ...calls('audio-classification', [
    ['nothing', undefined, 'audio', pass],
    ['null', null, 'audio', pass],
    ['a number', 16_000, 'audio', pass],
    ['an empty object', {}, 'audio', pass],
    ['bytes', new Uint8Array(100), 'audio', pass],
    ['a Blob without a byte', new Blob([]), 'audio', /no bytes/],
    ['a text', new Blob(['hello, this is no sound at all']), 'audio', unknown],
    ['a web page', new Blob(['<!DOCTYPE html>'], { type: 'audio/wav' }), 'audio', unknown],
    ['the head of an MP3', new Blob([new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0])]), 'audio', /MP3|can decode/],
    ['a WAV cut in its name', fileOf('golden/stereo.wav', 8), 'audio', /not sound that is known|RIFF/],
    ['a WAV cut in its format', fileOf('golden/stereo.wav', 24), 'audio', cut],
    ['a WAV cut before its samples', fileOf('golden/stereo.wav', 36), 'audio', cut],
    ['a WAV cut in its samples', fileOf('golden/stereo.wav', 200), 'audio', cut],
    ['a WAV of no channels', patched('golden/stereo.wav', 22, 0, 0), 'audio', /no channels/],
    ['a WAV of 0 samples a second', patched('golden/stereo.wav', 24, 0, 0, 0, 0), 'audio', /0 samples a second/],
    [
      'a WAV of four billion samples a second',
      patched('golden/stereo.wav', 24, 255, 255, 255, 255),
      'audio',
      /not between 100 and 768000/,
    ],
    ['a WAV of an unknown coding', patched('golden/stereo.wav', 20, 0x55, 0), 'audio', /coding MP3/],
    ['a WAV of 0 bits', patched('golden/stereo.wav', 34, 0, 0), 'audio', /0 bits is not known/],
    ['no samples', new Float32Array(0), 'audio', /it has no samples/],
    ['an empty list', [], 'audio', /it has no samples/],
    ['a sample of NaN', Float32Array.of(0, NaN, 0), 'audio', /Sample 1 of the audio is NaN, which is no number/],
    ['a sample without end', Float32Array.of(0, 0, Infinity), 'audio', /Sample 2 of the audio is Infinity/],
    ['a word among samples', [0, 'loud', 0], 'audio', /Pass|Give/],
    ['a hole among samples', holed(), 'audio', /Sample 1 of the audio/],
    ['samples without their rate', { data: second }, 'audio', rate],
    ['a rate of 0', { data: second, rate: 0 }, 'audio', rate],
    ['a rate below 0', { data: second, rate: -16_000 }, 'audio', rate],
    ['a rate of NaN', { data: second, rate: NaN }, 'audio', rate],
    ['a rate without end', { data: second, rate: Infinity }, 'audio', rate],
    ['a rate in quotes', { data: second, rate: '16000' }, 'audio', rate],
    ['a rate in an object', { data: second, rate: { hz: 16_000 } }, 'audio', rate],
    ['a rate far too high', { data: second, rate: 1e12 }, 'audio', rate],
    ['a rate by another name', { data: second, sampleRate: 16_000 }, 'audio', rate],
    ['data that are a string', { data: 'loud', rate: 16_000 }, 'audio', /Pass a Float32Array of samples/],
    ['data that are missing', { rate: 16_000 }, 'audio', /Pass|Give/],
    ['data that are bytes', { data: new Uint8Array(9), rate: 16_000 }, 'audio', /Pass a Float32Array of samples/],
    ['topK of 0', second, 'topK', /topK is a whole number above 0/, { topK: 0 }],
    ['an option of another task', second, 'timestamps', /no option "timestamps".*topK/, { timestamps: true }],
  ]),
  ...calls('audio-classification--mfcc', [
    [
      'two channels as lists',
      [
        [0, 0],
        [0, 0],
      ],
      'audio',
      /Pass|Give/,
    ],
    ['whole numbers of 32 bits', new Int32Array(16_000), 'audio', /Pass|Give/],
  ]),
  ...calls('audio-classification--vad', [
    ['nothing', undefined, 'audio', pass],
    ['a session by number', second.slice(0, 512), 'sessionId', /sessionId is a string/, { sessionId: 7 }],
    ['a session that is null', second.slice(0, 512), 'sessionId', /sessionId is a string/, { sessionId: null }],
    ['a session in an object', second.slice(0, 512), 'sessionId', /sessionId is a string/, { sessionId: {} }],
    [
      'endSession in words',
      second.slice(0, 512),
      'endSession',
      /endSession is true or false/,
      { sessionId: 'w', endSession: 'no' },
    ],
    ['a sample of NaN in a session', Float32Array.of(NaN), 'audio', /is NaN, which is no number/, { sessionId: 'w' }],
  ]),
  ...calls('automatic-speech-recognition', [
    ['a text', new Blob(['text']), 'audio', unknown],
    ['159 samples', second.slice(0, 159), 'audio', /159 samples at 16000 Hz are less than 10 ms/],
    ['timestamps in words', second, 'timestamps', /timestamps is true or false/, { timestamps: 'word' }],
    ['timestamps of null', second, 'timestamps', /timestamps is true or false/, { timestamps: null }],
    [
      'an option by another name',
      second,
      'returnTimestamps',
      /no option "returnTimestamps".*timestamps/,
      { returnTimestamps: true },
    ],
  ]),
  ...calls('automatic-speech-recognition', [
    ['a language', second, 'language', /no option "language".*timestamps/, { language: 'en' }],
  ]),
  ...calls('automatic-speech-recognition--whisper', [
    ['a text', new Blob(['text']), 'audio', unknown],
    ['nothing', undefined, 'audio', pass],
    ['no samples', new Float32Array(0), 'audio', /it has no samples/],
    ['a sample of NaN', Float32Array.of(0, NaN), 'audio', /is NaN, which is no number/],
    ['an unknown language', second, 'language', /knows no language "tlh"; it knows en, de, fr\. /, { language: 'tlh' }],
    ['a language by number', second, 'language', /a code such as 'en', not 49/, { language: 49 }],
    ['a language of no letters', second, 'language', /knows no language ""/, { language: '' }],
    [
      'a task that there is none',
      second,
      'task',
      /'transcribe' or 'translate', not "summarize"/,
      { task: 'summarize' },
    ],
    ['timestamps of words', second, 'timestamps', /timestamps is true or false/, { timestamps: 'word' }],
    ['no tokens at all', second, 'maxTokens', /a whole number from 1 to 40, not 0/, { maxTokens: 0 }],
    ['a temperature below 0', second, 'temperature', /a number from 0 up/, { temperature: -1 }],
    [
      'an option by another name',
      second,
      'returnTimestamps',
      /no option "returnTimestamps".*timestamps, language, task/,
      { returnTimestamps: true },
    ],
    ['an option of texts', second, 'numBeams', /no option "numBeams"/, { numBeams: 4 }],
  ]),
  ...calls('automatic-speech-recognition--whisper-english', [
    ['another language', second, 'language', /hears English only, and no "german"/, { language: 'german' }],
    ['a translation', second, 'task', /hears English only, and has nothing to translate/, { task: 'translate' }],
  ]),
  ...calls('automatic-speech-recognition--log-mel', [
    ['true', true, 'audio', pass],
    ['a WAV cut in its samples', fileOf('golden/stereo.wav', 1000), 'audio', cut],
  ]),
];

/** A list with a hole at 1. */
function holed(): number[] {
  const list = [0];
  list[2] = 0;
  return list;
}
