/** Service overview: route by route, over all instances. */
import * as units from "@grafana/grafana-foundation-sdk/units";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { maxBy, sumBy, topk } from "../promql/vector.js";
import { HTTP_RULES } from "../rules/http-recording-rules.js";
import { dashboardQueries } from "./dashboard-queries.js";
import { NO_REQUESTS } from "./no-data-texts.js";

const queries = dashboardQueries(["route"]);

export const ROUTE_PANELS: readonly PanelSpecification[] = [
  {
    kind: "timeseries",
    title: "Exact p95 by route",
    description:
      "Which route is slow? The ten slowest, error at most 1 %, over the last minute; of several instances the slowest. Not narrowed by instance.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(
          10,
          maxBy(["http_route"], queries.recorded(HTTP_RULES.routeExact, { quantile: '="0.95"' })),
        ),
        legend: "{{http_route}}",
      },
    ],
    noData: NO_REQUESTS,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "p95 by route from buckets",
    description:
      "Which route is slow over all instances together? Interpolated between bucket bounds, so as coarse as they are; compare with the exact one. Not narrowed by instance.",
    unit: units.Seconds,
    queries: [
      {
        vector: topk(10, maxBy(["http_route"], queries.recorded(HTTP_RULES.routeP95))),
        legend: "{{http_route}}",
      },
    ],
    noData: NO_REQUESTS,
    width: 12,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Requests by route",
    description: "Which routes carry the traffic? The ten busiest, over all instances.",
    unit: units.RequestsPerSecond,
    queries: [
      {
        vector: topk(10, sumBy(["http_route"], queries.recorded(HTTP_RULES.routeRequests))),
        legend: "{{http_route}}",
      },
    ],
    noData: NO_REQUESTS,
    width: 8,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Errors by route",
    description: "Which routes fail? Answers with status 500 and over a second, over all instances.",
    unit: units.RequestsPerSecond,
    queries: [
      {
        vector: topk(10, sumBy(["http_route"], queries.recorded(HTTP_RULES.routeErrors))),
        legend: "{{http_route}}",
      },
    ],
    noData: "No answer with status 500 or over in this range.",
    conditional: "answers with status 500 or over",
    width: 8,
    height: 8,
    minimum: 0,
  },
  {
    kind: "timeseries",
    title: "Clients that went away",
    description:
      "Do clients give up waiting? Requests a second whose connection closed before the answer was complete.",
    unit: units.RequestsPerSecond,
    queries: [
      {
        vector: topk(10, sumBy(["http_route"], queries.recorded(HTTP_RULES.routeAborted))),
        legend: "{{http_route}}",
      },
    ],
    noData: "No client went away in this range.",
    conditional: "clients that close early",
    width: 8,
    height: 8,
    minimum: 0,
  },
];
