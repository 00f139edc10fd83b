import { InputError } from '../../errors.ts';
import type { InputFormat } from '../options.ts';

/**
 * What a file is written in: by its name, else its type, else its first bytes.
 *
 * @param head its first bytes, some thousand
 * @throws {InputError} where nothing tells
 */
export function sniffFormat(name: string, type: string, head: Uint8Array): InputFormat {
  const packed = packedAs(head);
  if (packed) {
    throw new InputError('input', `Cannot read ${JSON.stringify(name)}: it is packed as ${packed}. Unpack it first.`);
  }
  if (startsWith(head, 'PAR1')) return 'parquet';
  if (isPicture(head)) return 'images';
  const text = new TextDecoder()
    .decode(head)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^<(!doctype html|html)\b/i.test(text)) {
    const page = `Cannot read ${JSON.stringify(name)}: it is a web page, as servers send where there is no such file. Check its address.`;
    throw new InputError('input', page);
  }
  const ending = /\.([^./?#]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const known = byEnding[ending] ?? byType[type.split(';')[0]!.trim().toLowerCase()];
  // Many a file of JSON Lines is called .json.
  if (known === 'json') return text.startsWith('{') ? 'jsonl' : 'json';
  if (known) return known;
  if (text.startsWith('[')) return 'json';
  if (/^[{"]/.test(text)) return 'jsonl';
  const commas = text.split(/\r\n|\n|\r/, 3).map((line) => line.split(',').length);
  if (commas.length === 3 && commas[0]! > 1 && commas[0] === commas[1]) return 'csv';
  throw new InputError(
    'inputFormat',
    `Nothing tells what ${JSON.stringify(name)} is written in. Say it: { inputFormat: 'csv' }, or 'jsonl', 'json', 'parquet', 'text' or 'images'.`,
  );
}

const byEnding: Readonly<Record<string, InputFormat>> = {
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  parquet: 'parquet',
  txt: 'text',
};

const byType: Readonly<Record<string, InputFormat>> = {
  'text/csv': 'csv',
  'application/jsonl': 'jsonl',
  'application/jsonlines': 'jsonl',
  'application/x-ndjson': 'jsonl',
  'application/json': 'json',
  'application/vnd.apache.parquet': 'parquet',
  'text/plain': 'text',
};

function isPicture(head: Uint8Array): boolean {
  if (['\x89PNG', '\xff\xd8\xff', 'GIF8', 'BM'].some((sign) => startsWith(head, sign)) && head.includes(0)) return true;
  return (startsWith(head, 'RIFF') && startsWith(head.subarray(8), 'WEBP')) || startsWith(head.subarray(4), 'ftypavi');
}

function packedAs(head: Uint8Array): string | undefined {
  if (startsWith(head, '\x1f\x8b')) return 'gzip';
  if (startsWith(head, 'PK\x03\x04')) return 'ZIP, as spreadsheets are';
  if (startsWith(head, '\x28\xb5\x2f\xfd')) return 'Zstandard';
  return undefined;
}

function startsWith(bytes: Uint8Array, sign: string): boolean {
  return Array.from(sign, (letter) => letter.charCodeAt(0)).every((code, at) => bytes[at] === code);
}
