import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

interface Letter {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/**
 * Asks pages over the server that they come from, where a browser's driver cannot: a page asks for what it is to do, does
 * it, and posts what came of it.
 */
export class Mailbox {
  #next = 0;
  readonly #letters = new Map<string, Letter[]>();
  readonly #readers = new Map<string, ServerResponse>();
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();

  /** Has a page call one of the functions that it shows, and gives what that resolves to. */
  ask(page: string, name: string, args: readonly unknown[]): Promise<unknown> {
    const letter = { id: this.#next++, name, args };
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(letter.id, answer);
    this.#letters.set(page, [...(this.#letters.get(page) ?? []), letter]);
    this.#deliver(page);
    return answer.promise;
  }

  /** Answers requests to `/mail/…`; false for all others. */
  async answer(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const [, first, page = '', id] = pathname.split('/');
    if (first !== 'mail') return false;
    response.setHeader('cache-control', 'no-store');
    if (request.method === 'POST') {
      const { value, error } = JSON.parse(await text(request)) as { value?: unknown; error?: string };
      const waiting = this.#waiting.get(Number(id));
      this.#waiting.delete(Number(id));
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
      response.writeHead(204).end();
    } else {
      this.#readers.set(page, response);
      this.#deliver(page);
    }
    return true;
  }

  #deliver(page: string): void {
    const reader = this.#readers.get(page);
    const letter = reader && this.#letters.get(page)?.shift();
    if (!reader || !letter) return;
    this.#readers.delete(page);
    reader.setHeader('content-type', 'application/json');
    reader.end(JSON.stringify(letter));
  }
}
