import type { Decoder, Encoded } from './decoder.ts';
import { joinSpans, type CacheSpan, type KvCache } from './kv-cache.ts';
import type { PrefixCache } from './prefix-cache.ts';

/** One text that is being written. */
export interface Sequence {
  /** All its tokens, those of the prompt first; those that are chosen are added to it. */
  readonly tokens: number[];
  /** Chooses the next token by the logits, which it may change; undefined when the text is at its end. */
  choose(logits: Float32Array): number | undefined;
  readonly signal: AbortSignal;
  /** Is told of each piece of the prompt that was computed, but for the last. */
  onProgress?(): void;
  /** What an encoder made of its text, where there is one. */
  readonly encoded?: Encoded | undefined;
}

/** How a sequence was computed. */
export interface SequenceReport {
  /** Tokens of the prompt that had been computed for an earlier one. */
  readonly reusedTokens: number;
}

/** Tokens of a prompt that are computed in one step: between two of them others go on, and an abort is seen. */
const chunkTokens = 128;

/** Sequences in one step at the most. */
const mostRows = 16;

/** By how much the logits of a row may differ in a batch: that much of the largest. */
const batchTolerance = 1e-3;

/**
 * Writes several texts at once on one decoder: prompts are computed in pieces, one after the other; those that are being
 * written go on together, one token each at a step, where the model gives the same logits that way. Whoever comes or
 * leaves does so between two steps (continuous batching).
 *
 * Source: Yu et al., “Orca: A Distributed Serving System for Transformer-Based Generative Models”, OSDI 2022.
 */
export class Scheduler {
  readonly #decoder: Decoder;
  readonly #prefixes: PrefixCache;
  readonly #prompts: Job[] = [];
  #groups: Group[] = [];
  #isRunning = false;
  /** Whether rows of like length, and of unlike length, come out as they would alone; undefined until it was tried. */
  readonly #stacks: { alike?: boolean; unlike?: boolean } = {};

  constructor(decoder: Decoder, prefixes: PrefixCache) {
    this.#decoder = decoder;
    this.#prefixes = prefixes;
  }

  /**
   * Writes one text to its end. What was computed is kept for the next one that begins alike, also after an abort, which
   * rejects with the signal's reason.
   */
  write(sequence: Sequence): Promise<SequenceReport> {
    return new Promise((resolve, reject) => {
      this.#prompts.push({ sequence, cache: undefined, reusedTokens: 0, isLookedUp: false, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#prompts.length > 0 || this.#groups.length > 0) {
        const [next] = this.#prompts;
        if (next) await this.#guarded([next], () => this.#computePrompt(next));
        for (const group of this.#groups.slice()) await this.#step(group);
      }
    } catch (error) {
      // Such as no memory to put caches together: nothing that waits may wait for ever.
      for (const job of [...this.#prompts, ...this.#groups.flatMap(({ jobs }) => jobs)]) job.reject(error);
      this.#prompts.length = 0;
      this.#groups = [];
    }
    this.#isRunning = false;
  }

  /** One piece of a prompt; with the last one the first token is chosen. */
  async #computePrompt(job: Job): Promise<void> {
    const { sequence } = job;
    const { tokens } = sequence;
    if (sequence.signal.aborted) return this.#leave(job);
    if (!job.isLookedUp) {
      job.isLookedUp = true;
      const isAlike = this.#decoder.hasCache && !sequence.encoded;
      const prefix = isAlike ? await this.#prefixes.find(tokens) : undefined;
      job.cache = prefix?.cache;
      job.reusedTokens = prefix?.length ?? 0;
    }
    const computed = job.cache?.length ?? 0;
    // Without a cache there is nothing to go on from.
    const end = this.#decoder.hasCache ? Math.min(tokens.length, computed + chunkTokens) : tokens.length;
    const logits = await this.#advance(job, tokens.slice(computed, end));
    if (end < tokens.length) return sequence.onProgress?.();
    this.#prompts.splice(this.#prompts.indexOf(job), 1);
    if (job.cache && !sequence.encoded) this.#prefixes.keep(tokens, job.cache);
    const token = sequence.choose(logits);
    if (token === undefined) return this.#leave(job);
    tokens.push(token);
    this.#groups.push({ jobs: [job], cache: undefined, padding: [0] });
    await this.#join();
  }

  async #advance(job: Job, tokens: readonly number[]): Promise<Float32Array> {
    const before = job.cache;
    const { logits, cache } = await this.#decoder.run(
      { rows: [tokens], cache: before, encoded: job.sequence.encoded },
      job.sequence.signal,
    );
    if (this.#decoder.hasCache) job.cache = cache;
    before?.release();
    return logits[0]!;
  }

  /** One token for each sequence of a group. */
  async #step(group: Group): Promise<void> {
    const gone = group.jobs.filter(({ sequence }) => sequence.signal.aborted);
    if (gone.length > 0) await this.#without(group, gone);
    const { jobs } = group;
    if (jobs.length === 0) return;
    const all = await this.#guarded(jobs, async () => {
      if (jobs.length > 1) return this.#advanceGroup(group);
      const [job] = jobs;
      const { tokens } = job!.sequence;
      return [await this.#advance(job!, this.#decoder.hasCache ? tokens.slice(-1) : tokens)];
    });
    if (!all) {
      group.cache?.release();
      this.#groups = this.#groups.filter((one) => one !== group);
      return;
    }
    const over = jobs.filter((job, row) => {
      const token = this.#choose(job, all[row]!);
      if (token !== undefined) job.sequence.tokens.push(token);
      return token === undefined;
    });
    if (over.length > 0) await this.#without(group, over);
  }

  /** What goes wrong while one chooses is its own affair. */
  #choose({ sequence, reject }: Job, logits: Float32Array): number | undefined {
    try {
      return sequence.choose(logits);
    } catch (error) {
      reject(error);
      return undefined;
    }
  }

  async #advanceGroup(group: Group): Promise<readonly Float32Array[]> {
    const rows = group.jobs.map(({ sequence }) => sequence.tokens.slice(-1));
    const before = group.cache!;
    const { logits, cache } = await this.#decoder.run({ rows, cache: before, padding: group.padding }, never);
    group.cache = cache;
    before.release();
    return logits;
  }

  /** Takes sequences out of a group: what was computed of them is kept, and they are told. */
  async #without(group: Group, gone: readonly Job[]): Promise<void> {
    const stay = group.jobs.filter((job) => !gone.includes(job));
    if (group.cache) {
      for (const job of gone) job.cache = await joinSpans(this.#decoder.slots, [spanOf(group, job)]);
      const before = group.cache;
      const spans = stay.map((job) => spanOf(group, job));
      if (stay.length === 1) stay[0]!.cache = await joinSpans(this.#decoder.slots, spans);
      group.cache = stay.length > 1 ? await joinSpans(this.#decoder.slots, spans) : undefined;
      group.padding = paddingOf(spans);
      before.release();
    }
    group.jobs = stay;
    if (stay.length === 0) this.#groups = this.#groups.filter((one) => one !== group);
    for (const job of gone) this.#leave(job);
  }

  #leave(job: Job): void {
    const { sequence, cache, reusedTokens } = job;
    const at = this.#prompts.indexOf(job);
    if (at >= 0) this.#prompts.splice(at, 1);
    if (cache) {
      if (!sequence.encoded) this.#prefixes.keep(sequence.tokens, cache);
      cache.release();
    }
    if (sequence.signal.aborted) job.reject(sequence.signal.reason);
    else job.resolve({ reusedTokens });
  }

  /** Puts the last group into one that it fits, where they come out the same. */
  async #join(): Promise<void> {
    const single = this.#groups.at(-1)!;
    const [job] = single.jobs;
    // On a graphics card rows would have to go through the page's memory to come together.
    if (!this.#decoder.hasCache || job!.sequence.encoded || job!.cache!.isFar) return;
    for (const group of this.#groups.slice(0, -1)) {
      if (group.jobs.length >= mostRows) continue;
      const spans = [...group.jobs, job!].map((one) =>
        group.cache && group.jobs.includes(one) ? spanOf(group, one) : wholeOf(one),
      );
      const lengths = spans.map(({ length }) => length);
      const kind = Math.min(...lengths) === Math.max(...lengths) ? 'alike' : 'unlike';
      // Rows as long as the longest are computed, whatever is in them.
      const isWasteful = Math.max(...lengths) * lengths.length > 2 * lengths.reduce((sum, one) => sum + one, 0);
      if (isWasteful || this.#stacks[kind] === false || (kind === 'unlike' && !this.#decoder.canPad)) continue;
      const cache = await this.#joined(spans);
      if (!cache) return;
      const joined: Group = { jobs: [...group.jobs, job!], cache, padding: paddingOf(spans) };
      this.#stacks[kind] ??= await this.#comesOutTheSame(joined, spans);
      if (!this.#stacks[kind]) {
        cache.release();
        continue;
      }
      for (const one of joined.jobs) {
        one.cache?.release();
        one.cache = undefined;
      }
      group.cache?.release();
      this.#groups = [...this.#groups.filter((one) => one !== group && one !== single), joined];
      return;
    }
  }

  /** Undefined where there is no memory for it: then each goes on by itself. */
  async #joined(spans: readonly CacheSpan[]): Promise<KvCache | undefined> {
    try {
      return await joinSpans(this.#decoder.slots, spans);
    } catch {
      return undefined;
    }
  }

  /** Whether a batch gives the logits that each of its rows gives alone. */
  async #comesOutTheSame({ jobs, cache, padding }: Group, spans: readonly CacheSpan[]): Promise<boolean> {
    const rows = jobs.map(({ sequence }) => sequence.tokens.slice(-1));
    try {
      const together = await this.#decoder.run({ rows, cache, padding }, never);
      // They are gone at the next step.
      const all = together.logits.map((logits) => logits.slice());
      together.cache.release();
      for (const [row, tokens] of rows.entries()) {
        const one = await joinSpans(this.#decoder.slots, [spans[row]!]);
        const alone = await this.#decoder.run({ rows: [tokens], cache: one }, never);
        const isSame = isNear(alone.logits[0]!, all[row]!);
        alone.cache.release();
        one.release();
        if (!isSame) return false;
      }
      return true;
    } catch {
      // Exported for one row, whatever it says.
      return false;
    }
  }

  /** Does a step; what it fails with, its sequences fail with. */
  async #guarded<T>(jobs: readonly Job[], step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      for (const job of jobs) {
        const at = this.#prompts.indexOf(job);
        if (at >= 0) this.#prompts.splice(at, 1);
        job.cache?.release();
        job.reject(job.sequence.signal.aborted ? job.sequence.signal.reason : error);
      }
      return undefined;
    }
  }
}

interface Job {
  readonly sequence: Sequence;
  /** What was computed of it; undefined at the start, and while it is in a group of several. */
  cache: KvCache | undefined;
  reusedTokens: number;
  isLookedUp: boolean;
  resolve(report: SequenceReport): void;
  reject(error: unknown): void;
}

/** Sequences that go on together. */
interface Group {
  jobs: readonly Job[];
  /** Undefined of a single one, which has its own. */
  cache: KvCache | undefined;
  /** For each job, the slots in front that hold nothing of it. */
  padding: readonly number[];
}

const never = new AbortController().signal;

function spanOf({ jobs, cache, padding }: Group, job: Job): CacheSpan {
  const row = jobs.indexOf(job);
  const start = padding[row]!;
  return { cache: cache!, row, start, length: cache!.length - start };
}

function wholeOf({ cache }: Job): CacheSpan {
  return { cache: cache!, row: 0, start: 0, length: cache!.length };
}

function paddingOf(spans: readonly CacheSpan[]): number[] {
  const longest = Math.max(0, ...spans.map(({ length }) => length));
  return spans.map(({ length }) => longest - length);
}

function isNear(a: Float32Array, b: Float32Array): boolean {
  let largest = 1;
  for (const value of a) if (Math.abs(value) > largest) largest = Math.abs(value);
  return a.every((value, index) => Math.abs(value - b[index]!) <= batchTolerance * largest || value === b[index]);
}
