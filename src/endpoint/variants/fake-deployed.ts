import type { Answered } from '../../worker/replica.ts';
import type { ServedCall } from '../dispatch.ts';
import type { Deployed } from './target.ts';

/** A model in service that answers as a test says. */
export interface FakeDeployed extends Deployed {
  /** What was done with it, in its order. */
  readonly done: string[];
  /** What it answers, or throws; its own name unless a test says otherwise. */
  answer: (call: ServedCall) => unknown;
}

/** What stands for a model in service, without engines. */
export function fakeDeployed(name: string, more: Partial<Deployed['serving']['model']> = {}): FakeDeployed {
  const done: string[] = [];
  const model = { task: 'tensor', inputs: [], outputs: [], sampleRate: undefined, isStateful: false, card: {} };
  const deployed: FakeDeployed = {
    name,
    storage: undefined,
    replicaBytes: 1e6,
    done,
    answer: () => name,
    release: () => void done.push('release'),
    serving: {
      model: { ...model, ...more } as Deployed['serving']['model'],
      report: {} as Deployed['serving']['report'],
      replicaCount: 1,
      close: async () => void done.push('close'),
      invoke: async (call): Promise<Answered> => ({ answer: await deployed.answer(call), modelMs: 1 }),
    },
  };
  return deployed;
}
