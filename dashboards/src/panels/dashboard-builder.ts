/** From a dashboard's specification to Grafana's JSON. */
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { EVENTLOOP_METRICS, RUNTIME_METRICS, WORK_METRICS } from "@loopscope/agent/catalog";
import { LOAD_METRICS } from "../load-metrics.js";
import { FIRING } from "../promql/firing-alerts.js";
import { HTTP_RULES } from "../rules/http-recording-rules.js";
import { withoutBuilderDefaults } from "./builder-defaults.js";
import { COLOURS } from "./colours.js";
import { buildPanel, DATASOURCE } from "./panel-builder.js";
import type { DashboardSpecification, VariableName } from "./panel-specification.js";

/** Every dashboard carries it; the links between them are made by it. */
const TAG = "loopscope";

export function buildDashboard(specification: DashboardSpecification): Dashboard {
  const builder = new DashboardBuilder(specification.title)
    .uid(specification.uid)
    .description(
      `${specification.question} Generated from TypeScript by \`npm run dashboards\`: do not edit.`,
    )
    .tags([TAG, "nodejs", "generated"])
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: specification.from ?? "now-1h", to: "now" })
    .refresh(specification.refresh ?? "30s")
    .readonly()
    .link(
      new DashboardLinkBuilder("Loopscope")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .annotation(processStarts())
    .annotation(firingAlerts());
  if (specification.annotationTag !== undefined) builder.annotation(loadRuns(specification.annotationTag));
  addCommonVariables(builder);
  for (const name of specification.variables) addVariable(builder, name);
  // Numbered in order: a link to a panel stays right as long as nothing is put before it.
  let id = 0;
  for (const row of specification.rows) {
    builder.withRow(new RowBuilder(row.title).id(++id));
    for (const panel of row.panels) builder.withPanel(buildPanel(panel, ++id));
  }
  return withoutBuilderDefaults(builder.build());
}

/** The event loop's utilization exists wherever the agent does, by whichever way the metrics came. */
function addCommonVariables(builder: DashboardBuilder): void {
  const presence = EVENTLOOP_METRICS.utilization.name;
  const ofJob = `${presence}{job=~"$job"}`;
  builder
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data Source").type("prometheus"))
    .withVariable(labelVariable("job", "Job", `label_values(${presence}, job)`, ".+"))
    // A Prometheus that gives no service_name shows no choice, and "All" matches its absence.
    .withVariable(labelVariable("service", "Service", `label_values(${ofJob}, service_name)`, ".*"))
    .withVariable(
      labelVariable(
        "instance",
        "Instance",
        `label_values(${presence}{job=~"$job",service_name=~"$service"}, instance)`,
        ".+",
      ),
    );
}

function addVariable(builder: DashboardBuilder, name: VariableName): void {
  const target = '{job=~"$job",service_name=~"$service"}';
  switch (name) {
    case "route": {
      const query = `label_values(${HTTP_RULES.routeRequests.record}${target}, http_route)`;
      builder.withVariable(labelVariable("route", "Route", query, ".*"));
      return;
    }
    case "queue": {
      const query = `label_values(${WORK_METRICS.queueLength.name}${target}, queue)`;
      builder.withVariable(labelVariable("queue", "Queue", query, ".*"));
      return;
    }
    case "pool": {
      const label = "db_client_connection_pool_name";
      const query = `label_values(${WORK_METRICS.poolConnections.name}${target}, ${label})`;
      builder.withVariable(labelVariable("pool", "Pool", query, ".*"));
      return;
    }
    case "testid": {
      const query = `label_values(${LOAD_METRICS.vus.name}, testid)`;
      builder.withVariable(labelVariable("testid", "Run", query, ".*"));
      return;
    }
    case "latency_threshold":
      builder.withVariable(
        new TextBoxVariableBuilder("latency_threshold")
          .label("Latency threshold (s)")
          .description("Drawn as a line for runs that push no thresholds of their own, as those of k6 alone")
          .defaultValue("0.25")
          .current({ text: "0.25", value: "0.25" }),
      );
  }
}

function labelVariable(name: string, label: string, query: string, allValue: ".+" | ".*") {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: `${name}-values` })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(allValue)
    .current({ selected: true, text: ["All"], value: ["$__all"] });
}

/** A mark at each start of a process: a deployment, a crash. */
function processStarts(): AnnotationQueryBuilder {
  const start = RUNTIME_METRICS.startTime.name;
  return new AnnotationQueryBuilder()
    .name("Process starts")
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(COLOURS.grey)
    .expr(`${start}{job=~"$job",instance=~"$instance",service_name=~"$service"} * 1000`)
    .useValueForTime(true)
    .titleFormat("Start")
    .textFormat("{{instance}}")
    .step("60s");
}

/** A span for as long as an alert fired. */
function firingAlerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(COLOURS.vermilion)
    .expr(FIRING)
    .titleFormat("{{alertname}}")
    .textFormat("{{severity}} {{instance}} {{function}}")
    .step("60s");
}

/** What the load command writes through Grafana's own interface, when it is given an address and a token. */
function loadRuns(tag: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Load runs")
    .datasource({ type: "grafana", uid: "-- Grafana --" })
    .enable(true)
    .iconColor(COLOURS.purple)
    .type("tags")
    .target({
      build: () => ({
        limit: 100,
        matchAny: false,
        tags: [tag],
        type: "tags",
        _implementsDataqueryVariant: () => {},
      }),
    });
}
