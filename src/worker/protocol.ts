import { version as ofRuntime } from '../../node_modules/onnxruntime-web/package.json' with { type: 'json' };
import { version } from '../../package.json' with { type: 'json' };

/** Raised whenever a message between page and worker changes, so that a stale worker from a cache is refused. */
export const protocol = 7;

/** The package's version, for messages. */
export const packageVersion: string = version;

/** The version of ONNX Runtime Web that the package is built with. */
export const runtimeVersion: string = ofRuntime;
