import { defineMetrics, FINE_DURATION_BUCKETS_SECONDS } from "./metric-definition";

/** What the agent says of itself: its cost, its faults and what it left out. */
export const AGENT_METRICS = defineMetrics({
  info: {
    name: "loopscope_agent_info",
    type: "gauge",
    unit: "none",
    help: "Version and settings of the agent; the value is 1",
    labels: ["version", "service_name", "block_threshold_ms"],
    source: "loopscope",
    across: "max",
  },
  clusterProcesses: {
    name: "loopscope_cluster_processes",
    type: "gauge",
    unit: "none",
    help: "Processes of the cluster whose figures are in this page; absent outside a cluster",
    labels: [],
    source: "loopscope",
  },
  errors: {
    name: "loopscope_agent_errors_total",
    type: "counter",
    unit: "none",
    help: "Errors of the agent's own parts, caught by its guard",
    labels: ["part"],
    source: "loopscope",
  },
  dropped: {
    name: "loopscope_agent_dropped_total",
    type: "counter",
    unit: "none",
    help: "Observations folded into other or left out because a bound was reached",
    labels: ["part"],
    source: "loopscope",
  },
  renderDuration: {
    name: "loopscope_agent_render_seconds",
    type: "histogram",
    unit: "seconds",
    help: "Time the main thread spent rendering one scrape",
    labels: [],
    buckets: FINE_DURATION_BUCKETS_SECONDS,
    source: "loopscope",
  },
  watchdogCpu: {
    name: "loopscope_agent_watchdog_cpu_seconds_total",
    type: "counter",
    unit: "seconds",
    help: "Processor time used by the watchdog thread (Linux)",
    labels: [],
    source: "loopscope",
  },
  captures: {
    name: "loopscope_agent_stack_captures_total",
    type: "counter",
    unit: "none",
    help: "Stacks captured while the event loop was blocked",
    labels: [],
    source: "loopscope",
  },
});
