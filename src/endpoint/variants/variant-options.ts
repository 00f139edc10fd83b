import type { Artifact } from '../../artifact/index.ts';
import type { ModelSource } from '../../manifest/open-source.ts';
import type { DeployOptions } from '../deploy.ts';
import type { ShadowPolicy } from './shadow.ts';
import type { UpdatePolicy } from './update-variant.ts';

/** What the first variant of an endpoint is called, as Amazon SageMaker's consoles call it. */
export const usualVariant = 'AllTraffic';

/** What may be said of one archive of several; what is not said is as `deploy()` was told. */
export type ArchiveOptions = Pick<
  DeployOptions,
  | 'key'
  | 'integrity'
  | 'request'
  | 'refreshUrl'
  | 'trust'
  | 'cache'
  | 'model'
  | 'dtype'
  | 'device'
  | 'threads'
  | 'selfTest'
  | 'batching'
  | 'scaling'
>;

/** A production variant: another archive that answers a part of an endpoint's calls. */
export interface VariantOptions extends ArchiveOptions {
  /** By which `invoke(input, { targetVariant })` asks for it. */
  variantName: string;
  source: ModelSource | FileList | Artifact;
  /** How many of the calls it gets, in relation to the weights of the others; with 0 those that ask for it. @default 1 */
  initialVariantWeight?: number;
}

/** A shadow variant: another archive that gets copies of an endpoint's calls. */
export interface ShadowOptions extends ArchiveOptions, ShadowPolicy {
  source: ModelSource | FileList | Artifact;
  /** @default 'Shadow' */
  variantName?: string;
}

/** How `endpoint.update()` goes, and what is said of the new archive. */
export interface UpdateOptions extends ArchiveOptions, UpdatePolicy {
  /** Which variant is updated, where an endpoint has several. @default the first one */
  targetVariant?: string;
  /** Aborting takes the new archive back, and rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told how far the new archive is, until it is loaded. */
  onProgress?: DeployOptions['onProgress'];
}
