/** What `report.html` carries for its script, as JSON. Tables and figures are in the page itself already. */

/** One value a point of the time axis; null where there is none. */
export type PageValues = readonly (number | null)[];

export interface PageLine {
  readonly label: string;
  readonly values: PageValues;
  /** Index into the palette, so that the same thing has the same colour in every chart. */
  readonly colour: number;
  readonly style: "line" | "dashed" | "area" | "bars";
}

/** A dashed line across a chart: the limit that a threshold sets. */
export interface PageLimit {
  readonly label: string;
  readonly value: number;
}

export type PageUnit = "ms" | "per second" | "%" | "MiB" | "count" | "cores";

export interface PageChart {
  readonly id: string;
  readonly title: string;
  /** One sentence that says what the chart shows, for those who cannot see it. */
  readonly description: string;
  readonly unit: PageUnit;
  /** Seconds since the load started, ascending. */
  readonly seconds: readonly number[];
  readonly lines: readonly PageLine[];
  readonly limits: readonly PageLimit[];
  /** Whether blocks are clickable marks here, or only shades. */
  readonly marks: boolean;
}

/** Index into `frames`: function, file, line. */
export type PageFrame = readonly [name: string, place: string];

export interface PageBlock {
  readonly id: string;
  /** Seconds since the load started. */
  readonly second: number;
  readonly durationMs: number;
  readonly cause: string;
  readonly title: string;
  readonly place: string;
  readonly route: string;
  /** Lines of `name: value` for the dialog. */
  readonly facts: readonly (readonly [string, string])[];
  /** Pairs of index into `stacks` and number of samples; empty where stacks were left out for size. */
  readonly profile: readonly (readonly [stack: number, samples: number])[];
}

/** Stack frames and stacks, each written once. */
export interface PageStacks {
  readonly frames: readonly PageFrame[];
  /** Innermost frame first. */
  readonly stacks: readonly (readonly number[])[];
}

export interface PageData extends PageStacks {
  readonly durationSeconds: number;
  readonly charts: readonly PageChart[];
  /** Milliseconds at rising percentiles: x is 1 / (1 - percentile). */
  readonly percentiles: { readonly inverse: readonly number[]; readonly ms: readonly number[] };
  readonly blocks: readonly PageBlock[];
}
