/** What fires, as Prometheus itself tells it: seen without an Alertmanager, in whatever draws dashboards. */
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { FIRING, FIRING_LABELS } from "../promql/firing-alerts.js";
import type { Vector } from "../promql/vector.js";

const BY = FIRING_LABELS.join(", ");
const SINCE = 'ALERTS_FOR_STATE{job=~"$job"}';

/** Seconds since the condition began to hold; both series have the same labels but for the state. */
const firingFor: Vector<(typeof FIRING_LABELS)[number]> = {
  promql: `time() - max by (${BY}) (${SINCE} and ignoring (alertstate) ${FIRING})`,
  labels: FIRING_LABELS,
  selectors: [SINCE, FIRING],
};

export const FIRING_ALERTS_PANEL: PanelSpecification = {
  kind: "table",
  title: "Firing alerts",
  description:
    "What needs somebody now, and since when? Every alert that fires, the longest first; where it names a place in the code, that place. Not narrowed by instance.",
  unit: units.Seconds,
  queries: [{ vector: firingFor, legend: "" }],
  columns: {
    alertname: "Alert",
    severity: "Severity",
    job: "Job",
    instance: "Instance",
    function: "Function",
    file: "File",
    line: "Line",
    http_route: "Route",
  },
  valueColumn: "Since",
  noData: "No alert fires, or Prometheus does not load the alerting rules.",
  conditional: "an alert that fires",
  width: 24,
  height: 4,
};
