import type { TaskName } from '../../manifest/index.ts';
import type { Endpoint, InvokeOptions } from '../endpoint.ts';
import type { Tasks } from '../tasks.ts';
import type { RequestState, SettledState } from './request-store.ts';

/** What `deploy()` is told of a queue. */
export interface AsyncOptions {
  mode: 'async';
  /** Name of the queue: pages of this origin that deploy it share its requests. */
  name: string;
  /** Milliseconds of silence after which the tab that serves is taken for frozen, and another one takes over. @default 8000 */
  takeOverMs?: number;
}

/** What any asynchronous call may say, whatever the task. `signal` aborts the making of the request, not the request. */
export interface InvokeAsyncOptions extends Pick<InvokeOptions, 'signal' | 'timeoutMs' | 'sessionId' | 'endSession'> {
  /** The request's name: the same one twice is one request, the first. @default a random UUID */
  inferenceId?: string;
  /** Milliseconds after which its execution does not begin any more. @default it waits for ever */
  ttlMs?: number;
  /** Times that it is executed again after a failure that was not its own: a lost engine or device, a timeout. @default 3 */
  retries?: number;
  /** Whether the visitor is notified once it is through, where they have allowed that; or with what. @default false */
  notify?: boolean | { title: string; body?: string };
}

/** A request that is kept. */
export interface AsyncInvocation<Answer> {
  readonly inferenceId: string;
  /** Whether there was one of this name already. It stays as it is, and this call's input and options count for nothing. */
  readonly isDuplicate: boolean;
  /** How far it is; undefined once it is acknowledged. */
  status(): Promise<AsyncStatus | undefined>;
  /** The answer, as soon as it is there. */
  wait(options?: { signal?: AbortSignal }): Promise<Answer>;
  /** Forgets the request and its answer; false where it was forgotten already. */
  acknowledge(): Promise<boolean>;
}

/**
 * How far a request is: `Waiting` as long as no page serves its version of the model. Times are milliseconds since 1970.
 */
export interface AsyncStatus {
  readonly inferenceId: string;
  readonly status: RequestState | 'Waiting';
  /** Why it waits, was not answered, or is tried again. */
  readonly reason: string | undefined;
  /** Digest of the model that it is for, in 64 hexadecimal digits. */
  readonly version: string;
  /** Times that its execution began. */
  readonly attempts: number;
  readonly madeAt: number;
  readonly expiresAt: number | undefined;
  readonly settledAt: number | undefined;
}

/** How a request ended. */
export type AsyncCompletion<Answer = unknown> =
  | { readonly inferenceId: string; readonly status: 'Completed'; readonly answer: Answer }
  | { readonly inferenceId: string; readonly status: 'Failed' | 'Expired'; readonly error: Error };

/** A request that will not be answered, with its input, until it is acknowledged. */
export interface DeadLetter extends AsyncStatus {
  readonly status: 'Failed' | 'Expired';
  readonly error: Error;
  /** What it was made with. @throws {StoreError} where that is gone from this device */
  input(): Promise<unknown>;
}

/** Tells, in every tab that deployed the queue, that a request is through. */
export interface CompletionEvent extends Event {
  readonly type: 'completion';
  readonly inferenceId: string;
  readonly status: SettledState;
}

/** What a queue of requests adds to an endpoint. */
export interface AsyncCalls<Task extends keyof Tasks = TaskName> {
  /**
   * Keeps a request on this device, and resolves once it is there to stay: it is answered though the tab be closed, reloaded
   * or killed, as soon as a page that deployed this name and this version of the model is open.
   *
   * @throws {InputError} when the input cannot be kept for later. Whether it fits the task shows when it is executed.
   * @throws {QuotaError} when there is no room for it; nothing of it is left then
   * @throws {StoreError} `store-failed` when the browser's database fails
   */
  invokeAsync(
    input: Tasks[Task]['input'],
    options?: InvokeAsyncOptions & Tasks[Task]['options'],
  ): Promise<AsyncInvocation<Tasks[Task]['answer']>>;
  /** How far a request is; undefined where there is none of this name. */
  status(inferenceId: string): Promise<AsyncStatus | undefined>;
  /**
   * The answer; undefined while there is none.
   *
   * @throws what the request failed with; {InputError} where there is no request of this name
   */
  result(inferenceId: string): Promise<Tasks[Task]['answer'] | undefined>;
  /** The answer, as soon as it is there. @throws as `result()`; `signal.reason`; {EndpointError} once this is closed */
  wait(inferenceId: string, options?: { signal?: AbortSignal }): Promise<Tasks[Task]['answer']>;
  /**
   * Requests that are through and not acknowledged, in the order that they came to be, and then each one as it does. Ends with
   * an abort, which rejects, or when the endpoint is closed.
   */
  completions(options?: { signal?: AbortSignal }): AsyncGenerator<AsyncCompletion<Tasks[Task]['answer']>, void>;
  /** Requests that failed for good or came to nothing in their time, with the reason. */
  deadLetters(): Promise<DeadLetter[]>;
  /**
   * Says that an answer, or a failure, was received: it is removed, and its name is free again.
   *
   * @returns whether there was one; false for one that is not through
   */
  acknowledge(inferenceId: string): Promise<boolean>;
  /** Removes a request however far it is. @returns whether there was one */
  cancel(inferenceId: string): Promise<boolean>;
  /** Tells of each request that is through from now on, whichever tab served it. */
  addEventListener(type: 'completion', listener: (event: CompletionEvent) => void): void;
  /** Ends what `addEventListener()` began. */
  removeEventListener(type: 'completion', listener: (event: CompletionEvent) => void): void;
}

/** A deployed model with a queue of requests that outlive the page. */
export type AsyncEndpoint<Task extends keyof Tasks = TaskName> = Endpoint<Task> & AsyncCalls<Task>;
