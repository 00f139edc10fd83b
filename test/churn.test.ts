import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { ManifestError } from '../src/errors.ts';
import { loadModel } from '../src/model.ts';
import { startWasm } from '../src/runtime/wasm.ts';
import type { Classification } from '../src/tasks/classify.ts';
import heldOut from './fixtures/table/churn-held-out.json' with { type: 'json' };
import { artifactOf, taskFolder } from './task-fixtures.ts';

const dist = new URL('../dist/', import.meta.url);
const wasmBinary = readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist));
const runtime = startWasm({ assets: dist.href, threads: 1, wasmBinary });

const table = fileURLToPath(new URL('../../shared/data/tabular/churn-large.csv', import.meta.url));
const isThere = existsSync(table);
if (!isThere) console.log('churn-large.csv is not in ../shared: the test of the held-out rows is skipped.');

describe.runIf(isThere)('the churn model', () => {
  test.each(Object.entries(heldOut.left))(
    "%s gives scikit-learn's probabilities for the rows that it never saw, gaps and strangers included",
    async (name, answers) => {
      const model = await loadModel(artifactOf(join(taskFolder, name)), runtime, { media: nodeMedia(dist) });
      const rows = readRows();
      expect(rows).toHaveLength(answers.length);
      let furthest = 0;
      for (const [i, row] of rows.entries()) {
        const prediction = await model.predict(row, {}, new AbortController().signal);
        if (prediction.kind === 'failure') throw prediction.error;
        const { labels } = prediction.answer as Classification;
        const left = labels.find(({ label }) => label === 'left')!;
        furthest = Math.max(furthest, Math.abs(left.score - answers[i]!));
      }
      expect(furthest).toBeLessThanOrEqual(1e-5);
    },
  );
});

test('a classifier as skl2onnx exports it unasked is refused with the option that mends it', async () => {
  const blob = new Blob([readFileSync(new URL('fixtures/table/zipmap.onnx', import.meta.url))]);
  const described = new Blob(['{"task":"tabular-classification","columns":[{"name":"x","type":"number"}]}']);
  const files = [
    { path: 'model.onnx', size: blob.size, blob },
    { path: 'inference.json', size: described.size, blob: described },
  ];
  const loading = loadModel({ name: 'zipmap', files, downloadedBytes: 0 }, runtime, { media: nodeMedia(dist) });
  await expect(loading).rejects.toThrow(ManifestError);
  await expect(loading).rejects.toThrow(/options=\{'zipmap': False\}/);
});

/** The held-out rows, with the gaps and the unknown states that `training/churn/data.py` makes by the same rules. */
function readRows(): Record<string, string | null>[] {
  const [header, ...lines] = readFileSync(table, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','));
  return lines.flatMap((line, index) => {
    if (index % 5 !== 0) return [];
    const values = columns.map((name, place): [string, string | null] => {
      if ((7 * index + 3 * place) % 17 === 0) return [name, null];
      return [name, name === 'State' && index % 35 === 0 ? 'ZZ' : line[header!.indexOf(name)]!];
    });
    return [Object.fromEntries(values)];
  });
}

const columns = [
  'State',
  'Account Length',
  'Area Code',
  "Int'l Plan",
  'VMail Plan',
  'VMail Message',
  'Day Mins',
  'Day Calls',
  'Eve Mins',
  'Eve Calls',
  'Night Mins',
  'Night Calls',
  'Intl Mins',
  'Intl Calls',
  'CustServ Calls',
];
