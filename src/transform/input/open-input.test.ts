import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { Position } from '../record-batch.ts';
import { openInput, start, type OpenInput } from './open-input.ts';

const { signal } = new AbortController();

/** A server of one file, for a test. */
async function serving(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function readAll(input: OpenInput, from: Position = start): Promise<{ records: unknown[]; ends: Position[] }> {
  const records: unknown[] = [];
  const ends: Position[] = [];
  for await (const batch of input.read(1, from, signal)) {
    records.push(...batch.records);
    ends.push(batch.end);
  }
  return { records, ends };
}

const table = 'a\n1\n2\n';

test.each([true, false])(
  'openInput() of an address that was read to its end gives nothing more (length told: %s)',
  async (isTold) => {
    await using server = await serving((request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.setHeader('etag', '"one"');
      if (from >= table.length) {
        response.writeHead(416, { 'content-range': `bytes */${table.length}` }).end();
        return;
      }
      if (isTold) response.setHeader('content-length', table.length - from);
      response.writeHead(from === 0 ? 200 : 206).end(table.slice(from));
    });
    const address = `${server.url}/table.csv`;
    const { records, ends } = await readAll(await openInput(address, {}, signal));
    expect(records).toEqual([{ a: '1' }, { a: '2' }]);
    const again = async (from: Position): Promise<unknown[]> =>
      (await readAll(await openInput(address, {}, signal), from)).records;
    expect(await again(ends[0]!)).toEqual([{ a: '2' }]);
    expect(await again(ends[1]!)).toEqual([]);
  },
);

test('openInput() of an address does not go on with a file that was changed meanwhile', async () => {
  let asked = 0;
  await using server = await serving((_request, response) => {
    asked++;
    response.setHeader('etag', `"${asked}"`).end(asked === 1 ? table : 'a\nx\ny\n');
  });
  const input = await openInput(`${server.url}/table.csv`, {}, signal);
  await expect(
    readAll(input, { records: 1, bytes: 4, state: { columns: ['a'], lineEnd: '\n' } }),
  ).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringContaining('was changed') as unknown,
  });
});

test('openInput() takes an address that is no valid text when it is unescaped', async () => {
  await using server = await serving((_request, response) => response.end(table));
  const input = await openInput(`${server.url}/100%.csv`, {}, signal);
  expect(input.name).toBe('100%.csv');
});

test('openInput() refuses a page in the place of a file', async () => {
  await using server = await serving((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html>\n<title>Not found</title>\n'),
  );
  await expect(openInput(`${server.url}/table.csv`, {}, signal)).rejects.toThrow('is a web page');
});

test('openInput() lets go of what it was not asked to read on', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = await serving((_request, response) => {
    response.on('close', resolve).write(table.padEnd(1e6, '3\n'));
  });
  const stop = new AbortController();
  await openInput(`${server.url}/table.csv`, {}, stop.signal);
  stop.abort();
  await promise;
});
