import { readFileSync } from 'node:fs';
import { Decoder } from '../../src/generation/decoder.ts';
import { readDecoderLayout } from '../../src/generation/decoder-layout.ts';
import { PrefixCache } from '../../src/generation/prefix-cache.ts';
import { Scheduler, type SequenceReport } from '../../src/generation/scheduler.ts';
import { startWasm } from '../../src/runtime/wasm.ts';
import type { Session } from '../../src/runtime/session.ts';

const dist = new URL('../../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});

/** A session of one of the fixtures, or of any other model. */
export async function openSession(file: string | URL): Promise<Session> {
  const url = typeof file === 'string' ? new URL(`../fixtures/decoders/${file}.onnx`, import.meta.url) : file;
  return (await runtime).createSession({ model: new Blob([readFileSync(url)]), externalData: [] });
}

/** A decoder with a scheduler, and what it was asked to compute. */
export async function openDecoder(
  file: string | URL,
  cacheBytes: number = 2 ** 24,
): Promise<{
  readonly decoder: Decoder;
  readonly prefixes: PrefixCache;
  readonly scheduler: Scheduler;
  /** Tokens of each run so far, by rows. */
  readonly runs: number[][];
}> {
  const session = await openSession(file);
  const layout = readDecoderLayout(session.inputs, session.outputs, { feeds: {}, results: {} });
  const runs: number[][] = [];
  const decoder = new Decoder(
    {
      runKeeping(feeds, signal) {
        const [rows = 0, width = 0] = feeds[layout.inputIds.name]!.dims;
        runs.push(Array.from({ length: rows }, () => width));
        return session.runKeeping(feeds, signal);
      },
    },
    layout,
  );
  const prefixes = new PrefixCache(decoder.slots, cacheBytes);
  return { decoder, prefixes, scheduler: new Scheduler(decoder, prefixes), runs };
}

/** Writes greedily: `count` tokens. */
export async function writeGreedily(
  scheduler: Scheduler,
  prompt: readonly number[],
  count: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<SequenceReport & { readonly tokens: readonly number[] }> {
  const tokens = [...prompt];
  const chosen: number[] = [];
  const report = await scheduler.write({
    tokens,
    signal,
    choose(logits) {
      let best = 0;
      for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
      chosen.push(best);
      return chosen.length < count ? best : undefined;
    },
  });
  return { ...report, tokens: chosen };
}
