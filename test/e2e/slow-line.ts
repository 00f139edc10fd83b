import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

export interface SlowLineOptions {
  /** What all connections together bring to the browser. */
  readonly bytesPerSecond: number;
  /** Spent half on the way there, half on the way back, and once more by a connection that is made. */
  readonly roundTripMs: number;
}

/** A line in front of a server. Disposing ends its connections. */
export interface SlowLine extends AsyncDisposable {
  /** Its origin: no slash at its end. */
  readonly url: string;
  /** What has come over it to the browser so far, headers included. */
  readonly bytes: number;
}

/**
 * Puts a slow line in front of a server on this machine, for whatever the browser asks of it, workers included: what
 * Chromium itself throttles leaves some of them out.
 */
export async function slowLine(target: string, { bytesPerSecond, roundTripMs }: SlowLineOptions): Promise<SlowLine> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let bytes = 0;
  /** When the line will have carried all that it has taken. */
  let freeAt = 0;
  /** Gives back when the line will have brought a piece to its other end. */
  const take = (piece: Buffer): number => {
    bytes += piece.length;
    freeAt = Math.max(freeAt, performance.now()) + (piece.length / bytesPerSecond) * 1000;
    return freeAt + roundTripMs / 2;
  };
  const server = createServer((browser) => {
    const origin = connect({ host: hostname, port: Number(port) });
    for (const socket of [browser, origin]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        browser.destroy();
        origin.destroy();
      });
    }
    const madeAt = performance.now() + roundTripMs;
    const toOrigin = inOrder((piece) => origin.write(piece));
    browser.on('data', (piece) => toOrigin.put(piece, Math.max(madeAt, performance.now()) + roundTripMs / 2));
    // Small pieces, taken as the line gets free: connections share it, and none runs far ahead.
    const toBrowser = inOrder((piece) => browser.write(piece));
    origin.on('end', () => void toBrowser.done().then(() => browser.end()));
    void (async () => {
      for await (const data of origin as AsyncIterable<Buffer>) {
        for (let start = 0; start < data.length; start += pieceBytes) {
          const piece = data.subarray(start, start + pieceBytes);
          toBrowser.put(piece, take(piece));
          if (freeAt - performance.now() > 2 * queueMs) await after(freeAt - performance.now() - queueMs);
        }
      }
    })().catch(() => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get bytes() {
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close').catch(() => undefined);
    },
  };
}

const pieceBytes = 4096;

/** What waits at the line, so that it is never idle while there is something to bring. */
const queueMs = 10;

/** Hands on each piece when it is due, and none before those that came before it. */
function inOrder(handOn: (piece: Buffer) => void): {
  put(piece: Buffer, dueAt: number): void;
  done(): Promise<void>;
} {
  let last: Promise<void> = Promise.resolve();
  return {
    put(piece, dueAt) {
      const before = last;
      last = (async () => {
        await before;
        const ms = dueAt - performance.now();
        if (ms > 0) await after(ms);
        handOn(piece);
      })();
    },
    done: () => last,
  };
}
