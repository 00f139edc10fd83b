import { inTime, reasonOf } from '../device/tried.ts';
import type { DeviceControl, FoundHere, MeasuredThere } from './contract.ts';
import { Link } from './link.ts';

/** Milliseconds for a worker to start and to try everything at once. */
const mostMs = 20_000;

/** Has a worker measure what workers can do here, and ends it. Where it cannot, that is what was found. */
export async function measureThere(spawn: () => Worker, found: FoundHere): Promise<MeasuredThere> {
  let link: Link<DeviceControl> | undefined;
  try {
    const started = (link = new Link<DeviceControl>('device worker', spawn));
    return await inTime(() => started.request((control) => control.measure(found)), mostMs);
  } catch (error) {
    const reason = reasonOf(error);
    return {
      worker: { kind: 'failed', reason },
      means: {
        runs: 'nothing',
        threads: 0,
        keeps: 'memory',
        reasons: [`No model runs, since they run in workers: ${reason}.`],
      },
    };
  } finally {
    link?.end();
  }
}
