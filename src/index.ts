export { deploy } from './endpoint/deploy.ts';
export type { DeployOptions, DeployProgress } from './endpoint/deploy.ts';
export type { Endpoint, EndOf, InvokeOptions } from './endpoint/endpoint.ts';
export type {
  AsyncCalls,
  AsyncCompletion,
  AsyncEndpoint,
  AsyncInvocation,
  AsyncOptions,
  AsyncStatus,
  CompletionEvent,
  DeadLetter,
  InvokeAsyncOptions,
} from './endpoint/async/async-endpoint.ts';
export type { RequestState, SettledState } from './endpoint/async/request-store.ts';
export type { ScalingPolicy } from './endpoint/target-tracking.ts';
export type { BatchSizes } from './batching/form-batch.ts';
export type { Priority, QueuePolicy } from './batching/waiting-line.ts';
export { transform } from './endpoint/transform.ts';
export type { Invokable, TransformOptions } from './endpoint/transform.ts';
export type { JobOptions } from './transform/start-transform.ts';
export type { TransformJob, TransformOutcome } from './transform/job.ts';
export type { TransformResult } from './transform/result.ts';
export type {
  InputFormat,
  OnError,
  OutputFormat,
  RecordOptions,
  TransformInput,
  TransformJobStatus,
  TransformProgress,
} from './transform/options.ts';
export { preload } from './endpoint/preload.ts';
export type { PreloadOptions } from './endpoint/preload.ts';
export type { EndpointReport, EndpointStatus, SelfTestMode, SelfTestReport } from './endpoint/serving.ts';
export type { DeviceChoice } from './endpoint/device-policy.ts';
export type { Tasks } from './endpoint/tasks.ts';
export type {
  ColdStart,
  ColdStartPhase,
  EndpointMetrics,
  VariantMetrics,
} from './endpoint/metrics/endpoint-metrics.ts';
export type { LatencyStatistics } from './endpoint/metrics/quantile-sketch.ts';
export type {
  LatencyMetrics,
  MetricsHistory,
  MetricsHistoryOptions,
  MinuteMetrics,
  SecondMetrics,
} from './endpoint/metrics/metrics-history.ts';
export { captures } from './endpoint/metrics/captures.ts';
export type { CaptureOptions, Captures } from './endpoint/metrics/captures.ts';
export type { CallAnswer, CallObserver, ObservedCall } from './endpoint/metrics/call-observer.ts';
export type {
  ArchiveOptions,
  ShadowOptions,
  UpdateOptions,
  VariantOptions,
} from './endpoint/variants/variant-options.ts';
export type { UpdatePolicy, UpdateReport } from './endpoint/variants/update-variant.ts';
export type { TrafficRouting } from './endpoint/variants/shift-plan.ts';
export type { Alarms, CallFigures } from './endpoint/variants/alarm.ts';
export type { VariantReport } from './endpoint/variants/target.ts';
export type { ShadowDifference, ShadowPolicy, ShadowReport } from './endpoint/variants/shadow.ts';
export type { Assets, TrustedScriptURL, WorkerSource } from './endpoint/assets.ts';

export type { AudioInput } from './endpoint/send-audio.ts';
export type { ImageBytes, ImageInput } from './tasks/image-classification.ts';
export type { TableRow } from './tasks/table-feeds.ts';
export type { LabelScore } from './tasks/task.ts';
export type { Classification, ClassificationOptions } from './tasks/classify.ts';
export type { TextClassificationInput } from './tasks/text-classification.ts';
export type {
  TokenClassification,
  TokenClassificationInput,
  TokenClassificationOptions,
} from './tasks/token-classification.ts';
export type { AggregationStrategy, Entity } from './postprocess/aggregate.ts';
export type { Embedding, EmbeddingOptions } from './tasks/embed.ts';
export type { FeatureExtractionInput } from './tasks/feature-extraction.ts';
export type { QueryDocumentsInput, RankedDocument, Ranking, RankingOptions } from './tasks/query-documents.ts';
export type {
  Answer,
  QuestionAnswering,
  QuestionAnsweringInput,
  QuestionAnsweringOptions,
} from './tasks/question-answering.ts';
export type { ZeroShotClassificationInput, ZeroShotClassificationOptions } from './tasks/zero-shot-classification.ts';
export type {
  FinishReason,
  Generation,
  GenerationChoice,
  GenerationEnd,
  GenerationInput,
  GenerationOptions,
  GenerationTimings,
  GenerationUsage,
  TextPiece,
  TranslationOptions,
} from './generation/options.ts';
export type { SamplingOptions } from './generation/sampling/options.ts';
export type { TokenLogprob } from './generation/sampling/sampler.ts';
export type { ResponseFormat } from './generation/constraint/response-format.ts';
export type { ChatMessage, MessageContent, TextPart } from './generation/messages.ts';
export type { Tool, ToolCall, ToolChoice } from './generation/tools.ts';
export type { AnswerStream } from './endpoint/answer-stream.ts';
export { chats } from './endpoint/chats.ts';
export type { Chats } from './endpoint/chats.ts';
export type { Chat, ChatCallOptions, ChatExport, ChatOptions } from './endpoint/chat.ts';
export type { FillMask, FillMaskInput, FillMaskOptions, Filling } from './tasks/fill-mask.ts';
export type { ImageEmbedding } from './tasks/image-feature-extraction.ts';
export type { DetectedObject, Detection, DetectionOptions } from './tasks/object-detection.ts';
export type { Segment, Segmentation } from './tasks/image-segmentation.ts';
export type { ImageToImage } from './tasks/image-to-image.ts';
export type { ThresholdOptions } from './tasks/threshold.ts';
export type {
  SpeechRecognitionOptions,
  SpeechTask,
  Transcript,
  TranscriptChunk,
  TranscriptEnd,
} from './generation/speech/transcript.ts';
export type { Regression } from './tasks/tabular-regression.ts';

export { tensor } from './tensor.ts';
export type { DataType, NamedTensors, Tensor, TensorData } from './tensor.ts';

export { models, preflight } from './endpoint/models.ts';
export type { KeptSize, Models, ModelsOptions } from './endpoint/models.ts';
export type { ModelEvent } from './endpoint/store-events.ts';
export type { KeptModel } from './artifact/kept-models.ts';
export type { CacheMode, Resume } from './artifact/keep.ts';
export type { Preflight } from './manifest/preflight.ts';

export { device } from './endpoint/device.ts';
export type { DeviceOptions } from './endpoint/device.ts';
export type {
  BrowserName,
  DeviceMeaning,
  DeviceReport,
  FeatureFindings,
  Finding,
  GpuFindings,
  PageFindings,
  StorageFindings,
  WasmFindings,
  WorkerFindings,
} from './device/device-report.ts';
export { memory } from './endpoint/budget.ts';
export type { MemoryShare } from './endpoint/budget.ts';
export { measureMemory } from './endpoint/measure-memory.ts';
export type { MemoryMeasure, WorkerMemory } from './endpoint/measure-memory.ts';

export { openArtifact } from './endpoint/artifact.ts';
export type { OpenArtifactOptions } from './endpoint/artifact.ts';
export type {
  Artifact,
  ArtifactFile,
  ArtifactRequest,
  ArtifactSource,
  DownloadProgress,
  Limits,
  StorageKind,
  StorageReport,
} from './artifact/index.ts';
export type { Card, Dtype, TaskName } from './manifest/index.ts';
export type { FolderFile, ModelSource } from './manifest/open-source.ts';
export type { AdapterReport } from './adapter.ts';
export type { Device, RuntimeReport } from './runtime/device.ts';
export type { TensorInfo } from './runtime/session.ts';

export {
  ArtifactError,
  EndpointError,
  InferenceError,
  InpointError,
  InputError,
  ManifestError,
  QuotaError,
  StoreError,
  WorkerError,
} from './errors.ts';
export type { ErrorCode } from './errors.ts';
