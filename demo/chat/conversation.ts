import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { chats, type AnswerStream, type Chat, type ChatMessage, type Endpoint, type GenerationEnd } from 'inpoint';
import type { Served } from '../endpoints/served.ts';
import {
  conversations,
  keepEntry,
  type AnswerStats,
  type ConversationEntry,
  type ModelPlace,
} from './conversation-list.ts';
import { optionsOf, settings } from './settings.ts';

/** A model to chat with, and where it is found again. */
export interface ChatModel {
  readonly served: Served<'text-generation'>;
  readonly name: string;
  readonly source: string;
}

/** An answer that is on its way. */
export interface Answering {
  /** What the model is at. */
  readonly phase: 'opening' | 'reading' | 'writing';
  /** What has come, as of the last frame. */
  readonly text: string;
}

/** A conversation as the page shows it: a chat of the library, opened when it is needed, and its state as signals. */
export class Conversation {
  readonly id: string;
  readonly model: ChatModel;
  /** What is being written; it is not lost when another conversation is looked at. */
  readonly draft: Signal<string> = signal('');
  readonly #messages: Signal<readonly ChatMessage[]>;
  readonly #answering: Signal<Answering | undefined> = signal(undefined);
  readonly #problem: Signal<unknown> = signal(undefined);
  readonly #stats: Signal<Readonly<Record<number, AnswerStats>>>;
  readonly #isKept: Signal<boolean> = signal(true);
  #chat: { readonly of: Endpoint<'text-generation'>; readonly opened: Promise<Chat> } | undefined;
  #stop = new AbortController();
  #isDeleted = false;

  /** @param messages that it has already */
  constructor(model: ChatModel, id: string, messages: readonly ChatMessage[] = [], stats = {}) {
    this.model = model;
    this.id = id;
    this.#messages = signal(messages);
    this.#stats = signal(stats);
  }

  /** Reads what is kept of a conversation, whether or not its model is there. */
  static async read({ id, model: { endpoint }, stats }: ConversationEntry, model: ChatModel): Promise<Conversation> {
    const kept = await chats.get(endpoint, id);
    return new Conversation(model, id, kept?.messages ?? [], stats);
  }

  /** All messages, that of the system first; an answer that is on its way is not among them. */
  get messages(): ReadonlySignal<readonly ChatMessage[]> {
    return this.#messages;
  }

  get answering(): ReadonlySignal<Answering | undefined> {
    return this.#answering;
  }

  /** Why the last answer did not come; undefined where it did. */
  get problem(): ReadonlySignal<unknown> {
    return this.#problem;
  }

  /** Of answers, by their index among the messages. */
  get stats(): ReadonlySignal<Readonly<Record<number, AnswerStats>>> {
    return this.#stats;
  }

  /** Whether this browser keeps what is said. */
  get isKept(): ReadonlySignal<boolean> {
    return this.#isKept;
  }

  /** Whether nobody has said anything yet. */
  get isEmpty(): boolean {
    return !this.#messages.value.some(({ role }) => role !== 'system');
  }

  /** Asks something. Resolves to whether it was asked: not, where the model did not come. */
  ask(text: string): Promise<boolean> {
    const before = this.#messages.peek();
    return this.#answer([...before, { role: 'user', content: text }], (chat, options) => chat.send(text, options));
  }

  /** Has the last answer written anew. */
  regenerate(): Promise<boolean> {
    const messages = this.#messages.peek();
    const last = messages.findLastIndex(({ role }) => role === 'user');
    return this.#answer(messages.slice(0, last + 1), (chat, options) => chat.regenerate(options));
  }

  /** Asks something else in the place of a message; what came after it is gone. */
  edit(index: number, text: string): Promise<boolean> {
    const before = this.#messages.peek().slice(0, index);
    const asked: ChatMessage[] = [...before, { role: 'user', content: text }];
    return this.#answer(asked, (chat, options) => chat.edit(index, text, options));
  }

  /** Ends the answer that is on its way, and keeps what has come. */
  stop(): void {
    this.#stop.abort();
  }

  /** Ends it, and forgets what was said. */
  async delete(): Promise<void> {
    this.#isDeleted = true;
    this.stop();
    const chat = await this.#chat?.opened.catch(() => undefined);
    await chat?.delete();
  }

  async #answer(
    shown: readonly ChatMessage[],
    begin: (chat: Chat, options: Parameters<Chat['send']>[1]) => AnswerStream,
  ): Promise<boolean> {
    if (this.#answering.peek()) return false;
    const before = this.#messages.peek();
    const { signal: stopped } = (this.#stop = new AbortController());
    this.#problem.value = undefined;
    this.#messages.value = shown;
    this.#answering.value = { phase: 'opening', text: '' };
    try {
      const chat = await this.#open(before, stopped);
      if (!chat) {
        this.#messages.value = before;
        return false;
      }
      this.#answering.value = { phase: 'reading', text: '' };
      const stream = begin(chat, { ...optionsOf(settings.peek()), signal: stopped });
      this.#keep(chat);
      await this.#follow(stream, chat, stopped);
    } catch (error) {
      this.#problem.value = error;
      const chat = await this.#chat?.opened.catch(() => undefined);
      this.#messages.value = chat && chat.messages.length >= shown.length ? chat.messages : before;
      return this.#messages.peek() !== before;
    } finally {
      this.#answering.value = undefined;
    }
    return true;
  }

  /** Shows the answer as it comes, at most once a frame. */
  async #follow(stream: AnswerStream, chat: Chat, stopped: AbortSignal): Promise<void> {
    const watch = new Watch();
    let text = '';
    let frame = 0;
    let end: GenerationEnd | undefined;
    let failure: { readonly error: unknown } | undefined;
    const show = (): void => {
      frame = 0;
      this.#answering.value = { phase: 'writing', text };
    };
    try {
      for await (const piece of stream) {
        if (piece.done) {
          end = piece;
        } else if (piece.index === 0) {
          watch.count();
          text += piece.text;
          frame ||= requestAnimationFrame(show);
        }
      }
    } catch (error) {
      // The visitor's own doing is no failure.
      if (!stopped.aborted) failure = { error };
    } finally {
      cancelAnimationFrame(frame);
    }
    this.#messages.value = chat.messages;
    // Nothing was written: the last answer, if there is one, is an older one.
    if (failure && text === '') throw failure.error;
    const isAnswered = chat.messages.at(-1)?.role === 'assistant';
    this.#stats.value = {
      ...statsBefore(this.#stats.peek(), chat.messages.length - 1),
      ...(isAnswered && { [chat.messages.length - 1]: end ? statsOf(end) : watch.stats() }),
    };
    this.#keep(chat);
    if (failure) throw failure.error;
  }

  /** The chat of the model as it is open now; undefined where the model does not come. */
  async #open(messages: readonly ChatMessage[], stopped: AbortSignal): Promise<Chat | undefined> {
    const { served } = this.model;
    await Promise.race([served.open(), aborted(stopped)]);
    const endpoint = served.endpoint.peek();
    if (!endpoint || stopped.aborted) return undefined;
    if (this.#chat?.of !== endpoint) {
      const opened = this.#openChat(endpoint, messages);
      this.#chat = { of: endpoint, opened };
      opened.catch(() => (this.#chat = undefined));
    }
    return this.#chat.opened;
  }

  async #openChat(endpoint: Endpoint<'text-generation'>, messages: readonly ChatMessage[]): Promise<Chat> {
    const system = settings.peek().system.trim();
    const begun = messages.length > 0 ? { messages } : { system: system === '' ? undefined : system };
    try {
      return await endpoint.chat({ ...begun, durable: this.id });
    } catch (error) {
      // What is wrong with the messages is wrong here as well, and says so.
      const chat = await endpoint.chat(begun).catch(() => Promise.reject(error));
      this.#isKept.value = false;
      return chat;
    }
  }

  /** Has it in the list, with what is known of it now. */
  #keep(chat: Chat): void {
    if (this.#isDeleted || !this.#isKept.peek()) return;
    const before = conversations.peek().find(({ id }) => id === this.id);
    const question = chat.messages.find(({ role }) => role === 'user')?.content;
    keepEntry({
      id: this.id,
      title: before?.title ?? titleOf(typeof question === 'string' ? question : ''),
      model: this.place,
      at: Date.now(),
      stats: this.#stats.peek(),
    });
    chat.saved().catch(() => (this.#isKept.value = false));
  }

  /** Where its model is found again. */
  get place(): ModelPlace {
    const { name, source, served } = this.model;
    return { name, source, endpoint: served.endpoint.peek()?.name ?? '' };
  }
}

/** What a conversation is called before it is renamed: how its first question begins. */
export function titleOf(question: string): string {
  const line = question.trim().replace(/\s+/g, ' ');
  // With `u`, a dot is a whole character.
  const [beginning] = /^.{0,60}/u.exec(line)!;
  return beginning === line ? line : `${beginning}…`;
}

/** Counts the tokens of an answer, for when nobody else does: it may be stopped. */
class Watch {
  readonly #startedAt = performance.now();
  #firstAt = 0;
  #lastAt = 0;
  #tokens = 0;

  count(): void {
    this.#lastAt = performance.now();
    if (this.#tokens++ === 0) this.#firstAt = this.#lastAt;
  }

  stats(): AnswerStats {
    const seconds = (this.#lastAt - this.#firstAt) / 1000;
    return {
      tokens: this.#tokens,
      tokensPerSecond: seconds > 0 ? (this.#tokens - 1) / seconds : 0,
      firstTokenMs: this.#firstAt - this.#startedAt,
      end: 'stopped',
    };
  }
}

function statsOf({ usage, timings, finishReason }: GenerationEnd): AnswerStats {
  const { promptTokens, completionTokens, reusedTokens, droppedMessages } = usage;
  return {
    tokens: completionTokens,
    tokensPerSecond: timings.tokensPerSecond,
    firstTokenMs: timings.timeToFirstTokenMs,
    prompt: { tokens: promptTokens, reused: reusedTokens, droppedMessages },
    end: finishReason,
  };
}

function statsBefore(stats: Readonly<Record<number, AnswerStats>>, length: number): Record<number, AnswerStats> {
  return Object.fromEntries(Object.entries(stats).filter(([index]) => Number(index) < length));
}

function aborted(by: AbortSignal): Promise<void> {
  return new Promise((resolve) => by.addEventListener('abort', () => resolve(), { once: true }));
}
