/** What bytes look like and what to do about it; undefined where nothing is known of them. */
export function looksLike(start: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(start.subarray(0, 512)).trimStart();
  return kinds.find(({ is }) => is(start, text))?.sentence;
}

const pack = 'Pack it: tar czf model.tar.gz <files>.';

const kinds: { is: (bytes: Uint8Array, text: string) => boolean; sentence: string }[] = [
  {
    is: (_, text) => /^(<!doctype html|<html|<head|<body|<script)/i.test(text),
    sentence:
      'it looks like a web page (HTML). The address is probably wrong, and the server answered with its own page.',
  },
  {
    is: (_, text) => /<Error>\s*<Code>|<Code>[A-Za-z]+<\/Code>/.test(text),
    sentence: "it looks like an object store's error message (XML). Open the address in a browser to read it.",
  },
  {
    is: (_, text) => text.startsWith('<?xml') || text.startsWith('<'),
    sentence:
      'it looks like XML, perhaps a PMML model. Convert the model to ONNX and pack it: tar czf model.tar.gz model.onnx.',
  },
  {
    is: (_, text) => text.startsWith('version https://git-lfs'),
    sentence: 'it is a Git LFS pointer, not the file itself. Run git lfs pull.',
  },
  {
    is: (_, text) => text.startsWith('{') || text.startsWith('['),
    sentence: 'it looks like JSON, perhaps a message of the server.',
  },
  {
    is: (bytes) => starts(bytes, 0x50, 0x4b, 3, 4),
    sentence: `it looks like a zip file, or a PyTorch or Keras model, which are zip files too. A zip can be packed again: unzip it, then tar czf model.tar.gz <files>.`,
  },
  { is: (bytes) => starts(bytes, 0x1f, 0x8b), sentence: 'it was compressed twice. Compress it once.' },
  { is: (bytes) => starts(bytes, 0x42, 0x5a, 0x68), sentence: 'it is compressed with bzip2. Compress it with gzip.' },
  {
    is: (bytes) => starts(bytes, 0xfd, 0x37, 0x7a, 0x58, 0x5a),
    sentence: 'it is compressed with xz. Compress it with gzip.',
  },
  {
    is: (bytes) => starts(bytes, 0x28, 0xb5, 0x2f, 0xfd),
    sentence: 'it is compressed with zstd. Compress it with gzip.',
  },
  {
    is: (bytes) => starts(bytes, 0x89, 0x48, 0x44, 0x46),
    sentence: `it looks like HDF5, perhaps a Keras model. Convert the model to ONNX. ${pack}`,
  },
  {
    is: (bytes) => starts(bytes, 0x80) && bytes[1]! <= 5,
    sentence: `it looks like a Python pickle. Convert the model to ONNX. ${pack}`,
  },
  {
    is: (_, text) => text.startsWith('GGUF'),
    sentence: 'it looks like a GGUF file of llama.cpp. Export the model to ONNX.',
  },
  {
    is: (bytes) =>
      bytes[0] === 8 &&
      bytes[1]! > 0 &&
      bytes[1]! < 20 &&
      (bytes[2] === 0x12 || bytes[2] === 0x3a || bytes[2] === 0x22),
    sentence: 'it looks like a bare ONNX model. Pack it: tar czf model.tar.gz model.onnx.',
  },
];

function starts(bytes: Uint8Array, ...magic: number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
