/**
 * Grafana's own types (of the version that the stack runs) as they read in JSON: an enum is one of its values. What
 * plugins fill in by themselves (options, a field's custom settings) may be left out, but nothing may be made up.
 */
import type {
  AnnotationQuery,
  AnnotationTarget,
  Dashboard,
  FieldConfig,
  Panel,
  RowPanel,
} from "@grafana/schema";
import type { Options as BarGaugeOptions } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type {
  FieldConfig as HeatmapField,
  Options as HeatmapOptions,
} from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type { Options as StatOptions } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as TableField,
  Options as TableOptions,
} from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type {
  FieldConfig as TimeSeriesField,
  Options as TimeSeriesOptions,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

type Json<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : never
    : T extends readonly (infer Item)[]
      ? Json<Item>[]
      : T extends object
        ? { [Key in keyof T]: Json<T[Key]> }
        : T;

type Sparse<T> = T extends readonly (infer Item)[]
  ? Sparse<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Sparse<T[Key]> }
    : T;

type PanelOf<Type extends string, Options, Field> = Omit<
  Json<Panel>,
  "type" | "options" | "fieldConfig" | "targets"
> & {
  type: Type;
  options?: Sparse<Json<Options>>;
  /** By the data source; the builders' types hold them. */
  targets?: Record<string, unknown>[];
  fieldConfig?: {
    defaults: Omit<Json<FieldConfig>, "custom" | "mappings"> & {
      custom?: Sparse<Json<Field>>;
      mappings?: unknown[];
    };
    overrides: {
      matcher: { id: string; options?: unknown };
      properties: { id: string; value?: unknown }[];
    }[];
  };
};

type KnownPanel =
  | PanelOf<"timeseries", TimeSeriesOptions, TimeSeriesField>
  | PanelOf<"stat", StatOptions, Record<never, never>>
  | PanelOf<"bargauge", BarGaugeOptions, Record<never, never>>
  | PanelOf<"table", TableOptions, TableField>
  | PanelOf<"heatmap", HeatmapOptions, HeatmapField>
  | Json<RowPanel>;

/** Beside Grafana's own, what its Prometheus data source reads of an annotation (its annotations.ts). */
type Annotation = Omit<Json<AnnotationQuery>, "target"> & {
  target?: Json<AnnotationTarget>;
  expr?: string;
  step?: string;
  useValueForTime?: boolean;
  titleFormat?: string;
  textFormat?: string;
};

export type GrafanaDashboard = Omit<Json<Dashboard>, "panels" | "annotations"> & {
  panels: KnownPanel[];
  annotations: { list: Annotation[] };
};
