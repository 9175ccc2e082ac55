/** What the agent's thread asks of the main thread, and the answers. All of it survives structured cloning. */

import type { Frame } from "../catalog/frame";
import type { MetricSamples } from "../quantiles/metric-samples";

export type MainRequest =
  /** `distributions`: with what percentiles are read off, for whoever lays several processes together. */
  | { readonly type: "metrics"; readonly distributions?: boolean }
  | { readonly type: "snapshot" }
  /** Whole seconds, 1 to 60. */
  | { readonly type: "profile"; readonly seconds: number }
  | { readonly type: "heapsnapshot" }
  | { readonly type: "gc" };

export type MainAnswer =
  | { readonly type: "metrics"; readonly metrics: readonly MetricSamples[] }
  | { readonly type: "snapshot"; readonly frame: Frame }
  /** The text of a .cpuprofile. */
  | { readonly type: "profile"; readonly text: string }
  /** Path of a .heapsnapshot in the temporary folder; whoever asked removes it. */
  | { readonly type: "heapsnapshot"; readonly path: string }
  /** What all collections that V8 can make left, bytes. */
  | { readonly type: "gc"; readonly heapUsedBytes: number }
  /** One sentence. `busy` when the same is already being made, `failed` otherwise. */
  | { readonly type: "refused"; readonly reason: "busy" | "failed"; readonly sentence: string };
