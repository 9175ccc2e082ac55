/** As much of Grafana's dashboard JSON as the page draws: the very files that Grafana is given. */

export interface GrafanaTarget {
  readonly expr: string;
  readonly refId: string;
  readonly legendFormat: string;
  readonly instant?: boolean;
}

export interface GrafanaOverride {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface GrafanaThreshold {
  readonly value: number | null;
  readonly color: string;
}

export interface GrafanaPanel {
  readonly id: number;
  readonly type: "row" | "timeseries" | "stat" | "bargauge" | "table" | "heatmap";
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly GrafanaTarget[];
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly min?: number;
      readonly max?: number;
      readonly custom?: { readonly stacking?: { readonly mode: string } };
      readonly thresholds?: { readonly steps: readonly GrafanaThreshold[] };
      readonly mappings?: readonly {
        readonly options: Readonly<Record<string, { readonly text: string }>>;
      }[];
    };
    readonly overrides: readonly GrafanaOverride[];
  };
  readonly options?: { readonly color?: { readonly fill: string; readonly exponent: number } };
  readonly transformations?: readonly GrafanaTransformation[];
}

export interface GrafanaTransformation {
  readonly id: string;
  readonly options: {
    readonly indexByName?: Readonly<Record<string, number>>;
    readonly renameByName?: Readonly<Record<string, string>>;
    readonly sort?: readonly { readonly desc: boolean }[];
  };
}

export interface GrafanaDashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly time: { readonly from: string };
  readonly panels: readonly GrafanaPanel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly allValue?: string;
      readonly current?: { readonly value: unknown };
    }[];
  };
}

/** What the server hands to the page. */
export interface PageSettings {
  readonly dashboards: readonly GrafanaDashboard[];
  /** Between two scrapes: Grafana makes the range of rates from it. */
  readonly scrapeSeconds: number;
}
