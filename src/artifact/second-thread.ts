import type { ChunkHasher } from './chunk-hasher.ts';
import type { Inflater } from './inflate.ts';

/** A thread beside this one, which takes over what keeps this one from reading the network. */
export interface SecondThread extends ChunkHasher {
  /** An inflater over there; undefined where that thread has not started, and this one has to do it. */
  inflater(): Promise<Inflater | undefined>;
}
