import * as units from "@grafana/grafana-foundation-sdk/units";
import { EVENTLOOP_METRICS, HTTP_METRICS } from "@loopscope/agent/catalog";
import { OBJECTIVES } from "../objectives.js";
import type { DashboardSpecification, PanelSpecification } from "../panels/panel-specification.js";
import { divide, histogramQuantile, maxBy, sumBy } from "../promql/vector.js";
import { EVENTLOOP_RULES } from "../rules/eventloop-recording-rules.js";
import { HTTP_RULES } from "../rules/http-recording-rules.js";
import { FIRING_ALERTS_PANEL } from "./alert-panels.js";
import { BY_INSTANCE, dashboardQueries, line } from "./dashboard-queries.js";
import { NEEDS_RULES, NO_AGENT, NO_REQUESTS, NOTHING_BLOCKED } from "./no-data-texts.js";
import { OBJECTIVE_PANELS, SATURATION_PANELS } from "./service-limit-panels.js";
import { ROUTE_PANELS } from "./service-route-panels.js";

const VARIABLES = ["route"] as const;
const queries = dashboardQueries(VARIABLES);
const metrics = queries.metrics;

const requests = queries.recorded(HTTP_RULES.instanceStatusRequests);
const serverErrors = queries.recorded(HTTP_RULES.instanceStatusRequests, {
  http_response_status_code: '=~"5.."',
});
const SERVICE = ["job", "service_name"] as const;

function requestsOfClass(digit: "2" | "3" | "4" | "5") {
  return sumBy(
    [],
    queries.recorded(HTTP_RULES.instanceStatusRequests, { http_response_status_code: `=~"${digit}.."` }),
  );
}

const buckets = sumBy(["le"], queries.recorded(HTTP_RULES.instanceBuckets));

/** Of an instance: what is exact cannot be added up over instances. */
function exactQuantile(quantile: "0.5" | "0.95" | "0.99") {
  return metrics.gauge(HTTP_METRICS.serverDurationQuantile, { quantile: `="${quantile}"` });
}

const stats: readonly PanelSpecification[] = [
  {
    kind: "stat",
    title: "Requests",
    description: "How much traffic is there? Requests that ended, a second, over the chosen instances.",
    unit: units.RequestsPerSecond,
    queries: [{ vector: sumBy(SERVICE, requests), legend: "{{job}}" }],
    noData: NEEDS_RULES,
    width: 4,
    height: 4,
  },
  {
    kind: "stat",
    title: "Errors",
    description: "What share of requests fails? Answers with status 500 and over; 4xx are the client's.",
    unit: units.PercentUnit,
    queries: [{ vector: divide(sumBy(SERVICE, serverErrors), sumBy(SERVICE, requests)), legend: "{{job}}" }],
    noData: "0 %: no answer with status 500 or over.",
    conditional: "answers with status 500 or over",
    width: 4,
    height: 4,
    thresholds: [
      { value: OBJECTIVES.errorBudget, colour: "orange" },
      { value: OBJECTIVES.errorBudget * 10, colour: "vermilion" },
    ],
  },
  {
    kind: "stat",
    title: "p95",
    description:
      "How long do 95 of 100 requests take at most? Exact (error at most 1 %) over all routes and the last minute, at the slowest instance.",
    unit: units.Seconds,
    queries: [{ vector: maxBy(SERVICE, exactQuantile("0.95")), legend: "{{job}}" }],
    noData: NO_REQUESTS,
    width: 4,
    height: 4,
    thresholds: [{ value: OBJECTIVES.latencySeconds, colour: "vermilion" }],
  },
  {
    kind: "stat",
    title: "Event loop blocked",
    description:
      "Is something holding the event loop? Share of time blocked, at the instance where it is worst.",
    unit: units.PercentUnit,
    queries: [
      {
        vector: maxBy(SERVICE, sumBy(BY_INSTANCE, queries.recorded(EVENTLOOP_RULES.instanceCauseBlocked))),
        legend: "{{job}}",
      },
    ],
    noData: NOTHING_BLOCKED,
    conditional: "blocks over the threshold",
    width: 4,
    height: 4,
    thresholds: [
      { value: 0.01, colour: "orange" },
      { value: 0.05, colour: "vermilion" },
    ],
    detailsIn: "loopscope-event-loop",
  },
  {
    kind: "stat",
    title: "Utilization",
    description:
      "How close to its limit is the busiest event loop? At 1 it is always active, and requests queue.",
    unit: units.PercentUnit,
    queries: [{ vector: maxBy(SERVICE, metrics.gauge(EVENTLOOP_METRICS.utilization)), legend: "{{job}}" }],
    noData: NO_AGENT,
    width: 4,
    height: 4,
    thresholds: [
      { value: 0.7, colour: "orange" },
      { value: 0.9, colour: "vermilion" },
    ],
    detailsIn: "loopscope-event-loop",
  },
  {
    kind: "stat",
    title: "Error budget burn, 1 h",
    description: `How many times faster than allowed is the budget of ${OBJECTIVES.errorBudget * 100} % errors used up? Above 1 it will not last.`,
    unit: units.Short,
    queries: [{ vector: queries.recorded(HTTP_RULES.errorBurn1h), legend: "{{job}}" }],
    noData: NEEDS_RULES,
    width: 4,
    height: 4,
    thresholds: [
      { value: 1, colour: "orange" },
      { value: 6, colour: "vermilion" },
    ],
  },
];

const traffic: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Requests by kind of answer",
    description:
      "What is answered, and did the mix change? Requests a second by class of status code, stacked: 4xx are the client's mistakes, 5xx ours.",
    unit: units.RequestsPerSecond,
    queries: [
      { vector: requestsOfClass("2"), legend: "2xx", colour: "blue" },
      { vector: requestsOfClass("3"), legend: "3xx", colour: "skyBlue" },
      { vector: requestsOfClass("4"), legend: "4xx", colour: "orange" },
      { vector: requestsOfClass("5"), legend: "5xx", colour: "vermilion" },
    ],
    noData: NEEDS_RULES,
    width: 8,
    height: 8,
    stacked: true,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Duration at the slowest instance",
    description:
      "How long do requests take, the usual and the slow ones? Exact (error at most 1 %) over all routes and the last minute, each at the instance where it is largest; the dashed line is the objective.",
    unit: units.Seconds,
    queries: [
      { vector: maxBy([], exactQuantile("0.5")), legend: "p50", colour: "blue" },
      { vector: maxBy([], exactQuantile("0.95")), legend: "p95", colour: "orange" },
      { vector: maxBy([], exactQuantile("0.99")), legend: "p99", colour: "vermilion" },
      { vector: line(OBJECTIVES.latencySeconds), legend: "objective", colour: "grey", dashed: true },
    ],
    noData: NO_REQUESTS,
    width: 8,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Duration over all instances",
    description:
      "How long do requests take over all chosen instances together? Interpolated between bucket bounds, so as coarse as they are: for the share within an objective, not for its exact value.",
    unit: units.Seconds,
    queries: [
      { vector: histogramQuantile(0.5, buckets), legend: "p50", colour: "blue" },
      { vector: histogramQuantile(0.95, buckets), legend: "p95", colour: "orange" },
      { vector: histogramQuantile(0.99, buckets), legend: "p99", colour: "vermilion" },
      { vector: line(OBJECTIVES.latencySeconds), legend: "objective", colour: "grey", dashed: true },
    ],
    noData: NO_REQUESTS,
    width: 8,
    height: 8,
    minimum: 0,
  },
];

export const SERVICE_OVERVIEW: DashboardSpecification = {
  uid: "loopscope-service-overview",
  title: "Service overview",
  question: "Is the service well: how much traffic, how many errors, how slow, how close to its limits?",
  variables: VARIABLES,
  rows: [
    { title: "At a glance", panels: [...stats, FIRING_ALERTS_PANEL] },
    { title: "Traffic", panels: traffic },
    { title: "Routes", panels: ROUTE_PANELS },
    { title: "Saturation", panels: SATURATION_PANELS },
    { title: "Objectives", panels: OBJECTIVE_PANELS },
  ],
};
