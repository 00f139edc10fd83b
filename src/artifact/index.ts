export { namedError, placed, type Artifact, type ArtifactFile, type StorageReport } from './artifact.ts';
export type { ArtifactRequest, ArtifactSource } from './download/index.ts';
export type { Limits } from './limits.ts';
export { counted, type DownloadProgress } from './progress.ts';
export type { StorageKind } from './store/index.ts';
export { unpackArtifact, type UnpackArtifactOptions } from './unpack.ts';
