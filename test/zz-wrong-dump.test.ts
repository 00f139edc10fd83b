import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { nodeMedia } from '../src/cli/node-media.ts';
import { loadModel, type Model } from '../src/model.ts';
import { startRuntime } from '../src/runtime/ort.ts';
import { artifactOf, taskFolder } from './task-fixtures.ts';
import { wrongCalls, wrongArchives } from './wrong-inputs/table.ts';
import { changed } from './wrong-inputs/change.ts';
import { Made } from './wrong-inputs/row.ts';
const dist = new URL('../dist/', import.meta.url);
const runtime = startRuntime({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});
test('dump', async () => {
  const out: string[] = [];
  let bad = 0;
  const models = new Map<string, Model>();
  const show = (e: any) =>
    `${e?.name} ${e?.code} ${String(e?.field).slice(0, 60)} | [${e?.message?.length}] ${String(e?.message).slice(0, 330)}`;
  for (const r of wrongCalls) {
    const artifact = artifactOf(join(taskFolder, r.fixture));
    if (!models.has(r.fixture)) models.set(r.fixture, await loadModel(artifact, runtime, { media: nodeMedia(dist) }));
    const file = async (p: string) =>
      new Uint8Array(await artifact.files.find((f) => f.path === p)!.blob.arrayBuffer());
    const t = performance.now();
    let e: any, p: any;
    try {
      p = await models
        .get(r.fixture)!
        .predict(
          r.input instanceof Made ? await r.input.make(file as never) : r.input,
          r.options,
          new AbortController().signal,
        );
      e = p.error;
    } catch (x) {
      e = x;
      e.message = 'THROWN ' + e.message;
    }
    const ms = performance.now() - t;
    const ok =
      e?.name === 'InputError' &&
      e.field === r.field &&
      r.says.test(e.message) &&
      e.message.length < 600 &&
      ms < 5000 &&
      !/\[object Object\]/.test(e.message) &&
      !/undefined/.test(e.message);
    if (!ok) bad++;
    out.push(
      `${ok ? 'ok ' : 'BAD'} ${r.fixture}: ${r.name}${ms > 1000 ? ` ${ms} ms` : ''} => ${p?.kind === 'answer' ? 'ANSWER ' + JSON.stringify(p.answer)?.slice(0, 100) : show(e)}`,
    );
  }
  for (const r of wrongArchives) {
    const t = performance.now();
    let e: any;
    try {
      const m = await loadModel(
        changed(artifactOf(join(taskFolder, r.fixture)), r.change, await descriptionOf(r.fixture)),
        runtime,
        { media: nodeMedia(dist), ...r.change.options },
      );
      await m.dispose();
    } catch (x) {
      e = x;
    }
    const ms = performance.now() - t;
    const ok =
      e &&
      e.code === r.code &&
      r.says.test(e.message) &&
      e.message.length < 600 &&
      ms < 5000 &&
      !/\[object Object\]/.test(e.message) &&
      !/undefined/.test(e.message);
    if (!ok) bad++;
    out.push(
      `${ok ? 'ok ' : 'BAD'} ARCHIVE ${r.fixture}: ${r.name}${ms > 1000 ? ` ${ms} ms` : ''} => ${e ? show(e) : 'LOADED'}`,
    );
  }
  writeFileSync('/tmp/work/wrong-dump.txt', out.join('\n'));
  console.log(wrongCalls.length, wrongArchives.length, bad);
}, 300000);
async function descriptionOf(f: string) {
  try {
    return JSON.parse(readFileSync(join(taskFolder, f, 'inference.json'), 'utf8'));
  } catch {
    return {};
  }
}
