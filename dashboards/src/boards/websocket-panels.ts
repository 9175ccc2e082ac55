/** Work: WebSocket connections and their messages. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import { WEBSOCKET_METRICS } from "@loopscope/agent/catalog";
import type { PanelSpecification } from "../panels/panel-specification.js";
import { sumBy } from "../promql/vector.js";
import { dashboardQueries } from "./dashboard-queries.js";
import { NO_WEBSOCKET } from "./no-data-texts.js";

const { metrics } = dashboardQueries([]);

const common = {
  kind: "timeseries",
  noData: NO_WEBSOCKET,
  conditional: "a WebSocket connection by ws",
  width: 8,
  height: 8,
  minimum: 0,
} as const;

export const WEBSOCKET_PANELS: readonly PanelSpecification[] = [
  {
    ...common,
    title: "WebSocket connections",
    description: "How many WebSockets are open, as server and as client, over the chosen instances?",
    unit: units.Short,
    queries: [{ vector: sumBy(["role"], metrics.gauge(WEBSOCKET_METRICS.connections)), legend: "{{role}}" }],
  },
  {
    ...common,
    title: "WebSocket messages",
    description: "How many messages go in and out? A second; a broadcast counts once for each receiver.",
    unit: units.OpsPerSecond,
    queries: [
      {
        vector: sumBy(["role", "direction"], metrics.rate(WEBSOCKET_METRICS.messages)),
        legend: "{{role}} {{direction}}",
      },
    ],
  },
  {
    ...common,
    title: "WebSocket data not yet taken",
    description:
      "Do receivers keep up? Bytes that were sent and wait in memory for slow receivers, over the chosen instances.",
    unit: units.BytesIEC,
    queries: [{ vector: sumBy(["role"], metrics.gauge(WEBSOCKET_METRICS.buffered)), legend: "{{role}}" }],
  },
];
