import {
  BLOCK_DURATION_BUCKETS_SECONDS,
  defineMetrics,
  FINE_DURATION_BUCKETS_SECONDS,
  type MetricDefinition,
} from "./metric-definition";

function delayGauge<const S extends string>(statistic: S, help: string) {
  return {
    name: `nodejs_eventloop_delay_${statistic}_seconds`,
    type: "gauge",
    unit: "seconds",
    help,
    labels: [],
    source: "opentelemetry",
    otelName: `nodejs.eventloop.delay.${statistic}`,
    across: "distribution",
  } as const satisfies MetricDefinition;
}

/** The event loop: OpenTelemetry's gauges for compatibility, and what they cannot say. */
export const EVENTLOOP_METRICS = defineMetrics({
  delayMin: delayGauge("min", "Smallest event-loop delay over the last minute"),
  delayMax: delayGauge("max", "Largest event-loop delay over the last minute"),
  delayMean: delayGauge("mean", "Mean event-loop delay over the last minute, weighted by time"),
  delayStddev: delayGauge("stddev", "Standard deviation of the event-loop delay over the last minute"),
  delayP50: delayGauge("p50", "Median event-loop delay over the last minute, weighted by time"),
  delayP90: delayGauge(
    "p90",
    "90th percentile of the event-loop delay over the last minute, weighted by time",
  ),
  delayP99: delayGauge(
    "p99",
    "99th percentile of the event-loop delay over the last minute, weighted by time",
  ),
  delay: {
    name: "loopscope_eventloop_delay_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Delay that a callback becoming ready at a random moment would have met; one observation a millisecond",
    labels: [],
    buckets: FINE_DURATION_BUCKETS_SECONDS,
    source: "loopscope",
  },
  utilization: {
    name: "nodejs_eventloop_utilization_ratio",
    type: "gauge",
    unit: "ratio",
    help: "Share of the last second in which the event loop was active",
    labels: [],
    source: "opentelemetry",
    otelName: "nodejs.eventloop.utilization",
    across: "max",
  },
  time: {
    name: "nodejs_eventloop_time_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "Time the event loop has been active and idle",
    labels: ["nodejs_eventloop_state"],
    source: "opentelemetry",
    otelName: "nodejs.eventloop.time",
  },
  blockDuration: {
    name: "loopscope_eventloop_block_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Duration of event-loop blocks at or over the threshold, by cause",
    labels: ["cause"],
    buckets: BLOCK_DURATION_BUCKETS_SECONDS,
    source: "loopscope",
  },
  blockedTime: {
    name: "loopscope_eventloop_blocked_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "Time the event loop was blocked, by the function that blocked it",
    labels: ["cause", "function", "file", "line", "http_route"],
    source: "loopscope",
  },
  victimDelay: {
    name: "loopscope_eventloop_victim_delay_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "Delay that blocks added to other requests in flight, by the route of the request that was held up",
    labels: ["http_route"],
    source: "loopscope",
  },
  openBlockAge: {
    name: "loopscope_eventloop_open_block_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Age of the block that lasts right now, 0 when there is none",
    labels: [],
    source: "loopscope",
    across: "max",
  },
});
