/** What a panel asks, as data: Grafana's JSON, the guide in docs and the tests are all made from it. */
import type { Vector } from "../promql/vector.js";
import type { Colour } from "./colours.js";

export type PanelKind = "timeseries" | "stat" | "bargauge" | "table" | "heatmap";

export interface PanelQuery {
  readonly vector: Vector;
  /** Legend; every `{{label}}` must be one of the vector's. Tables show labels as columns instead. */
  readonly legend: string;
  /** Fixed colour; without one, series are coloured by their largest value, the worst standing out. */
  readonly colour?: Colour;
  readonly dashed?: boolean;
  /** Asks for exemplars: works on buckets as they were scraped, not on recorded ones. */
  readonly exemplars?: boolean;
  /** Set where the other queries can leave this one nothing to show; says when there is something. */
  readonly conditional?: string;
  /** Draws on the right axis in this unit. */
  readonly rightAxisUnit?: string;
}

export interface PanelThreshold {
  readonly value: number;
  readonly colour: Colour;
}

export interface PanelSpecification {
  readonly kind: PanelKind;
  readonly title: string;
  /** The question that the panel answers, and how to read it. */
  readonly description: string;
  /** Grafana's unit identifier. */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  /** Shown in place of an empty graph: why there may be nothing. */
  readonly noData: string;
  /** Set where a healthy service has nothing to show; says when there is something. */
  readonly conditional?: string;
  /** Of 24 columns. */
  readonly width: number;
  /** Rows of about 30 px. */
  readonly height: number;
  readonly thresholds?: readonly PanelThreshold[];
  readonly stacked?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Dashboard that goes deeper, by its UID. */
  readonly detailsIn?: string;
  /** Tables: label to column heading, in order; labels not named are left out. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Tables: smallest value first; else the largest. */
  readonly ascending?: boolean;
  /** Tables: heading of the value. */
  readonly valueColumn?: string;
  /** Shown in place of a value: `{ 1: "holds" }`. */
  readonly valueTexts?: Readonly<Record<number, { readonly text: string; readonly colour: Colour }>>;
}

export type VariableName = "route" | "queue" | "pool" | "testid" | "latency_threshold";

export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly PanelSpecification[];
}

export interface DashboardSpecification {
  /** Stable: links and bookmarks rely on it. At most 40 characters. */
  readonly uid: string;
  readonly title: string;
  /** What an engineer opens it for. */
  readonly question: string;
  /** Beyond data source, job, service and instance, which every dashboard has. */
  readonly variables: readonly VariableName[];
  readonly rows: readonly DashboardRow[];
  /** Range at first sight; Grafana's relative time. Default `now-1h`. */
  readonly from?: string;
  /** Default `30s`. */
  readonly refresh?: string;
  /** Marks load runs by the annotations that carry this tag. */
  readonly annotationTag?: string;
}
