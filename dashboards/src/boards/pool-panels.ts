/** Work: pools of reusable resources, database connections most often. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import { WORK_METRICS } from "@loopscope/agent/catalog";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { histogramQuantile, sumBy } from "../promql/vector.js";
import { WORK_RULES } from "../rules/work-recording-rules.js";
import { dashboardQueries } from "./dashboard-queries.js";
import { NO_POOL } from "./no-data-texts.js";

const queries = dashboardQueries(["queue", "pool"]);
const metrics = queries.metrics;
const NAME = "db_client_connection_pool_name";
const LEGEND = "{{db_client_connection_pool_name}}";
const waitBuckets = sumBy([NAME, "le"], queries.recorded(WORK_RULES.poolWaitBuckets));
const useBuckets = sumBy([NAME, "le"], queries.recorded(WORK_RULES.poolUseBuckets));

function connections(state: "used" | "idle") {
  return sumBy(
    [NAME],
    metrics.gauge(WORK_METRICS.poolConnections, { db_client_connection_state: `="${state}"` }),
  );
}

const common = {
  noData: NO_POOL,
  conditional: "a monitored pool",
  width: 12,
  height: 8,
  minimum: 0,
} as const;

export const POOL_PANELS: readonly PanelSpecification[] = [
  {
    ...common,
    kind: "timeseries",
    title: "Connections",
    description:
      "Is the pool used up? Connections in use and idle against the most allowed, over the chosen instances.",
    unit: units.Short,
    queries: [
      { vector: connections("used"), legend: `${LEGEND} used`, colour: "orange" },
      { vector: connections("idle"), legend: `${LEGEND} idle`, colour: "skyBlue" },
      {
        vector: sumBy([NAME], metrics.gauge(WORK_METRICS.poolMax)),
        legend: `${LEGEND} most allowed`,
        colour: "grey",
        dashed: true,
      },
    ],
    stacked: true,
  },
  {
    ...common,
    kind: "timeseries",
    title: "Callers waiting",
    description:
      "Does anybody wait for a connection? Callers that wait right now, over the chosen instances.",
    unit: units.Short,
    queries: [{ vector: sumBy([NAME], metrics.gauge(WORK_METRICS.poolPending)), legend: LEGEND }],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Wait and use",
    description:
      "Is the pool too small, or the database slow? 95th percentile of the wait for a connection and of its use: a long wait with short use asks for a larger pool, long use for a faster query.",
    unit: units.Seconds,
    queries: [
      { vector: histogramQuantile(0.95, waitBuckets), legend: `wait ${LEGEND}` },
      { vector: histogramQuantile(0.95, useBuckets), legend: `use ${LEGEND}` },
    ],
  },
  {
    ...common,
    kind: "timeseries",
    title: "Gave up waiting",
    description: "Do callers give up? Waits for a connection that ended in a time-out, a second.",
    unit: units.OpsPerSecond,
    queries: [{ vector: sumBy([NAME], metrics.rate(WORK_METRICS.poolTimeouts)), legend: LEGEND }],
  },
];
