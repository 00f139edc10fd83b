import type { LoadedModel } from '../../worker/contract.ts';
import type { Shadow } from './shadow.ts';
import {
  checkWeights,
  noSuchVariant,
  variantReport,
  type Deployed,
  type Target,
  type VariantReport,
} from './target.ts';

/** Brings each call of an endpoint to one of its archives. */
export interface Router {
  /** In the order in which they came, an update after what it replaces. */
  readonly targets: readonly Target[];
  /** The first variant's, by which the endpoint is known. */
  readonly main: Deployed;
  readonly model: LoadedModel;
  readonly reports: VariantReport[];
  /** Conversations that are known, by their names or by what stands for them. */
  readonly sessions: Iterable<unknown>;
  /** Gets copies of the calls. */
  readonly shadow: Shadow | undefined;
  /**
   * Where a call goes.
   *
   * @param session the name of its conversation, or what stands for it
   * @param madeAt `performance.now()` when the call was made
   * @throws {InputError} where no variant has the name that it asks for
   * @throws {InferenceError} `session-lost` where its conversation was with a model that is gone
   */
  choose(session: unknown, targetVariant: string | undefined, madeAt: number): Target;
  /** Forgets a conversation that has come to its end. */
  endSession(session: unknown): void;
  /** Shares the calls otherwise; variants that are not named keep their weights. @throws {RangeError} @throws {InputError} */
  setWeights(weights: Readonly<Record<string, number>>): void;
  /** Rejects what is in flight with `reason`, and gives all engines back. */
  close(reason: Error): Promise<void>;
}

/** Conversations that are remembered, where their models keep nothing of them. */
export const mostSessions = 1000;

/** The router of an endpoint with one archive, as most are: what several of them need is fetched when there are some. */
export class SoleVariant implements Router {
  readonly shadow: undefined;
  readonly #name: string;
  readonly #target: Target;
  readonly sessions: Set<unknown> = new Set();

  /** @param name the endpoint's, for messages */
  constructor(name: string, target: Target) {
    this.#name = name;
    this.#target = target;
  }

  get targets(): readonly Target[] {
    return [this.#target];
  }

  get main(): Deployed {
    return this.#target.deployed;
  }

  get model(): LoadedModel {
    return this.main.serving.model;
  }

  get reports(): VariantReport[] {
    return [variantReport(this.targets)];
  }

  choose(session: unknown, targetVariant: string | undefined): Target {
    if (targetVariant !== undefined) this.#check(targetVariant);
    if (session !== undefined) {
      this.sessions.add(session);
      if (this.sessions.size > mostSessions && !this.model.isStateful)
        this.sessions.delete(this.sessions.values().next().value);
    }
    return this.#target;
  }

  endSession(session: unknown): void {
    this.sessions.delete(session);
  }

  setWeights(weights: Readonly<Record<string, number>>): void {
    for (const name of Object.keys(weights)) this.#check(name);
    const weight = weights[this.#target.variantName] ?? this.#target.weight;
    checkWeights(weights, [weight]);
    this.#target.weight = weight;
  }

  async close(reason: Error): Promise<void> {
    this.main.release();
    await this.main.serving.close(reason);
  }

  #check(variantName: string): void {
    const { variantName: own } = this.#target;
    if (variantName !== own) throw noSuchVariant(this.#name, variantName, [own]);
  }
}
