/** Work: how long databases take to answer, and how often they refuse. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import { WORK_METRICS } from "@loopscope/agent/catalog";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { histogramQuantile, sumBy } from "../promql/vector.js";
import { WORK_RULES } from "../rules/work-recording-rules.js";
import { dashboardQueries } from "./dashboard-queries.js";
import { NO_DATABASE } from "./no-data-texts.js";

const queries = dashboardQueries(["queue", "pool"]);
const DATABASE = ["db_system_name", "db_namespace", "server_address"] as const;
const LEGEND = "{{db_system_name}} {{server_address}}/{{db_namespace}}";
const buckets = sumBy([...DATABASE, "le"], queries.recorded(WORK_RULES.databaseOperationBuckets));

const common = {
  kind: "timeseries",
  noData: NO_DATABASE,
  conditional: "a database asked by a client that is measured",
  width: 12,
  height: 8,
  minimum: 0,
} as const;

export const DATABASE_PANELS: readonly PanelSpecification[] = [
  {
    ...common,
    title: "Operation time",
    description:
      "Is the database slow? Median and 95th percentile of the time from a query or command to its complete answer, the wait for a connection left out.",
    unit: units.Seconds,
    queries: [
      { vector: histogramQuantile(0.5, buckets), legend: `p50 ${LEGEND}` },
      { vector: histogramQuantile(0.95, buckets), legend: `p95 ${LEGEND}` },
    ],
  },
  {
    ...common,
    title: "Operations",
    description:
      "How often is the database asked, and how often does it refuse? Operations a second by error type (empty: it answered), over the chosen instances.",
    unit: units.OpsPerSecond,
    queries: [
      {
        vector: sumBy(
          ["db_system_name", "error_type"],
          queries.metrics.countRate(WORK_METRICS.databaseOperation),
        ),
        legend: "{{db_system_name}} {{error_type}}",
      },
    ],
  },
];
