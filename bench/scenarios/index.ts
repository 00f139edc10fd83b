import { batch } from './batch.ts';
import { bundle } from './bundle.ts';
import { chat } from './chat.ts';
import { growth } from './growth.ts';
import { latency } from './latency.ts';
import { load } from './load.ts';
import { mainThread } from './main-thread.ts';
import { memory } from './memory.ts';
import type { Scenario } from './scenario.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

/** All scenarios, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  start,
  latency,
  throughput,
  batch,
  chat,
  mainThread,
  memory,
  bundle,
  growth,
  load,
];
