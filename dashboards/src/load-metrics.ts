/**
 * What a load run pushes by Prometheus remote write: k6's own names (its output prefixes `k6_`, and writes a
 * trend's statistics as gauges in seconds without a unit suffix), so that runs of k6 and of Loopscope meet on one
 * dashboard. k6 writes p99 alone unless K6_PROMETHEUS_RW_TREND_STATS names more.
 */
import type { MetricDefinition } from "@loopscope/agent/catalog";

const REQUEST = ["testid", "scenario", "name", "method", "status"] as const;
const RUN = ["testid", "scenario"] as const;

function trend<const N extends string, const S extends string>(name: N, statistic: S) {
  return {
    name: `k6_${name}_${statistic}`,
    type: "gauge",
    unit: "seconds",
    help: `Statistic ${statistic} of ${name} since the run began`,
    labels: REQUEST,
    source: "loopscope",
  } as const satisfies MetricDefinition;
}

function runCounter<const N extends string, const L extends readonly string[]>(
  name: N,
  labels: L,
  help: string,
) {
  return {
    name: `k6_${name}_total`,
    type: "counter",
    unit: "none",
    help,
    labels,
    source: "loopscope",
  } as const;
}

function runGauge<const N extends string, const L extends readonly string[]>(
  name: N,
  labels: L,
  help: string,
) {
  return { name: `k6_${name}`, type: "gauge", unit: "none", help, labels, source: "loopscope" } as const;
}

/** k6 pushes nothing of its thresholds: these names are ours. */
const THRESHOLD = ["testid", "metric", "threshold", "aggregation"] as const;

function thresholdGauge<const N extends string>(name: N, help: string) {
  return { name, type: "gauge", unit: "none", help, labels: THRESHOLD, source: "loopscope" } as const;
}

export const LOAD_METRICS = {
  requests: runCounter("http_reqs", REQUEST, "Requests sent"),
  failedShare: runGauge("http_req_failed_rate", REQUEST, "Share of requests that failed"),
  durationP50: trend("http_req_duration", "p50"),
  durationP95: trend("http_req_duration", "p95"),
  durationP99: trend("http_req_duration", "p99"),
  iterations: runCounter("iterations", RUN, "Iterations that ended"),
  droppedIterations: runCounter("dropped_iterations", RUN, "Iterations that could not be started in time"),
  vus: runGauge("vus", ["testid"], "Virtual users that run"),
  thresholdLimit: thresholdGauge(
    "loopscope_threshold_limit",
    "Limit of one of the run's thresholds, in base units: seconds, bytes, shares",
  ),
  thresholdOk: thresholdGauge("loopscope_threshold_ok", "1 while the threshold holds, 0 while it does not"),
  checkShare: runGauge("checks_rate", [...RUN, "check"], "Share of checks that held"),
} as const;
