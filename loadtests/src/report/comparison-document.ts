/** `comparison.json`, schema `loopscope/comparison/1`: what `compare` found. */

import type { ComparisonVerdict, PairedEstimate } from "../judge/paired-comparison.js";

export interface MetricComparison {
  readonly metric: string;
  /** Median of the rounds; null: not measured. */
  readonly base: number | null;
  readonly head: number | null;
  /** Of both; `B` are bytes. */
  readonly unit: string;
  /** Null: too few rounds had a value on both sides. */
  readonly estimate: PairedEstimate | null;
  readonly verdict: ComparisonVerdict | "not measured";
}

export interface ComparisonDocument {
  readonly schema: "loopscope/comparison/1";
  /** ISO 8601. */
  readonly at: string;
  /** 0.1: changes within 10 % count as the same. */
  readonly margin: number;
  /** A metric of head is worse. */
  readonly regression: boolean;
  /** Why nothing could be compared, in a sentence; null: something could. */
  readonly emptiness: string | null;
  /** What to keep in mind about the figures; null: nothing. */
  readonly note: string | null;
  /** Holds the rounds' runs; null: they were not recorded here. */
  readonly folder: string | null;
  readonly comparisons: readonly MetricComparison[];
}
