/**
 * `timeline.ndjson`: one JSON object a line, in the order in which they were learnt, written while the load
 * runs, so that an interrupted run keeps what it had. Times are epoch milliseconds on one clock.
 */

import type { Block, Frame } from "@loopscope/agent/catalog";
import type { ClientInterval, SlowRequest } from "../engine/engine.js";

export type TimelineLine =
  | { readonly type: "start"; readonly at: number }
  | { readonly type: "client"; readonly interval: ClientInterval }
  | { readonly type: "frame"; readonly frame: Frame }
  | { readonly type: "block"; readonly block: Block }
  /** After a load of a target that was started for it: what a full collection of garbage left, bytes. */
  | { readonly type: "heap"; readonly at: number; readonly leftBytes: number }
  /** Written after the load, slowest first. */
  | { readonly type: "slow"; readonly request: SlowRequest }
  /** Written after those, where the engine drew a sample of all requests: what the diagnosis goes by. */
  | { readonly type: "sampled"; readonly request: SlowRequest }
  | { readonly type: "end"; readonly at: number };
