import { deflateRawSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { serveSecondThread, startSecondThread } from './second-thread.ts';

type Listener = (event: { data: unknown }) => void;

/**
 * Both ends in one thread, with a message channel between them: what is sent is cloned or given away, and comes later. The
 * other end's inflater is that of Node.
 */
function joinEnds(): { readonly sent: unknown[] } {
  const channel = new MessageChannel();
  const sent: unknown[] = [];
  class OtherEnd {
    onmessage: Listener | undefined;
    constructor() {
      channel.port1.onmessage = (event) => this.onmessage?.(event);
    }
    postMessage(message: unknown, transfer: Transferable[] = []): void {
      channel.port1.postMessage(message, transfer);
    }
    terminate(): void {
      channel.port1.close();
    }
  }
  vi.stubGlobal('Worker', OtherEnd);
  vi.stubGlobal('location', { href: 'file:///worker.js' });
  vi.stubGlobal('addEventListener', (_: string, listener: Listener) => {
    channel.port2.onmessage = listener;
  });
  vi.stubGlobal('postMessage', (message: unknown, options: { transfer: Transferable[] }) => {
    sent.push(message);
    channel.port2.postMessage(message, options.transfer);
  });
  serveSecondThread();
  return { sent };
}

afterEach(() => void vi.unstubAllGlobals());

async function inflated(deflated: Uint8Array, pieceBytes: number): Promise<Uint8Array> {
  const thread = startSecondThread();
  try {
    const inflater = (await thread.inflater())!;
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < deflated.length; at += pieceBytes) {
      for await (const chunk of inflater.write(deflated.subarray(at, at + pieceBytes))) chunks.push(chunk);
    }
    for await (const chunk of inflater.settle()) {
      // Whoever writes what came takes its time: what comes meanwhile wakes nobody.
      await new Promise((resolve) => setTimeout(resolve, 20));
      chunks.push(chunk);
    }
    await inflater.end();
    return Buffer.concat(chunks);
  } finally {
    thread.end();
  }
}

test.each([
  ['one message', 1000],
  ['as much as fills a message', 256 * 1024],
  ['several messages', 700_000],
])(
  'RemoteInflater.settle() gives all of %s, however slowly it is taken',
  async (_, length) => {
    joinEnds();
    let state = 7;
    const bytes = Uint8Array.from({ length }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff);
    const got = await inflated(deflateRawSync(bytes), 64 * 1024);
    expect(Buffer.compare(got, bytes)).toBe(0);
  },
  20_000,
);

test('RemoteInflater.settle() gives what comes with the end, and that while the last piece was taken', async () => {
  const channel = new MessageChannel();
  const answer = (message: unknown): void => channel.port2.postMessage(message);
  class Late {
    onmessage: Listener | undefined;
    constructor() {
      channel.port1.onmessage = (event) => this.onmessage?.(event);
    }
    postMessage({ kind }: { kind: string }): void {
      if (kind === 'start') answer({ kind: 'up' });
      if (kind === 'deflated') answer({ kind: 'inflated', chunks: [Uint8Array.of(1)], readBytes: 3 });
      if (kind !== 'end') return;
      // All in one turn: its taker hears of the end before it has taken what came before it.
      answer({ kind: 'inflated', chunks: [Uint8Array.of(2)], readBytes: 0 });
      answer({ kind: 'inflated', chunks: [Uint8Array.of(3)], readBytes: 0 });
      answer({ kind: 'ended' });
    }
    terminate(): void {
      channel.port1.close();
    }
  }
  vi.stubGlobal('Worker', Late);
  vi.stubGlobal('location', { href: 'file:///worker.js' });
  expect([...(await inflated(Uint8Array.of(1, 2, 3), 3))]).toEqual([1, 2, 3]);
});
