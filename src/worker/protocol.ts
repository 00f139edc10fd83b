import { version } from '../../package.json' with { type: 'json' };

/** Raised whenever a message between page and worker changes, so that a stale worker from a cache is refused. */
export const protocol = 4;

/** The package's version, for messages. */
export const packageVersion: string = version;
