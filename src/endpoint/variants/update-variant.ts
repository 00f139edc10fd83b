import { abortable } from '../../abortable.ts';
import { EndpointError } from '../../errors.ts';
import { completeAlarms, type Alarms, type CallFigures } from './alarm.ts';
import { pageClock, type Clock } from './clock.ts';
import { shiftPlan, type TrafficRouting } from './shift-plan.ts';
import { signatureDifference } from './signature-difference.ts';
import { Trial } from './trial.ts';
import { Target, type Deployed } from './target.ts';
import { VariantRouter } from './variant-router.ts';

export { VariantRouter };

/** How an update goes. */
export interface UpdatePolicy {
  /** How the calls go over to the new archive. @default { type: 'all-at-once' } */
  trafficRouting?: TrafficRouting;
  /**
   * Milliseconds that the new archive is watched for once it has all calls, the old one beside it; conversations that began
   * on the old one go on there meanwhile. @default 0
   */
  terminationWaitMs?: number;
  /** When the old archive takes the calls back. */
  alarms?: Alarms;
}

/** How an update ended. */
export interface UpdateReport {
  /** `RolledBack`: the old archive serves as before. */
  readonly status: 'Succeeded' | 'RolledBack';
  /** Why it was rolled back, in words; undefined where it was not. */
  readonly reason: string | undefined;
  /** Of the calls that went over, how many had the new archive at the most: 1 for all. */
  readonly share: number;
  /** The old archive's calls, while both served. */
  readonly before: CallFigures;
  /** The new one's. */
  readonly after: CallFigures;
}

export interface UpdateParts {
  /** The endpoint's, for messages. */
  readonly name: string;
  readonly router: VariantRouter;
  readonly variantName: string;
  readonly policy: UpdatePolicy;
  /** Ends the update: the old archive serves as before, and the update rejects with its reason. */
  readonly signal: AbortSignal;
  /** Brings the new archive into an engine of its own. */
  start(signal: AbortSignal): Promise<Deployed>;
  readonly clock?: Clock;
}

/**
 * Replaces a variant's archive by another one, while it is called. The new one is loaded and tested first; then calls go over
 * step by step, and come back where an alarm is raised. The archive that is left ends what it is at, and gives its engine back.
 *
 * @throws {RangeError} @throws {InputError} where there is no such variant
 * @throws {EndpointError} `update-refused` where callers could not go on with the new archive; else what it cannot be
 * fetched, loaded or tested for. The old one then serves on.
 */
export async function updateVariant({
  name,
  router,
  variantName,
  policy: { trafficRouting = { type: 'all-at-once' }, terminationWaitMs = 0, alarms = {} },
  signal,
  start,
  clock = pageClock,
}: UpdateParts): Promise<UpdateReport> {
  const plan = shiftPlan(trafficRouting, terminationWaitMs);
  const completed = completeAlarms(alarms);
  const [old] = router.ofVariant(variantName) as [Target];
  const deployed = await start(signal);
  const { serving } = old.deployed;
  const why = signal.aborted ? undefined : signatureDifference(serving.model, deployed.serving.model);
  if (why !== undefined || signal.aborted) {
    const reason = signal.aborted ? signal.reason : refused(name, deployed.name, why!);
    await end(deployed, reason);
    throw reason;
  }
  let onAlarm!: (reason: string) => void;
  const alarmed = new Promise<string>((resolve) => (onAlarm = resolve));
  const trial = new Trial({
    before: serving,
    after: deployed.serving,
    isStateful: serving.model.isStateful,
    alarms: completed,
    onAlarm,
    clock,
  });
  const fresh = new Target(variantName, deployed, 0);
  fresh.recorder = old.recorder;
  old.route = trial.oldRoute;
  fresh.route = trial.newRoute;
  router.add(fresh, old);
  let share = 0;
  let reason: string | undefined;
  let isAborted = false;
  try {
    for (const step of plan) {
      ({ share } = step);
      const both = old.weight + fresh.weight;
      [old.weight, fresh.weight] = [both * (1 - share), both * share];
      if (step.waitMs === 0) continue;
      reason = await watch(step.waitMs, alarmed, signal, clock);
      if (reason !== undefined) break;
    }
  } catch {
    isAborted = true;
    reason = 'it was aborted';
  }
  const [stays, leaves] = reason === undefined ? [fresh, old] : [old, fresh];
  stays.weight = old.weight + fresh.weight;
  if (reason === undefined) trial.end();
  else trial.rollBack();
  stays.route = stays.deployed.serving;
  if (stays === fresh) takeOver(fresh, old);
  router.remove(leaves);
  // What is with the new archive still may need the old one.
  await Promise.all([leaves.idle(), trial.idle()]);
  await end(leaves.deployed, replaced(name));
  if (isAborted) throw signal.reason;
  return {
    status: stays === fresh ? 'Succeeded' : 'RolledBack',
    reason,
    share,
    before: trial.tallyBefore.figures,
    after: trial.tallyAfter.figures,
  };
}

/** The variant's figures are of all archives that it had. */
function takeOver(fresh: Target, old: Target): void {
  fresh.invocations += old.invocations;
  fresh.errors += old.errors;
}

/** Waits, and gives the alarm that is raised meanwhile. @throws what the signal is aborted for */
async function watch(
  ms: number,
  alarmed: Promise<string>,
  signal: AbortSignal,
  clock: Clock,
): Promise<string | undefined> {
  let cancel!: () => void;
  const through = new Promise<undefined>((resolve) => (cancel = clock.after(ms, () => resolve(undefined))));
  try {
    return await abortable(Promise.race([alarmed, through]), signal);
  } finally {
    cancel();
  }
}

async function end({ release, serving }: Deployed, reason: unknown): Promise<void> {
  release();
  await serving.close(reason as Error);
}

function refused(name: string, model: string, why: string): EndpointError {
  return new EndpointError(
    'update-refused',
    `Cannot update ${JSON.stringify(name)} to ${JSON.stringify(model)}: ${why}. Its callers could not go on as they do. Deploy it as an endpoint of its own.`,
  );
}

function replaced(name: string): EndpointError {
  return new EndpointError('endpoint-closed', `This archive of ${JSON.stringify(name)} was replaced.`);
}
