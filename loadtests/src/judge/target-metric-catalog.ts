/** The `target_` metrics that thresholds can name: what the agent inside the target measured under the load. */

import type { Aggregation, MetricContents, MetricType } from "../measure/metric.js";

export interface TargetMetricDefinition {
  readonly name: string;
  readonly type: MetricType;
  readonly contents: MetricContents;
  /** Aggregation methods that make sense of it; levels also take `value`, the latest. */
  readonly aggregations: readonly Aggregation["method"][];
  /** Tags that a selector may name. */
  readonly tags: readonly string[];
  readonly description: string;
}

const DISTRIBUTION = ["avg", "min", "med", "max", "percentile"] as const;
const LEVEL = ["value", ...DISTRIBUTION] as const;
const BLOCK_TAGS = ["cause", "route", "method", "function", "thread"] as const;

export const TARGET_METRICS: readonly TargetMetricDefinition[] = [
  {
    name: "target_eventloop_delay",
    type: "trend",
    contents: "time",
    aggregations: DISTRIBUTION,
    tags: [],
    description: "Delay that a callback becoming ready at a random moment met, milliseconds.",
  },
  {
    name: "target_eventloop_utilization",
    type: "trend",
    contents: "default",
    aggregations: LEVEL,
    tags: [],
    description: "Share of each second in which the event loop was active, 0..1.",
  },
  {
    name: "target_blocks",
    type: "counter",
    contents: "default",
    aggregations: ["count", "rate"],
    tags: BLOCK_TAGS,
    description:
      "Blocks of an event loop, at or over the agent's threshold, that overlap the load; those that the machine " +
      "caused only with {cause:host}, those of worker threads that serve no requests only with {thread:worker-N}.",
  },
  {
    name: "target_blocked_time",
    type: "counter",
    contents: "time",
    aggregations: ["count", "rate"],
    tags: BLOCK_TAGS,
    description: "Time spent in those blocks, milliseconds in all (count) or a second (rate).",
  },
  {
    name: "target_http_duration",
    type: "trend",
    contents: "time",
    aggregations: DISTRIBUTION,
    tags: [],
    description: "Duration of HTTP requests as the service itself saw them, milliseconds.",
  },
  {
    name: "target_rss",
    type: "trend",
    contents: "data",
    aggregations: LEVEL,
    tags: [],
    description: "Resident set size each second, bytes.",
  },
  {
    name: "target_heap_used",
    type: "trend",
    contents: "data",
    aggregations: LEVEL,
    tags: [],
    description: "Used JavaScript heap each second, bytes.",
  },
  {
    name: "target_heap_growth",
    type: "gauge",
    contents: "data",
    aggregations: ["value"],
    tags: [],
    description:
      "Bytes a second by which the heap's floor (used right after a major collection) grows, after warm-up.",
  },
  {
    name: "target_gc_pause",
    type: "trend",
    contents: "time",
    aggregations: DISTRIBUTION,
    tags: [],
    description: "Longest garbage-collection pause of each second, milliseconds (0 without one).",
  },
  {
    name: "target_cpu",
    type: "trend",
    contents: "default",
    aggregations: LEVEL,
    tags: [],
    description: "CPU used each second, cores: 1 is one core fully used.",
  },
  {
    name: "target_queue_length",
    type: "trend",
    contents: "default",
    aggregations: LEVEL,
    tags: ["name"],
    description: "Tasks that wait in queues each second, all of them or the named one.",
  },
  {
    name: "target_queue_wait",
    type: "trend",
    contents: "time",
    aggregations: DISTRIBUTION,
    tags: ["name"],
    description: "Wait of tasks in queues, milliseconds; all but max are bounds from above.",
  },
  {
    name: "target_pool_pending",
    type: "trend",
    contents: "default",
    aggregations: LEVEL,
    tags: ["name"],
    description: "Callers that wait for a pooled resource each second, all pools or the named one.",
  },
  {
    name: "target_threadpool_delay",
    type: "trend",
    contents: "time",
    aggregations: LEVEL,
    tags: [],
    description: "Wait for a free thread of libuv's pool, milliseconds.",
  },
];

export const TARGET_METRIC_PREFIX = "target_";
