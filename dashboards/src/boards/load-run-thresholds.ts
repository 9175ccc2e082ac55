/** Load run: what the run was held to, as lines over what is limited, and whether it holds. */
import * as units from "@grafana/grafana-foundation-sdk/units";
import { LOAD_METRICS } from "../load-metrics.js";
import type { PanelQuery, PanelSpecification } from "../panels/panel-specification.js";
import type { Matcher } from "../promql/metric-query.js";
import { exceptWhere, maxBy, minBy, scale, type Vector } from "../promql/vector.js";
import { line, loadQueries } from "./dashboard-queries.js";

type ThresholdVector = Vector<"testid" | "threshold">;

/** Of one request, or of each: `http_req_duration{name:GET /} p(95)<100`, `forall name p(95)<250`. */
const NAMED = ".+[{]name:.+|.+ forall name .+";

/** Limits of the metrics named; of counters only those of the rate, since a graph shows no totals. */
function limits(metric: Matcher, aggregation: Matcher = '!="count"', threshold?: Matcher): ThresholdVector {
  const matchers = { metric, aggregation, ...(threshold === undefined ? {} : { threshold }) };
  return maxBy(["testid", "threshold"], loadQueries.gauge(LOAD_METRICS.thresholdLimit, matchers));
}

function limitLine(vector: ThresholdVector): PanelQuery {
  return { vector, legend: "{{threshold}} {{testid}}", colour: "grey", dashed: true };
}

const LATENCY = limits(
  '=~"http_req_duration|http_req_waiting|response_time|target_http_duration"',
  '!="count"',
  `!~"${NAMED}"`,
);

export const THRESHOLD_LINES = {
  requestRate: limitLine(limits('="http_reqs"', '="rate"')),
  latency: limitLine(LATENCY),
  /** For runs of k6 alone, which push no thresholds: the level chosen above. */
  chosenLatency: {
    vector: exceptWhere(line("$latency_threshold"), [], LATENCY),
    legend: "threshold",
    colour: "grey",
    dashed: true,
    conditional: "a run that pushes no thresholds",
  },
  namedLatency: limitLine(limits('="http_req_duration"', '!="count"', `=~"${NAMED}"`)),
  failedShare: limitLine(limits('="http_req_failed"')),
  checksNotHeld: limitLine(scale(scale(limits('="checks"'), "* -1"), "+ 1")),
  eventLoopDelay: limitLine(limits('="target_eventloop_delay"')),
  processor: limitLine(limits('="target_cpu"')),
  utilization: { ...limitLine(limits('="target_eventloop_utilization"')), rightAxisUnit: units.PercentUnit },
  residentMemory: limitLine(limits('="target_rss"')),
} as const satisfies Record<string, PanelQuery>;

export const THRESHOLDS_PANEL: PanelSpecification = {
  kind: "table",
  title: "Thresholds",
  description:
    "Does the run hold what it was held to? Each of its thresholds, by its latest judgement: those that fail first.",
  unit: units.Short,
  queries: [
    {
      vector: minBy(["testid", "threshold"], loadQueries.lastOverTime(LOAD_METRICS.thresholdOk, "$__range")),
      legend: "",
    },
  ],
  columns: { testid: "Run", threshold: "Threshold" },
  valueColumn: "Now",
  ascending: true,
  valueTexts: { 0: { text: "fails", colour: "vermilion" }, 1: { text: "holds", colour: "blue" } },
  noData: "No run with thresholds pushed its metrics in this range; k6 alone pushes none.",
  conditional: "a load run that pushes its metrics",
  width: 8,
  height: 8,
};
