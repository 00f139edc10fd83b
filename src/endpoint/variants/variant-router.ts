import { InferenceError } from '../../errors.ts';
import type { LoadedModel } from '../../worker/contract.ts';
import { chooseWeighted, evenPoints, pointOfName } from './choose-weighted.ts';
import type { Shadow } from './shadow.ts';
import { mostSessions, type Router } from './sole-variant.ts';
import {
  checkWeights,
  noSuchVariant,
  variantReport,
  type Deployed,
  type Target,
  type VariantReport,
} from './target.ts';

/** Brings each call of an endpoint to one of its archives: by the weights, or by the conversation that it belongs to. */
export class VariantRouter implements Router {
  readonly #name: string;
  readonly #targets: Target[] = [];
  /** The one that all calls go to, which then need no choice. */
  #only: Target | undefined;
  /** Conversations by their names, or by what stands for them, with what they began on; undefined once that is gone. */
  readonly #sessions = new Map<unknown, { target: Target | undefined; toldAt?: number }>();
  readonly #nextPoint: () => number;
  /** Gets copies of the calls. */
  shadow: Shadow | undefined;

  /**
   * @param name the endpoint's, for messages
   * @param targets one at the least
   * @param sessions conversations that began on the first of them
   * @param start where in [0, 1) the points that choose begin
   */
  constructor(
    name: string,
    targets: readonly Target[],
    sessions: Iterable<unknown> = [],
    start: number = Math.random(),
  ) {
    this.#name = name;
    this.#nextPoint = evenPoints(start);
    for (const target of targets) this.add(target);
    for (const session of sessions) this.#sessions.set(session, { target: targets[0] });
  }

  /** The router that goes on from another one, or that one itself where it can have several archives. */
  static after(router: Router, name: string): VariantRouter {
    return router instanceof VariantRouter ? router : new VariantRouter(name, router.targets, router.sessions);
  }

  get sessions(): Iterable<unknown> {
    return this.#sessions.keys();
  }

  get main(): Deployed {
    return this.#targets[0]!.deployed;
  }

  get model(): LoadedModel {
    return this.main.serving.model;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  get reports(): VariantReport[] {
    return this.#names.map((name) => variantReport(this.ofVariant(name)));
  }

  get #names(): string[] {
    return [...new Set(this.#targets.map(({ variantName }) => variantName))];
  }

  /**
   * The archives of a variant: one, or two during an update, the old one first.
   *
   * @throws {InputError} where no variant has the name
   */
  ofVariant(variantName: string): Target[] {
    const targets = this.#targets.filter((target) => target.variantName === variantName);
    if (targets.length === 0) throw noSuchVariant(this.#name, variantName, this.#names);
    return targets;
  }

  choose(session: unknown, targetVariant: string | undefined, madeAt: number): Target {
    if (this.#only && session === undefined && targetVariant === undefined) return this.#only;
    const among = targetVariant === undefined ? this.#targets : this.ofVariant(targetVariant);
    const known = session === undefined ? undefined : this.#sessions.get(session);
    if (known?.target && among.includes(known.target)) return known.target;
    if (known && known.target === undefined) {
      known.toldAt ??= performance.now();
      if (madeAt <= known.toldAt) throw sessionLost(session);
    }
    const point = typeof session === 'string' ? pointOfName(session) : this.#nextPoint();
    // A variant without weight still answers those that ask for it.
    const target = chooseWeighted(among, point) ?? among[0]!;
    if (session !== undefined) this.#keep(session, target);
    return target;
  }

  endSession(session: unknown): void {
    this.#sessions.delete(session);
  }

  #keep(session: unknown, target: Target): void {
    this.#sessions.delete(session);
    this.#sessions.set(session, { target });
    if (this.#sessions.size > mostSessions && !this.model.isStateful)
      this.#sessions.delete(this.#sessions.keys().next().value);
  }

  setWeights(weights: Readonly<Record<string, number>>): void {
    for (const name of Object.keys(weights)) this.ofVariant(name);
    const after = this.reports.map(({ variantName, currentWeight }) => weights[variantName] ?? currentWeight);
    checkWeights(weights, after);
    for (const { variantName, updateShare = 0 } of this.reports) {
      const [target, next] = this.ofVariant(variantName) as [Target, Target | undefined];
      const weight = weights[variantName] ?? target.weight + (next?.weight ?? 0);
      target.weight = weight * (1 - updateShare);
      if (next) next.weight = weight * updateShare;
    }
  }

  /** Sends calls to one more archive, by its weight: to the end of the list, or behind the one that it is to replace. */
  add(target: Target, behind?: Target): void {
    const at = behind ? this.#targets.indexOf(behind) + 1 : this.#targets.length;
    this.#targets.splice(at, 0, target);
    this.#changed();
  }

  /**
   * Sends no calls to an archive any more; those that it has end there. Conversations that it remembers are lost with it,
   * and begin anew where it remembers none.
   */
  remove(target: Target): void {
    const at = this.#targets.indexOf(target);
    if (at < 0) return;
    this.#targets.splice(at, 1);
    const { isStateful } = target.deployed.serving.model;
    for (const [session, known] of this.#sessions) {
      if (known.target !== target) continue;
      if (isStateful) known.target = undefined;
      else this.#sessions.delete(session);
    }
    this.#changed();
  }

  #changed(): void {
    this.#only = this.#targets.length === 1 ? this.#targets[0] : undefined;
  }

  async close(reason: Error): Promise<void> {
    const shadow = this.shadow;
    this.shadow = undefined;
    for (const { deployed } of this.#targets) deployed.release();
    await Promise.all([...this.#targets.map(({ deployed }) => deployed.serving.close(reason)), shadow?.close()]);
  }
}

function sessionLost(session: unknown): InferenceError {
  return new InferenceError(
    'session-lost',
    `The conversation ${JSON.stringify(session)} is lost with the model that knew it, which another one has replaced. Begin it anew with the next call.`,
  );
}
