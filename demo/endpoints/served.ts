import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import {
  deploy,
  type Artifact,
  type DeployOptions,
  type DeployProgress,
  type Endpoint,
  type ModelSource,
  type TaskName,
  type Tasks,
} from 'inpoint';
import { keptIfRoom } from './kept-if-room.ts';

/** How far a model has come. */
export type ServedState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening'; readonly progress: DeployProgress | undefined }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A call that has come to its end. */
export interface Call {
  /** When it was made, in milliseconds of `performance.now()`. */
  readonly at: number;
  /** From the call to its answer, as the page sees it. */
  readonly ms: number;
  readonly failed: boolean;
}

/**
 * What a model is kept under that comes from no address, whether it has to be kept already, and how many engines and waiting
 * calls it may have.
 */
export type ServedOptions = Pick<DeployOptions, 'key' | 'cache' | 'scaling' | 'batching' | 'spare'>;

/** A model that the site serves, from its opening to its closing, and what became of its calls: all of it as signals. */
export class Served<Task extends TaskName = TaskName> {
  /** What people call it. */
  readonly name: string;
  /** Where it comes from. */
  readonly source: ModelSource | Artifact;
  readonly #task: Task | undefined;
  readonly #options: ServedOptions;
  readonly #state: Signal<ServedState> = signal<ServedState>({ kind: 'closed' });
  readonly #endpoint: Signal<Endpoint<Task> | undefined> = signal(undefined);
  readonly #calls: Signal<readonly Call[]> = signal<readonly Call[]>([]);
  #opening: Promise<void> | undefined;
  #job = new AbortController();
  #modelBytes = 0;

  /** @param task what the archive says, where it is left out */
  constructor(name: string, source: ModelSource | Artifact, task?: Task, options: ServedOptions = {}) {
    this.name = name;
    this.source = source;
    this.#task = task;
    this.#options = options;
  }

  get state(): ReadonlySignal<ServedState> {
    return this.#state;
  }

  get endpoint(): ReadonlySignal<Endpoint<Task> | undefined> {
    return this.#endpoint;
  }

  /** What its files hold, unpacked, since it was last opened. */
  get modelBytes(): number {
    return this.#modelBytes;
  }

  /** The last of them, oldest first. */
  get calls(): ReadonlySignal<readonly Call[]> {
    return this.#calls;
  }

  /** Deploys the model, once for however many ask; after it failed or was closed, anew. How it went is in `state`. */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { signal: closed } = (this.#job = new AbortController());
    this.#state.value = { kind: 'opening', progress: undefined };
    try {
      const onProgress = (progress: DeployProgress): void => {
        if (closed.aborted) return;
        if (progress.phase === 'load') this.#modelBytes = progress.totalBytes;
        this.#state.value = { kind: 'opening', progress };
      };
      const endpoint = await keptIfRoom((cache) =>
        deploy(this.source as ModelSource, {
          task: this.#task as Task,
          cache,
          ...this.#options,
          // What is on this device opens at once; whether there is a newer one is asked for the next visit.
          revalidate: 'background',
          signal: closed,
          onProgress,
        }),
      );
      if (closed.aborted) return void endpoint.close();
      this.#endpoint.value = endpoint;
      this.#state.value = { kind: 'ready' };
      served.value = [...served.value.filter((one) => one !== this), this];
    } catch (error) {
      if (closed.aborted) return;
      this.#opening = undefined;
      this.#state.value = { kind: 'failed', error };
    }
  }

  /** Answers one input, and keeps how long that took. Only of an open model. */
  async invoke(input: Tasks[Task]['input'], options?: Tasks[Task]['options']): Promise<Tasks[Task]['answer']> {
    const at = performance.now();
    let failed = true;
    try {
      const answer = await this.#endpoint.value!.invoke(input, options);
      failed = false;
      return answer;
    } finally {
      this.#calls.value = [...this.#calls.value.slice(-keptCalls + 1), { at, ms: performance.now() - at, failed }];
    }
  }

  /** Gives its memory back; what is still on its way is given up. */
  async close(): Promise<void> {
    this.#job.abort();
    const endpoint = this.#endpoint.value;
    this.#opening = undefined;
    this.#endpoint.value = undefined;
    this.#state.value = { kind: 'closed' };
    this.#calls.value = [];
    served.value = served.value.filter((one) => one !== this);
    await endpoint?.close();
  }
}

const keptCalls = 200;

/** What is in service now, in the order of opening. */
export const served: Signal<readonly Served[]> = signal<readonly Served[]>([]);
