/** Work: circuit breakers, and calls that are made once more. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import { CIRCUIT_METRICS } from "@loopscope/agent/catalog";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { sumBy } from "../promql/vector.js";
import { dashboardQueries } from "./dashboard-queries.js";
import { NO_BREAKER } from "./no-data-texts.js";

const { metrics } = dashboardQueries([]);

const common = {
  kind: "timeseries",
  noData: NO_BREAKER,
  conditional: "a circuit breaker of a library that is measured",
  width: 8,
  height: 8,
  minimum: 0,
} as const;

export const CIRCUIT_PANELS: readonly PanelSpecification[] = [
  {
    ...common,
    title: "Breakers by state",
    description:
      "Does the service refuse calls by itself? Circuit breakers by name and state, over the chosen instances.",
    unit: units.Short,
    queries: [
      {
        vector: sumBy(["circuit_breaker", "state"], metrics.gauge(CIRCUIT_METRICS.breakers)),
        legend: "{{circuit_breaker}} {{state}}",
      },
    ],
  },
  {
    ...common,
    title: "Calls through breakers",
    description:
      "How do calls through a breaker end? A second, by name and outcome; rejected ones were not made.",
    unit: units.OpsPerSecond,
    queries: [
      {
        vector: sumBy(["circuit_breaker", "outcome"], metrics.rate(CIRCUIT_METRICS.breakerCalls)),
        legend: "{{circuit_breaker}} {{outcome}}",
      },
    ],
  },
  {
    ...common,
    title: "Breakers opening, calls retried",
    description: "How often does a breaker open, and how often is a call made once more? A second.",
    unit: units.OpsPerSecond,
    queries: [
      {
        vector: sumBy(["circuit_breaker"], metrics.rate(CIRCUIT_METRICS.breakerOpens)),
        legend: "{{circuit_breaker}} opened",
      },
      {
        vector: sumBy(["library"], metrics.rate(CIRCUIT_METRICS.retries)),
        legend: "{{library}} retried",
      },
    ],
  },
];
