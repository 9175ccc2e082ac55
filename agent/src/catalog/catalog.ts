/** The contract between agent, load tests and dashboards. Imports nothing outside this folder. */

export { AGENT_METRICS } from "./agent-metrics";
export {
  ANNOUNCE_DIR_VARIABLE,
  type Announcement,
  type ListeningAddress,
} from "./announcement";
export {
  BLOCK_CAUSES,
  type Block,
  type BlockCause,
  type BlockConfidence,
  type BlockEvidence,
  type BlocksDocument,
  isComputingThread,
  type OpenBlock,
  type SampledStack,
  type StackFrame,
} from "./block";
export { CIRCUIT_METRICS } from "./circuit-metrics";
export { EVENTLOOP_METRICS } from "./eventloop-metrics";
export type { DownstreamFrame, DurationSummary, Frame, PoolFrame, QueueFrame, RouteFrame } from "./frame";
export { HTTP_METRICS } from "./http-metrics";
export {
  type HistogramSnapshot,
  histogramFromSnapshot,
  LogLinearHistogram,
  MAX_VALUE,
} from "./log-linear-histogram";
export {
  BLOCK_DURATION_BUCKETS_SECONDS,
  BODY_SIZE_BUCKETS_BYTES,
  DATABASE_DURATION_BUCKETS_SECONDS,
  FINE_DURATION_BUCKETS_SECONDS,
  HTTP_DURATION_BUCKETS_SECONDS,
  type MetricDefinition,
  type MetricSource,
  type MetricType,
  type MetricUnit,
} from "./metric-definition";
export { RUNTIME_METRICS } from "./runtime-metrics";
export { WEBSOCKET_METRICS } from "./websocket-metrics";
export { WORK_METRICS } from "./work-metrics";
