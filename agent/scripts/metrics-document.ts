/** docs/metrics.md from the catalogue and the generated dashboards: what is exported, and where to see it. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  AGENT_METRICS,
  CIRCUIT_METRICS,
  EVENTLOOP_METRICS,
  HTTP_METRICS,
  type MetricDefinition,
  RUNTIME_METRICS,
  WEBSOCKET_METRICS,
  WORK_METRICS,
} from "../src/catalog/catalog";

const REPOSITORY_ROOT = path.resolve(__dirname, "../../..");
const DASHBOARDS = path.join(REPOSITORY_ROOT, "dashboards/grafana/dashboards");

/** Where the document lies. */
export const METRICS_DOCUMENT = path.join(REPOSITORY_ROOT, "docs/metrics.md");
/** What writes it. */
export const METRICS_DOCUMENT_COMMAND = "node agent/build/scripts/write-metrics-document.js";

const GROUPS: readonly (readonly [string, Readonly<Record<string, MetricDefinition>>])[] = [
  ["Event loop", EVENTLOOP_METRICS],
  ["HTTP", HTTP_METRICS],
  ["Runtime", RUNTIME_METRICS],
  ["Queues and pools", WORK_METRICS],
  ["Circuit breakers", CIRCUIT_METRICS],
  ["WebSockets", WEBSOCKET_METRICS],
  ["The agent itself", AGENT_METRICS],
];

const SOURCES: Readonly<Record<MetricDefinition["source"], string>> = {
  opentelemetry: "OpenTelemetry",
  prometheus: "Prometheus clients",
  loopscope: "Loopscope",
};

const ACROSS: Readonly<Record<NonNullable<MetricDefinition["across"]>, string>> = {
  sum: "sum",
  max: "largest",
  min: "smallest",
  distribution: "of all",
};

/** The whole text of the document. */
export function metricsDocument(): string {
  const panels = readPanels();
  const sections = GROUPS.map(([title, metrics]) => section(title, Object.values(metrics), panels));
  return `${HEAD}\n${sections.join("\n")}`;
}

const HEAD = `<!-- Generated from agent/src/catalog by \`${METRICS_DOCUMENT_COMMAND}\`. Do not edit. -->
# Metrics

What the agent serves at \`GET /metrics\`, as classic Prometheus text or OpenMetrics by the \`Accept\` header. Names follow
OpenTelemetry's semantic conventions in Prometheus form (dots become underscores, the unit is a suffix, counters end in
\`_total\`); what no convention names begins with \`loopscope_\`.

Bounds: routes, places of code, destinations, queues and pools are each limited in number (\`LOOPSCOPE_MAX_ROUTES\`,
\`LOOPSCOPE_MAX_BLOCKERS\`). What is over a limit is folded into the label value \`other\` and counted in
\`loopscope_agent_dropped_total\`. A path that no route matched is \`unmatched\`: a path itself never becomes a label.

Percentiles: \`histogram_quantile\` over the usual bucket bounds is off by 6 to 279 % for the service times that
\`agent/test/unit/route-percentiles.test.ts\` draws. The quantile metric beside the histogram is off by at most 1 %, but
cannot be added up over instances: use the histogram for that.

Cluster: of a service that \`node:cluster\` (or pm2) runs in several processes, one port answers for all. The agent
of the primary holds it; where the primary has none, the worker that came first, and another when it ends. The
column "cluster" says how the processes' values become one: added, the largest, the smallest, or read anew off the
distributions laid together (\`of all\`), for percentiles can be neither added nor averaged. What a worker counted
stays in the sums when it ends; what it counted after the last scrape is lost. \`?pid=\` asks one process of the
cluster alone, on any page: \`/metrics?pid=4711\`, \`POST /profile?pid=4711\`. \`/healthz\` answers 503 when any of them
has been blocked for too long. With \`LOOPSCOPE_PORT=0\` each worker has a port of its own besides. The processes meet
by sockets in a folder of the temporary directory that only their user can enter; on Windows each is alone.
`;

interface Panel {
  readonly dashboard: string;
  readonly title: string;
  readonly expressions: string;
}

function section(title: string, metrics: readonly MetricDefinition[], panels: readonly Panel[]): string {
  const rows = metrics.map((metric) =>
    [
      `\`${metric.name}\``,
      metric.type,
      metric.unit === "none" ? "" : metric.unit,
      metric.labels.map((label) => `\`${label}\``).join(", "),
      escapeCell(metric.help) + bucketText(metric),
      ACROSS[metric.across ?? "sum"],
      SOURCES[metric.source] + (metric.otelName === undefined ? "" : `: \`${metric.otelName}\``),
      panelText(metric, panels),
    ].join(" | "),
  );
  return [
    `## ${title}`,
    "",
    "| name | type | unit | labels | meaning | cluster | convention | shown in |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}

function bucketText(metric: MetricDefinition): string {
  return metric.buckets === undefined ? "" : `. Bounds: ${metric.buckets.join(", ")}`;
}

function panelText(metric: MetricDefinition, panels: readonly Panel[]): string {
  const name = new RegExp(`\\b${metric.name}(_bucket|_sum|_count)?\\b`);
  const shown = panels.filter((panel) => name.test(panel.expressions));
  return [...new Set(shown.map((panel) => `${panel.dashboard}: ${escapeCell(panel.title)}`))].join("<br>");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

interface PanelJson {
  readonly title?: string;
  readonly targets?: readonly { readonly expr?: string }[];
  readonly panels?: readonly PanelJson[];
}

function readPanels(): readonly Panel[] {
  return readdirSync(DASHBOARDS)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) => {
      const dashboard = JSON.parse(readFileSync(path.join(DASHBOARDS, file), "utf8")) as PanelJson;
      return flatten(dashboard.panels ?? []).map((panel) => ({
        dashboard: dashboard.title ?? file,
        title: panel.title ?? "",
        expressions: (panel.targets ?? []).map((target) => target.expr ?? "").join("\n"),
      }));
    });
}

/** A collapsed row holds its panels. */
function flatten(panels: readonly PanelJson[]): readonly PanelJson[] {
  return panels.flatMap((panel) => [panel, ...flatten(panel.panels ?? [])]);
}
