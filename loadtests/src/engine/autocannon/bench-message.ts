/** What the command and its sending threads say to each other. */

import type { BenchMeasurement, BenchTotals } from "./bench-recorder.js";

export type BenchRequestMessage = { readonly type: "begin" } | { readonly type: "stop" };

export type BenchThreadMessage =
  | { readonly type: "ready" }
  | { readonly type: "start"; readonly at: number }
  | {
      readonly type: "interval";
      readonly at: number;
      readonly durationMs: number;
      readonly measurement: BenchMeasurement;
      readonly utilization: number;
    }
  | { readonly type: "end"; readonly endedAt: number; readonly totals: BenchTotals }
  | { readonly type: "error"; readonly message: string };
