export { deploy } from './endpoint/deploy.ts';
export type { DeployOptions, DeployProgress } from './endpoint/deploy.ts';
export type { Endpoint, InvokeOptions, Tasks } from './endpoint/endpoint.ts';
export type { ColdStartPhase, EndpointMetrics, LatencyStatistics } from './endpoint/metrics.ts';
export type { Assets, TrustedScriptURL, WorkerSource } from './endpoint/assets.ts';

export type { ImageInput } from './tasks/image-classification.ts';
export type { TextClassificationInput } from './tasks/text-classification.ts';
export type { Classification, ClassificationOptions } from './tasks/classify.ts';
export type { LabelScore } from './tasks/task.ts';

export { tensor } from './tensor.ts';
export type { DataType, NamedTensors, Tensor, TensorData } from './tensor.ts';

export { openArtifact } from './endpoint/artifact.ts';
export type { OpenArtifactOptions } from './endpoint/artifact.ts';
export type {
  Artifact,
  ArtifactFile,
  ArtifactRequest,
  ArtifactSource,
  DownloadProgress,
  Limits,
} from './artifact/index.ts';
export type { Card, TaskName } from './manifest/index.ts';
export type { RuntimeReport } from './runtime/device.ts';
export type { TensorInfo } from './runtime/session.ts';

export {
  ArtifactError,
  EndpointError,
  InferenceError,
  InpointError,
  InputError,
  ManifestError,
  WorkerError,
} from './errors.ts';
export type { ErrorCode } from './errors.ts';
