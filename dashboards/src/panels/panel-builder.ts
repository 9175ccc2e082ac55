/** From a panel's specification to Grafana's JSON. */

import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  FieldColorSeriesByMode,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
  PanelBuilder as Heatmap,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { COLOURS } from "./colours.js";
import type { PanelQuery, PanelSpecification } from "./panel-specification.js";

/** Every panel reads the data source that the dashboard's first variable names. */
export const DATASOURCE = { type: "prometheus", uid: "$datasource" } as const;

/** A thousandth of the largest value is drawn at an eighth of its strength. */
const HEATMAP_EXPONENT = 0.3;

type AnyPanelBuilder = TimeSeries | Stat | BarGauge | Table | Heatmap;

/** Throws where a legend names a label that the query's series do not have. */
export function buildPanel(panel: PanelSpecification, id: number): Builder<Panel> {
  const builder = startPanel(panel);
  builder
    .id(id)
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(panel.unit)
    .noValue(panel.noData)
    .span(panel.width)
    .height(panel.height)
    .targets(panel.queries.map((query, index) => target(panel, query, refId(index))));
  if (panel.minimum !== undefined) builder.min(panel.minimum);
  if (panel.maximum !== undefined) builder.max(panel.maximum);
  if (panel.valueTexts !== undefined) builder.mappings([valueTexts(panel.valueTexts)]);
  if (panel.detailsIn !== undefined) builder.links([detailsLink(panel.detailsIn)]);
  panel.queries.forEach((query, index) => {
    const properties = queryProperties(panel, query);
    if (properties.length > 0) builder.overrideByQuery(refId(index), properties);
  });
  return builder;
}

function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function startPanel(panel: PanelSpecification): AnyPanelBuilder {
  switch (panel.kind) {
    case "timeseries":
      return timeSeriesPanel(panel);
    case "stat":
      return new Stat()
        .colorMode(BigValueColorMode.Value)
        .graphMode(BigValueGraphMode.Area)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
        .thresholds(thresholds(panel))
        .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
    case "bargauge":
      return new BarGauge()
        .displayMode(BarGaugeDisplayMode.Basic)
        .orientation(VizOrientation.Horizontal)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
        .thresholds(thresholds(panel))
        .colorScheme(worstStandsOut());
    case "table":
      return tablePanel(panel);
    case "heatmap":
      return new Heatmap()
        .color(
          new HeatmapColorOptionsBuilder()
            .mode(HeatmapColorMode.Opacity)
            .fill(COLOURS.blue)
            // Almost all of the time is in one bucket: on a linear scale it would be all that is seen.
            .scale(HeatmapColorScale.Exponential)
            .exponent(HEATMAP_EXPONENT)
            .steps(64),
        )
        .yAxis(new YAxisConfigBuilder().unit(panel.unit))
        .showLegend();
  }
}

function timeSeriesPanel(panel: PanelSpecification): TimeSeries {
  const builder = new TimeSeries()
    .colorScheme(worstStandsOut())
    .lineWidth(1)
    .fillOpacity(panel.stacked === true ? 40 : 0)
    .showPoints(VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .thresholds(thresholds(panel));
  if (panel.stacked === true) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (panel.thresholds !== undefined) {
    builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return builder;
}

function tablePanel(panel: PanelSpecification): Table {
  const columns = Object.entries(panel.columns ?? {});
  const labels = panel.queries.flatMap((query) => query.vector.labels);
  for (const [label] of columns) {
    if (!labels.includes(label)) throw new RangeError(`"${panel.title}" has a column for no label: ${label}`);
  }
  const hidden = ["Time", ...labels.filter((label) => panel.columns?.[label] === undefined)];
  return new Table()
    .filterable(true)
    .thresholds(thresholds(panel))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
        indexByName: Object.fromEntries(
          [...columns.map(([label]) => label), "Value"].map((name, index) => [name, index]),
        ),
        renameByName: { ...panel.columns, Value: panel.valueColumn ?? "Value" },
      },
    })
    .withTransformation({
      id: "sortBy",
      options: {
        fields: {},
        sort: [{ field: panel.valueColumn ?? "Value", desc: panel.ascending !== true }],
      },
    });
}

/** Blue, yellow, red by each series' largest value: safe for red-green blindness, and the worst is seen first. */
function worstStandsOut(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlYlRd).seriesBy(FieldColorSeriesByMode.Max);
}

function valueTexts(texts: NonNullable<PanelSpecification["valueTexts"]>): ValueMap {
  const options = Object.entries(texts).map(([value, { text, colour }], index) => [
    value,
    { text, color: COLOURS[colour], index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

function thresholds(panel: PanelSpecification): ThresholdsConfigBuilder {
  const steps = (panel.thresholds ?? []).map((step) => ({ value: step.value, color: COLOURS[step.colour] }));
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: COLOURS.blue }, ...steps]);
}

function target(panel: PanelSpecification, query: PanelQuery, ref: string): Builder<Dataquery> {
  for (const [, label] of query.legend.matchAll(/\{\{(\w+)\}\}/g)) {
    if (label !== undefined && !query.vector.labels.includes(label)) {
      throw new RangeError(`"${panel.title}" has a legend for a label its series lack: ${label}`);
    }
  }
  const builder = new DataqueryBuilder()
    .refId(ref)
    .datasource(DATASOURCE)
    .expr(query.vector.promql)
    .legendFormat(query.legend);
  if (panel.kind === "table") return builder.instant().format(PromQueryFormat.Table);
  if (panel.kind === "bargauge") return builder.instant();
  if (panel.kind === "heatmap") return builder.range().format(PromQueryFormat.Heatmap).exemplar(true);
  return builder.range().exemplar(query.exemplars === true);
}

function queryProperties(panel: PanelSpecification, query: PanelQuery): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  if (query.colour !== undefined && panel.kind === "timeseries") {
    properties.push({ id: "color", value: { mode: "fixed", fixedColor: COLOURS[query.colour] } });
  }
  if (query.dashed === true) {
    properties.push({ id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } });
    properties.push({ id: "custom.fillOpacity", value: 0 });
    properties.push({ id: "custom.stacking", value: { mode: "none", group: "A" } });
  }
  if (query.rightAxisUnit !== undefined) {
    properties.push({ id: "unit", value: query.rightAxisUnit });
    properties.push({ id: "custom.axisPlacement", value: AxisPlacement.Right });
  }
  return properties;
}

function detailsLink(uid: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder("Details")
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}`)
    .includeVars(true)
    .keepTime(true);
}
