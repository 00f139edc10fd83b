import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { ChatMessage } from '../generation/messages.ts';
import type { Generation, GenerationOptions, TextPiece } from '../generation/options.ts';
import type { KeptChat } from './kept-chats.ts';
import { keptChat } from './kept.ts';
import type { InvokeOptions } from './endpoint.ts';
import { answerStream, type AnswerStream } from './answer-stream.ts';

/** How a conversation begins, and how its answers are written. */
export interface ChatOptions extends GenerationOptions {
  /** What the model is told before all else. */
  system?: string;
  /** Messages that there are already, as `export()` gave them. */
  messages?: readonly ChatMessage[];
  /** Keeps the conversation on this device under this name, and goes on with the one that is kept there. @default not kept */
  durable?: string;
}

/** One call's own options. */
export type ChatCallOptions = GenerationOptions & Pick<InvokeOptions, 'signal' | 'timeoutMs'>;

/** A conversation, as it is written to a file, or kept. */
export interface ChatExport {
  readonly messages: readonly ChatMessage[];
}

/** Writes an answer to some messages. */
export type WriteAnswer = (
  messages: readonly ChatMessage[],
  options: ChatCallOptions,
  onPiece: (piece: TextPiece) => void,
) => Promise<Generation>;

/**
 * A conversation with a model. Each answer is added to its messages once it is through, or as far as it came before it
 * was stopped. What was computed of the turns before is not computed again, whichever way the conversation goes on.
 *
 * Where nothing of an answer comes since it is refused (`InputError`), the messages are as they were before. Where it fails
 * otherwise, what was said stays, for `regenerate()`; what `regenerate()` and `edit()` took away is there again.
 */
export class Chat {
  readonly #write: WriteAnswer;
  readonly #options: GenerationOptions;
  readonly #kept: KeptChat | undefined;
  #messages: ChatMessage[];
  #isAnswering = false;
  #saving: Promise<void> = Promise.resolve();

  /** @param kept where it is kept, if it is */
  constructor(
    write: WriteAnswer,
    options: GenerationOptions,
    messages: readonly ChatMessage[],
    kept: KeptChat | undefined,
  ) {
    this.#write = write;
    this.#options = options;
    this.#messages = [...messages];
    this.#kept = kept;
  }

  /** All messages so far, that of the system first. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Whether an answer is being written. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /**
   * Says something, or gives a tool's result, and streams the answer. What was said before and had no answer, since it was
   * stopped before the first word, gets an empty one: many templates refuse two messages of a person in a row.
   *
   * @throws {InputError} while an answer is being written
   */
  send(content: string | ChatMessage | readonly ChatMessage[], options: ChatCallOptions = {}): AnswerStream {
    const added = typeof content === 'string' ? [{ role: 'user' as const, content }] : [content].flat();
    const isUnanswered = this.#messages.at(-1)?.role === 'user' && added[0]?.role === 'user';
    const silence: ChatMessage[] = isUnanswered ? [{ role: 'assistant', content: '' }] : [];
    return this.#answer([...this.#messages, ...silence, ...added], options);
  }

  /** Has the last answer written anew. @throws {InputError} where nothing was said yet */
  regenerate(options: ChatCallOptions = {}): AnswerStream {
    const last = this.#messages.findLastIndex(({ role }) => role === 'user' || role === 'tool');
    if (last < 0) throw new InputError('messages', 'There is no answer to write anew: nothing was said yet.');
    return this.#answer(this.#messages.slice(0, last + 1), options);
  }

  /**
   * Says something else in the place of a message, and goes on from there: what came after it is gone.
   *
   * @param index of a message in `messages`
   * @throws {InputError} where there is no message of a person
   */
  edit(index: number, content: string, options: ChatCallOptions = {}): AnswerStream {
    const message = this.#messages[index];
    if (message?.role !== 'user') throw new InputError('index', `There is no message of a person at ${index}.`);
    return this.#answer([...this.#messages.slice(0, index), { ...message, content }], options);
  }

  /** Another conversation that begins with the same messages; it is not kept. @param length how many @default all */
  fork(length: number = this.#messages.length): Chat {
    return new Chat(this.#write, this.#options, this.#messages.slice(0, length), undefined);
  }

  /** The conversation as plain data. */
  export(): ChatExport {
    return { messages: structuredClone(this.#messages) };
  }

  /** Resolves once all that was said is kept. @throws what the browser's database cannot keep it for */
  saved(): Promise<void> {
    return this.#saving;
  }

  /** Forgets the conversation, here and on the device. */
  async delete(): Promise<void> {
    this.#messages = [];
    await this.#kept?.delete();
  }

  #answer(messages: ChatMessage[], options: ChatCallOptions): AnswerStream {
    if (this.#isAnswering) {
      throw new InputError(
        'messages',
        'An answer is being written. Wait for its end, or stop it, before more is said.',
      );
    }
    const before = this.#messages;
    this.#isAnswering = true;
    this.#messages = messages;
    this.#save();
    let text = '';
    const through = (now: ChatMessage[]): void => {
      this.#isAnswering = false;
      // Forgotten meanwhile.
      if (this.#messages !== messages) return;
      this.#messages = now;
      this.#save();
    };
    return answerStream(async (onPiece, stopped) => {
      const signal = options.signal ? AbortSignal.any([options.signal, stopped]) : stopped;
      try {
        const answer = await this.#write(messages, { ...this.#options, ...options, signal }, (piece) => {
          if (piece.index === 0) text += piece.text;
          onPiece(piece);
        });
        through([...messages, answer.message]);
        return answer;
      } catch (error) {
        // What was refused would be refused with all that is said after it, and what was there is not lost to a failure.
        const isUndone = !signal.aborted && (error instanceof InputError || messages.length <= before.length);
        if (text !== '') through([...messages, { role: 'assistant', content: text }]);
        else through(isUndone ? before : messages);
        throw error;
      }
    });
  }

  #save(): void {
    if (!this.#kept) return;
    const saving = this.#kept.put({ messages: this.#messages });
    this.#saving = saving;
    saving.catch(() => {});
  }
}

/** Opens a conversation: the one that is kept under its name, or a new one. */
export async function openChat(
  endpoint: string,
  write: WriteAnswer,
  { system, messages = [], durable, ...options }: ChatOptions,
): Promise<Chat> {
  if (!Array.isArray(messages)) {
    throw new InputError(
      'messages',
      `The messages are ${shown(messages)}: pass a list, such as that of export(), or leave them out.`,
    );
  }
  const kept = durable === undefined ? undefined : keptChat(endpoint, durable);
  const before = await kept?.get();
  const first: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  return new Chat(write, options, before?.messages ?? [...first, ...messages], kept);
}
